"""Whose tables these are."""

from typing import Final

SCHEMA: Final = "recognition"
