"""Use cases: take what changed, look at all rows, wait for an officer."""
