"""What a COLLADA material looks like to this program: one sRGB colour and an opacity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from viewer.base.errors import UserMistake
from viewer.geometry.collada.document import Document
from viewer.geometry.markup import text_of
from viewer.geometry.pictures import mean_linear, srgb_from_linear
from viewer.geometry.references import inside_folder
from viewer.twin.parts import Rgb

_SHADERS = ("phong", "blinn", "lambert", "constant")
_PICTURE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Look:
    """One material."""

    name: str
    rgb: Rgb | None
    opacity: float = 1.0


PLAIN = Look("", None)


class Looks:
    """The materials of one document. A texture becomes its mean colour, and that is told."""

    def __init__(self, document: Document, folder: Path, warn: Callable[[str], None]) -> None:
        self._document = document
        self._folder = folder
        self._warn = warn
        self._known: dict[int, Look] = {}
        self._pictures: dict[str, Rgb | None] = {}
        self.textured = 0

    def look(self, url: str | None) -> Look:
        """Of the material that `#id` means; plain where the file has none."""
        material = self._document.target(url, "material")
        if material is None:
            return PLAIN
        if id(material) not in self._known:
            self._known[id(material)] = self._of(material)
        return self._known[id(material)]

    def _of(self, material: Element) -> Look:
        name = material.get("name") or material.get("id") or ""
        instance = material.find("instance_effect")
        effect = self._document.target(None if instance is None else instance.get("url"), "effect")
        profile = None if effect is None else effect.find("profile_COMMON")
        technique = None if profile is None else profile.find("technique")
        shader = next((one for one in technique or () if one.tag in _SHADERS), None)
        if effect is None or profile is None or shader is None:
            return Look(name, None)
        slot = shader.find("diffuse")
        if slot is None or shader.tag == "constant":
            slot = slot if slot is not None else shader.find("emission")
        return Look(name, self._rgb(slot, profile, effect), _opacity(shader, profile))

    def _rgb(self, slot: Element | None, profile: Element, effect: Element) -> Rgb | None:
        if slot is None:
            return None
        texture = slot.find("texture")
        if texture is not None:
            return self._picture(texture.get("texture", ""), profile, effect)
        values = _colour(slot, profile)
        return None if values is None else self._srgb(values)

    def _srgb(self, values: tuple[float, ...]) -> Rgb:
        if self._document.is_linear:
            r, g, b = (int(v) for v in srgb_from_linear(np.array(values[:3])))
        else:
            r, g, b = (round(255 * min(max(v, 0.0), 1.0)) for v in values[:3])
        return (r, g, b)

    def _picture(self, name: str, profile: Element, effect: Element) -> Rgb | None:
        """The mean colour of a texture's picture; None, and told, where it can't be had."""
        file = self._file(name, profile, effect)
        if file not in self._pictures:
            self._pictures[file] = self._mean(file)
        self.textured += self._pictures[file] is not None
        return self._pictures[file]

    def _mean(self, file: str) -> Rgb | None:
        try:
            path = inside_folder(self._folder, file.removeprefix("file://").removeprefix("./"))
            if path.stat().st_size > _PICTURE_BYTES:
                raise ValueError("it is over 64 MB")
            r, g, b = (int(v) for v in srgb_from_linear(mean_linear(path.read_bytes())))
        except (UserMistake, OSError, ValueError, SyntaxError) as error:
            self._warn(f"the texture {file[:80]!r} could not be read, so its part has a plain colour ({str(error)[:120]})")
            return None
        return (r, g, b)

    def _file(self, name: str, profile: Element, effect: Element) -> str:
        """Sampler, then surface, then image, as COLLADA 1.4 goes; 1.5's instance_image; or the image itself."""
        params = {one.get("sid"): one for holder in (effect, profile) for one in holder.iter("newparam")}
        sampler = params.get(name)
        image = ""
        if sampler is not None:
            surface = params.get(text_of(sampler.find("sampler2D/source")))
            image = text_of(None if surface is None else surface.find("surface/init_from"))
            instance = sampler.find("sampler2D/instance_image")
            image = (instance.get("url", "")[1:] if instance is not None else "") or image
        found = self._document.target(f"#{image or name}", "image")
        init = None if found is None else found.find("init_from")
        return text_of(None if init is None else init.find("ref") if init.find("ref") is not None else init) or image or name


def _colour(slot: Element, profile: Element) -> tuple[float, ...] | None:
    """Red, green, blue and alpha of a slot, given directly or by a parameter."""
    element = slot.find("color")
    param = slot.find("param")
    if element is None and param is not None:
        wanted = next((one for one in profile.iter("newparam") if one.get("sid") == param.get("ref")), None)
        element = None if wanted is None else next((one for one in wanted if one.tag.startswith("float")), None)
    return None if element is None else _floats(element.text, 3)


def _floats(text: str | None, least: int) -> tuple[float, ...] | None:
    try:
        values = tuple(float(word) for word in (text or "").split())
    except ValueError:
        return None
    return values if len(values) >= least and all(np.isfinite(values)) else None


def _opacity(shader: Element, profile: Element) -> float:
    """By <transparent> and <transparency> (COLLADA 1.4.1, chapter 7, determining transparency).

    Many exporters write what would make all invisible; that is taken as opaque.
    """
    slot, amount = shader.find("transparent"), shader.find("transparency/float")
    if slot is None and amount is None:
        return 1.0
    share = (_floats(None if amount is None else amount.text, 1) or (1.0,))[0]
    mode = "A_ONE" if slot is None else slot.get("opaque", "A_ONE")
    found = None if slot is None else _colour(slot, profile)
    red, green, blue, alpha, *_ = *(found or (1.0, 1.0, 1.0)), 1.0
    light = 0.212671 * red + 0.715160 * green + 0.072169 * blue
    opacity = {"A_ZERO": 1 - alpha * share, "RGB_ZERO": 1 - light * share, "RGB_ONE": light * share}.get(mode, alpha * share)
    return min(opacity, 1.0) if opacity > 0.004 else 1.0
