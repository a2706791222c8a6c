"""VTK: scene to pixels, overlays, picking, camera, off-screen pictures."""
