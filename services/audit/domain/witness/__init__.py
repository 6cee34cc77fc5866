"""Witnesses: the smallest dossiers on which two policies differ, in plain words."""

from services.audit.domain.witness.search import Witness, witnesses
from services.audit.domain.witness.words import told

__all__ = ["Witness", "told", "witnesses"]
