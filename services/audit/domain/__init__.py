"""The pure heart of the audit: facts into dossiers, dossiers into findings, policies as data."""

from services.audit.domain.areas import Areas
from services.audit.domain.dossier import Dossier
from services.audit.domain.explain import Considered, considered
from services.audit.domain.finding import Finding
from services.audit.domain.gather import apply, forgetting
from services.audit.domain.kept import keep, kept
from services.audit.domain.merge import merged
from services.audit.domain.policy import (
    NoPolicy,
    Policy,
    PolicyAct,
    PolicyError,
    PolicySet,
    load_policies,
    load_policy,
    load_successor,
    taking_effect,
    timeline,
    without,
)
from services.audit.domain.review import review
from services.audit.domain.stays import stays_of
from services.audit.domain.wayout import WayOut, way_out

__all__ = [
    "Areas",
    "Considered",
    "Dossier",
    "Finding",
    "NoPolicy",
    "Policy",
    "PolicyAct",
    "PolicyError",
    "PolicySet",
    "WayOut",
    "apply",
    "considered",
    "forgetting",
    "keep",
    "kept",
    "load_policies",
    "load_policy",
    "load_successor",
    "merged",
    "review",
    "stays_of",
    "taking_effect",
    "timeline",
    "way_out",
    "without",
]
