"""Wires the audit."""

from services.audit.bootstrap.build import BLUEPRINT
from services.audit.bootstrap.folder import read_policies, read_retention

__all__ = ["BLUEPRINT", "read_policies", "read_retention"]
