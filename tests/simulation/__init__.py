"""Four regions in one process, under one seeded scheduler and clock; see docs/simulation.md."""
