"""The tables of recognition."""
