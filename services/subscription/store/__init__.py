"""The books of subscription in SQL."""
