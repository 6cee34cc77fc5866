"""The SQL edge of oversight."""
