"""Wavefront OBJ."""
