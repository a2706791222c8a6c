"""Plugins: their manifests, where they are found, what they contribute, and why one of them did not load."""
