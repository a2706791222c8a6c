"""Comparing the open scene with another revision: reading it, colours and ghosts over the scene, and the list of differences."""
