"""The HTTP edge: what authorities enter, and what officers read."""
