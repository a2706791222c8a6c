"""How much semantic product manufacturing information a STEP document holds."""

from __future__ import annotations

from viewer.geometry.model import PmiCounts
from viewer.geometry.step.document import StepDocument, labels_of
from viewer.geometry.step.occ import XCAFDoc_DocumentTool


def pmi_counts(document: StepDocument) -> PmiCounts:
    """Dimensions, geometric tolerances and datum labels of the document's DimTol tool."""
    tool = XCAFDoc_DocumentTool.DimTolTool_s(document.main)
    found = (labels_of(f) for f in (tool.GetDimensionLabels, tool.GetGeomToleranceLabels, tool.GetDatumLabels))
    dimensions, tolerances, datums = (len(labels) for labels in found)
    return PmiCounts(dimensions, tolerances, datums)
