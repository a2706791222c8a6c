"""Files to parts: one module per format, one reader interface, a cache, tessellation in a worker process."""
