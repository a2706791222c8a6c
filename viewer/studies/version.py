"""The version of the plugin API (`viewer.api`): a plugin names the one it was written for."""

API_VERSION = 1
"""Goes up only when a plugin written for the older one would no longer work."""
