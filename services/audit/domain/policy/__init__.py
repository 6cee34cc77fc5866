"""A region's rules as data: the vocabulary, and how it is asked."""

from services.audit.domain.policy.folder import load_policies, load_successor
from services.audit.domain.policy.load import PolicyError, load_policy
from services.audit.domain.policy.policy import NoPolicy, Policy, PolicySet
from services.audit.domain.policy.timeline import PolicyAct, PolicyChange, taking_effect, timeline, without
from services.audit.domain.policy.view import View

__all__ = [
    "NoPolicy",
    "Policy",
    "PolicyAct",
    "PolicyChange",
    "PolicyError",
    "PolicySet",
    "View",
    "load_policies",
    "load_policy",
    "load_successor",
    "taking_effect",
    "timeline",
    "without",
]
