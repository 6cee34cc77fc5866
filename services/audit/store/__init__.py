"""The SQL edge."""
