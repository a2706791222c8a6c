"""COLLADA (DAE): meshes, materials and the scene of nodes, read by our own code."""
