"""The model: an immutable snapshot of plant, product and process, and the edits that lead from one to the next."""
