"""Studies: pure functions of a twin and parameters, run in worker processes, cancellable and reproducible."""
