"""Layers of a STEP document, and what its author hid."""

from __future__ import annotations

from viewer.geometry.naming import clean
from viewer.geometry.step.document import Label, StepDocument, labels_of
from viewer.geometry.step.occ import TDataStd_Name, XCAFDoc_ColorTool, XCAFDoc_DocumentTool


def layers_of(document: StepDocument, label: Label) -> list[str]:
    """Names of the layers that a product lies on, numbers among them."""
    return [name for layer in _layers(document, label) if (name := _name(layer))]


def is_visible(document: StepDocument, label: Label) -> bool:
    """False where the file hides the product or instance, or every layer it lies on (INVISIBILITY)."""
    if not XCAFDoc_ColorTool.IsVisible_s(label):
        return False
    tool = XCAFDoc_DocumentTool.LayerTool_s(document.main)
    layers = _layers(document, label)
    return not layers or any(tool.IsVisible(layer) for layer in layers)


def _layers(document: StepDocument, label: Label) -> list[Label]:
    tool = XCAFDoc_DocumentTool.LayerTool_s(document.main)
    return labels_of(lambda found: tool.GetLayers(label, found))


def _name(layer: Label) -> str:
    if not layer.IsAttribute(TDataStd_Name.GetID_s()):
        return ""
    attribute = TDataStd_Name()
    layer.FindAttribute(TDataStd_Name.GetID_s(), attribute)
    return clean(attribute.Get().ToExtString())
