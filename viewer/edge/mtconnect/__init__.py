"""Sources that speak MTConnect: adapters over SHDR, and agents over HTTP."""
