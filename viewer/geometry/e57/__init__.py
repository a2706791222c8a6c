"""ASTM E57 scans (ASTM E2807), through libE57Format."""
