"""Points as rows of text: XYZ, PTS, ASC, CSV and PTX."""
