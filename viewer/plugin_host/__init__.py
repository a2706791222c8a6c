"""Plugins: manifest, discovery, registry, life cycle."""
