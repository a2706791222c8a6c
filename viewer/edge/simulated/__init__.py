"""The simulated plant: a source of samples computed from models of a line, its robots, vehicles and processes."""
