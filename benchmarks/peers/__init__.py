"""The ways of others to draw a plant, each behind the same few methods."""
