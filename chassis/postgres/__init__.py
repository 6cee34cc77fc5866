"""The database edge: pools, and which failures pass."""
