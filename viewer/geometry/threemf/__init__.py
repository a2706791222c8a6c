"""3MF packages."""
