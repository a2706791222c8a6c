"""Colours in a STEP document: of products, of their faces and solids, and of single instances."""

from __future__ import annotations

from typing import Any

import numpy as np

from viewer.geometry.pictures import srgb_from_linear
from viewer.geometry.step.document import Label, labels_of
from viewer.geometry.step.mesh import explore
from viewer.geometry.step.occ import (
    FACE,
    Quantity_ColorRGBA,
    ShapeMap,
    TopExp,
    XCAFDoc_ColorTool,
    XCAFDoc_ColorType,
    XCAFDoc_ShapeTool,
)
from viewer.twin.parts import Rgb

_KINDS = (XCAFDoc_ColorType.XCAFDoc_ColorSurf, XCAFDoc_ColorType.XCAFDoc_ColorGen)


def colour_of(label: Label) -> tuple[Rgb, float] | None:
    """sRGB and opacity of a product, sub-shape or instance; the kernel keeps colours linear."""
    colour = Quantity_ColorRGBA()
    for kind in _KINDS:
        if XCAFDoc_ColorTool.GetColor_s(label, kind, colour):
            rgb = colour.GetRGB()
            r, g, b = (int(v) for v in srgb_from_linear(np.array([rgb.Red(), rgb.Green(), rgb.Blue()])))
            return (r, g, b), float(colour.Alpha())
    return None


def face_colours(product: Label, shape: Any) -> list[Rgb | None]:
    """The colour of each face of the product's shape, in the order they are explored; None where a face has none of its own.

    A face's own colour stands over that of its shell or solid.
    """
    faces = explore(shape, FACE)
    result: list[Rgb | None] = [None] * len(faces)
    coloured = [
        (XCAFDoc_ShapeTool.GetShape_s(sub), found[0]) for sub in _subshapes(product) if (found := colour_of(sub)) is not None
    ]
    if not coloured:
        return result
    index = ShapeMap()
    TopExp.MapShapes_s(shape, FACE, index)
    of_face: dict[int, Rgb] = {}
    for larger_first in sorted(coloured, key=lambda one: int(one[0].ShapeType())):
        for face in explore(larger_first[0], FACE):
            of_face[index.FindIndex(face)] = larger_first[1]
    return [of_face.get(index.FindIndex(face)) for face in faces]


def _subshapes(product: Label) -> list[Label]:
    return labels_of(lambda found: XCAFDoc_ShapeTool.GetSubShapes_s(product, found))
