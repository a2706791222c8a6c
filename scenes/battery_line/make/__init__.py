"""The scripts that make the scene battery_line: the hall and its machines as GLB, the battery pack as STEP."""
