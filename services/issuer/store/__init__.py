"""The database edge: the ports over PostgreSQL."""
