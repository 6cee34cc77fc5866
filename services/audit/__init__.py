"""The audit: facts in, findings out."""
