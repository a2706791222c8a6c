"""OpenUSD, read through usd-core (extra usd)."""
