"""The SQL edge: implements the ports over PostgreSQL."""
