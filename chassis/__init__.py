"""Plumbing of every service; it knows no business word."""
