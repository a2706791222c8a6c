"""Genchi: a living 3D twin of a plant and its product."""

__version__ = "0.1.0"
