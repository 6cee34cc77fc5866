"""A finding explained: every rule that was considered, every fact that was known, the way out, in words."""
