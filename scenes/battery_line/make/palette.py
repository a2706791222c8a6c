"""The scene's materials: a muted palette in sRGB, with one maker's orange and yellow only where safety is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Material:
    """A plain surface: sRGB colour, opacity, and how metallic and rough it is."""

    rgb: str
    opacity: float = 1.0
    metallic: float = 0.0
    roughness: float = 0.7

    def linear(self) -> tuple[float, float, float, float]:
        """Red, green, blue and alpha as glTF wants them: linear light (IEC 61966-2-1), rounded so that files repeat."""
        channels = [int(self.rgb[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return (round(light[0], 6), round(light[1], 6), round(light[2], 6), self.opacity)


MATERIALS: dict[str, Material] = {
    # the building
    "concrete": Material("#cbcac5", roughness=0.85),
    "aisle": Material("#aeb1b1", roughness=0.55),
    "walkway": Material("#9fb3a4", roughness=0.6),
    "joint": Material("#b3b3ae", roughness=0.85),
    "bay": Material("#bdbeba", roughness=0.75),
    "line": Material("#e9e9e4", roughness=0.6),
    "yellow": Material("#dfae1a", roughness=0.55),
    "black": Material("#26282a", roughness=0.6),
    "wall": Material("#dfe1e0", roughness=0.9),
    "wall_low": Material("#b9bfc2", roughness=0.9),
    "structure": Material("#d5d8d9", roughness=0.6),
    "roofing": Material("#c9ced1", roughness=0.9),
    "skylight": Material("#eef5f9", 0.55, roughness=0.3),
    "glass": Material("#a9c4cf", 0.28, roughness=0.1),
    "pane": Material("#bdd2dc", roughness=0.2),
    "lamp_glow": Material("#fbfaf2", roughness=0.4),
    "duct": Material("#b8bfc4", metallic=0.3, roughness=0.45),
    "tray": Material("#a7aeb3", metallic=0.3, roughness=0.5),
    "cable": Material("#33373b", roughness=0.7),
    # machines
    "white": Material("#eceeee", roughness=0.5),
    "light": Material("#d3d7d9", roughness=0.55),
    "grey": Material("#8d959b", roughness=0.55),
    "dark": Material("#4a5057", roughness=0.5),
    "anthracite": Material("#33383d", roughness=0.5),
    "alu": Material("#c3c8cb", metallic=0.4, roughness=0.4),
    "steel": Material("#9aa1a6", metallic=0.5, roughness=0.35),
    "plate": Material("#7d858b", metallic=0.4, roughness=0.45),
    "rubber": Material("#2c2e30", roughness=0.9),
    "robot": Material("#e07a26", roughness=0.42),
    "robot_dark": Material("#3a3e43", roughness=0.45),
    "hose": Material("#2b2d30", roughness=0.75),
    "accent": Material("#2f7f93", roughness=0.5),
    "accent_light": Material("#7fb4c0", roughness=0.5),
    "screen": Material("#16303a", roughness=0.2),
    "screen_lit": Material("#8fd0dc", roughness=0.3),
    "mesh": Material("#5c646b", 0.14, roughness=0.8),
    "fence": Material("#5b636a", roughness=0.6),
    "window": Material("#c98a3c", 0.45, roughness=0.15),
    "acrylic": Material("#bcd4dc", 0.25, roughness=0.1),
    "red": Material("#c8362f", roughness=0.45),
    "amber": Material("#e3a02a", roughness=0.45),
    "green": Material("#3f9d5c", roughness=0.45),
    "copper": Material("#c17a4e", metallic=0.5, roughness=0.4),
    "hv": Material("#e8731a", roughness=0.55),
    # goods and furniture
    "wood": Material("#c7a678", roughness=0.9),
    "card": Material("#c2a27a", roughness=0.95),
    "card_dark": Material("#ad8d66", roughness=0.95),
    "tote": Material("#6d8aa3", roughness=0.7),
    "tote_grey": Material("#a4adb3", roughness=0.7),
    "film": Material("#e4e9ea", roughness=0.4),
    "rack": Material("#56748c", roughness=0.6),
    "beam": Material("#d08448", roughness=0.6),
    "desk": Material("#cfc5b4", roughness=0.7),
    "cell": Material("#7fa3c4", roughness=0.4),
    "skin": Material("#c99f83", roughness=0.8),
    "trousers": Material("#46525e", roughness=0.9),
    "shirt": Material("#5d7f8f", roughness=0.9),
    "vest": Material("#d8c13a", roughness=0.8),
}
