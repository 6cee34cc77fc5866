"""Tables of cases: examples that officers can read, with what a pack has to make of them."""

from services.audit.domain.cases.facts import CaseError, time_of
from services.audit.domain.cases.table import Look, expanded, expected, faults, judged, looks_of, situation

__all__ = ["CaseError", "Look", "expanded", "expected", "faults", "judged", "looks_of", "situation", "time_of"]
