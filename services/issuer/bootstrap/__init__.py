"""Wires the issuer."""

from services.issuer.bootstrap.build import BLUEPRINT
from services.issuer.bootstrap.folder import read_foreign

__all__ = ["BLUEPRINT", "read_foreign"]
