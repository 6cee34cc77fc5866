"""Whose tables these are, and of which incarnation."""

from typing import Final

SCHEMA: Final = "subscription"
INCARNATION: Final = "SELECT incarnation FROM incarnation"
