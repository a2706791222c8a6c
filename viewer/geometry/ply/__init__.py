"""PLY, text and binary."""
