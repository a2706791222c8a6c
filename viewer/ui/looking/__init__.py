"""Looking into a scene: section, explode, focus, saved views, walking."""
