"""What was to be in force from the files, and what officers made of it."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from services.audit.domain.policy.load import Reading, read_pack
from services.audit.domain.policy.policy import Policy, PolicySet

PolicyChange: TypeAlias = Literal["activation", "rollback"]


class PolicyAct(msgspec.Struct, frozen=True, kw_only=True):
    """Two officers put a policy in force from a time on. `pack` is its text; a rollback names an earlier version."""

    change: PolicyChange
    policy: str
    version: str
    pack: str
    effective: datetime
    proposal: str
    recorded_at: datetime


def timeline(base: PolicySet, acts: Iterable[PolicyAct]) -> PolicySet:
    """The policies by date after acts, in the order of their recording.

    Each act takes the place of all that was to begin at its time or later. What it takes out is kept aside: by a clock
    that is ahead, people may have been judged under it, and every finding keeps the policy that explains it.
    """
    policies, superseded = list(base.policies), list(base.superseded)
    for act in acts:
        effect = taking_effect(_read(act.pack, f"{act.policy} {act.version} of {act.proposal}").policy, act.effective)
        superseded += [each for each in policies if each.effective >= act.effective]
        policies = [each for each in policies if each.effective < act.effective]
        policies.append(effect)
    return PolicySet(policies, superseded)


def taking_effect(policy: Policy, effective: datetime) -> Policy:
    """The same rules, in force from another time on and until further notice."""
    return Policy(policy.pack.model_copy(update={"effective": effective, "until": None}))


def without(policies: PolicySet, version: str) -> PolicySet:
    """The policies by date as if a version were not among them; all of them where nothing else would be left."""
    others = [each for each in policies.policies if each.version != version]
    return PolicySet(others) if others else policies


@lru_cache(maxsize=64)
def _read(text: str, named: str) -> Reading:
    return read_pack(text, named)
