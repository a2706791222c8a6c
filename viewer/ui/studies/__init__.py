"""Studies: forms, results, and the station that is being moved."""
