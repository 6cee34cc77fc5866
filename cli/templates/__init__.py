"""Regions as they begin: files with `<<names>>` in them, filled by `healthcode-admin region new`."""
