"""The command lines: they talk HTTP, and know of the rest of the project the published language alone."""
