"""The ground floor: ids, units, frames of reference, errors, jobs, clocks, settings and paths."""
