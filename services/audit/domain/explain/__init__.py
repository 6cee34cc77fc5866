"""A finding explained: every rule that was considered, every fact that was known, the way out, in words."""

from services.audit.domain.explain.conditions import condition_text
from services.audit.domain.explain.considered import Considered, Part, considered
from services.audit.domain.explain.known import Known, known_facts
from services.audit.domain.explain.phrases import Speech
from services.audit.domain.explain.ways import step_text, verdict_text, way_text

__all__ = [
    "Considered",
    "Known",
    "Part",
    "Speech",
    "condition_text",
    "considered",
    "known_facts",
    "step_text",
    "verdict_text",
    "way_text",
]
