"""IFC building models, read through ifcopenshell (extra bim)."""
