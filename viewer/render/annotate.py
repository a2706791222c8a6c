"""Labels and legends drawn into a picture by Pillow, placed as the window places them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from viewer.base.paths import bundled
from viewer.render.camera import Camera
from viewer.render.label_layout import layout_labels, leader_end
from viewer.render.label_text import LabelText, label_text
from viewer.render.legend_layout import TEXT_PX, form_for, sheet_of
from viewer.render.legend_text import bar_colours
from viewer.render.look import ALARM, Theme
from viewer.twin.model import Twin
from viewer.twin.overlays import Legend, OverlayFrame, OverlayPlan
from viewer.twin.parts import Rgb

_FINER = 3
"""Chips are drawn this many times larger and shrunk, so that their curves are smooth; text alone is drawn at full size."""


class _Sheet:
    """A transparent sheet over the picture, in the window system's pixels times a scale that suits the picture's height."""

    def __init__(self, width: int, height: int, scale: float) -> None:
        self.scale = scale * _FINER
        self.image = Image.new("RGBA", (width * _FINER, height * _FINER), (0, 0, 0, 0))
        self.pen = ImageDraw.Draw(self.image)

    def box(
        self, xywh: tuple[float, float, float, float], fill: Rgb, edge: Rgb, alpha: float, radius: float, line: float = 1.0
    ) -> None:
        x, y, w, h = (v * self.scale for v in xywh)
        ink = (*fill, round(255 * 0.93 * alpha))
        rim = (*edge, round(255 * alpha))
        self.pen.rounded_rectangle((x, y, x + w, y + h), radius * self.scale, ink, rim, max(1, round(line * self.scale)))

    def line(self, start: NDArray[np.float64], end: NDArray[np.float64], rgb: Rgb, alpha: float) -> None:
        self.pen.line((*(start * self.scale), *(end * self.scale)), (*rgb, round(255 * alpha)), max(1, round(1.2 * self.scale)))

    def dot(self, at: NDArray[np.float64], radius: float, fill: Rgb, edge: Rgb, alpha: float) -> None:
        x, y, r = at[0] * self.scale, at[1] * self.scale, radius * self.scale
        self.pen.ellipse(
            (x - r, y - r, x + r, y + r), (*fill, round(255 * alpha)), (*edge, round(255 * alpha)), round(self.scale)
        )

    def hatch(self, xywh: tuple[float, float, float, float], rgb: Rgb, alpha: float) -> None:
        x, y, w, h = xywh
        for left in np.arange(x + 4.0, x + w - h * 0.5 - 4.0, 7.0):
            reach = h - 6.0
            self.line(np.array([left, y + h - 3.0]), np.array([left + reach * 0.7, y + 3.0]), rgb, alpha)

    def text(self, x: float, middle: float, words: str, font: Any, rgb: Rgb, alpha: float) -> float:
        """Write, centred on a height; returns the width in the window system's pixels."""
        self.pen.text((x * self.scale, middle * self.scale), words, (*rgb, round(255 * alpha)), font, anchor="lm")
        return float(font.getlength(words)) / self.scale


def annotate(
    picture: NDArray[np.uint8],
    twin: Twin,
    camera: Camera,
    plan: OverlayPlan,
    frame: OverlayFrame | None,
    theme: Theme,
    *,
    legends: tuple[Legend, ...],
    covered: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint8]:
    """The picture (h, w, 3) with a frame's labels (faint where `covered`) and the legends; a fresh array."""
    height, width, _ = picture.shape
    scale = min(max(height / 900.0, 0.75), 4.0)
    sheet = _Sheet(width, height, scale)
    size = (width / scale, height / scale)
    taken = _draw_legends(sheet, legends, theme, size)
    if frame is not None and plan.labels:
        _draw_labels(sheet, twin, camera, plan, frame, theme, size, (width, height), taken, covered)
    over = np.asarray(sheet.image.resize((width, height), Image.Resampling.BOX), dtype=np.float32)
    alpha = over[:, :, 3:] / 255.0
    return np.rint(picture * (1.0 - alpha) + over[:, :, :3] * alpha).clip(0, 255).astype(np.uint8)


@lru_cache(maxsize=16)
def _font(weight: str, size: float) -> Any:
    return ImageFont.truetype(str(bundled("assets") / "fonts" / f"Inter-{weight}.otf"), size)


def _draw_labels(
    sheet: _Sheet,
    twin: Twin,
    camera: Camera,
    plan: OverlayPlan,
    frame: OverlayFrame,
    theme: Theme,
    size: tuple[float, float],
    size_px: tuple[int, int],
    taken: NDArray[np.float64],
    covered: NDArray[np.bool_] | None,
) -> None:
    rows = zip(plan.labels, frame.label_values, frame.label_condition, strict=True)
    texts = [label_text(label, twin.channels.get(label.channel), float(value), int(c)) for label, value, c in rows]
    points = camera.to_pixels(frame.label_points_in_world, size_px)
    points[:, :2] *= size[0] / size_px[0]
    sizes = np.array([(_label_width(text, sheet.scale), 24.0) for text in texts]).reshape(-1, 2)
    placed = layout_labels(points, sizes, size, near_m=camera.distance_m, obstacles_px=taken, covered=covered)
    for row in np.argsort(-points[:, 2]):
        if placed.choice[row] >= 0:
            _draw_chip(sheet, texts[row], points[row, :2], placed.corner_px[row], sizes[row], float(placed.opacity[row]), theme)


def _words(text: LabelText) -> tuple[tuple[str, str], ...]:
    return ((f"{text.name}  ", "Regular"), (text.value, "SemiBold"), (f"  {text.remark}" if text.remark else "", "Regular"))


def _label_width(text: LabelText, scale: float) -> float:
    inked = sum(float(_font(weight, 12.0 * scale).getlength(words)) for words, weight in _words(text)) / scale
    return float(np.ceil(inked + 18.0 + (12.0 if text.dot else 0.0)))


def _draw_chip(
    sheet: _Sheet,
    text: LabelText,
    point: NDArray[np.float64],
    corner: NDArray[np.float64],
    size: NDArray[np.float64],
    alpha: float,
    theme: Theme,
) -> None:
    sheet.line(point, leader_end(point, corner, size), ALARM if text.alarmed else theme.text_dim, alpha)
    sheet.dot(point, 3.0, ALARM if text.alarmed else theme.text, theme.chip, alpha)
    box = (float(corner[0]), float(corner[1]), float(size[0]), float(size[1]))
    sheet.box(box, theme.chip, ALARM if text.alarmed else theme.chip_edge, alpha, 6.0, 1.5 if text.alarmed else 1.0)
    if text.remark:
        sheet.hatch(box, _between(theme.chip, theme.text_dim, 0.22), alpha)
    x, middle = corner[0] + 9.0, corner[1] + size[1] / 2.0
    if text.dot is not None:
        sheet.dot(np.array([x + 4.0, middle]), 4.0, text.dot, theme.chip_edge, alpha)
        x += 12.0
    for words, weight in _words(text):
        ink = theme.text_dim if weight == "Regular" else ALARM if text.alarmed else theme.text
        x += sheet.text(x, middle, words, _font(weight, 12.0 * sheet.scale), ink, alpha * (0.7 if text.remark else 1.0))


def _between(one: Rgb, other: Rgb, share: float) -> Rgb:
    r, g, b = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return (r, g, b)


def _draw_legends(sheet: _Sheet, legends: tuple[Legend, ...], theme: Theme, size: tuple[float, float]) -> NDArray[np.float64]:
    """The legends in the lower left corner; their rectangles (k, 4)."""
    if not legends:
        return np.zeros((0, 4))
    fonts = {strong: _font("SemiBold" if strong else "Regular", TEXT_PX * sheet.scale) for strong in (False, True)}

    def measure(words: str, strong: bool) -> float:
        return float(fonts[strong].getlength(words)) / sheet.scale

    form = form_for(legends, measure, size)
    found = sheet_of("full" if form == "full" else "compact", legends, measure)
    left, top = 12.0, size[1] - found.height - 12.0
    boxes = [(left + x, top + y, w, h) for x, y, w, h in found.cards]
    for box in boxes:
        sheet.box(box, theme.chip, theme.chip_edge, 1.0, 8.0)
    for (x, y, w, h), rgb in found.swatches:
        sheet.box((left + x, top + y, w, h), rgb, theme.chip_edge, 1.0, 2.0)
    for (x, y, w, h), legend in found.bars:
        size_px = (round(w * sheet.scale), round(h * sheet.scale))
        strip = Image.fromarray(np.ascontiguousarray(bar_colours(legend)[None])).resize(size_px, Image.Resampling.BILINEAR)
        sheet.image.paste(strip, (round((left + x) * sheet.scale), round((top + y) * sheet.scale)))
    for x, y in found.marks:
        sheet.line(np.array([left + x, top + y]), np.array([left + x, top + y + 3.0]), theme.text_dim, 1.0)
    for words in found.words:
        ink = theme.text_dim if words.dim else theme.text
        sheet.text(left + words.x, top + words.middle, words.text, fonts[words.strong], ink, 1.0)
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)
