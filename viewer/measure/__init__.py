"""Measuring: exact shapes found in triangles, distances and angles between them, bodies, and two revisions side by side."""
