"""A policy ready to judge by, and the policies of a region by date."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from healthcode.values import Color
from services.audit.domain.policy.pack import ColorAct, Pack
from services.audit.domain.policy.predicates import Present, parts
from services.audit.domain.policy.rule import CompiledRule

JUDGED: Final = (Color.PENDING, Color.GREEN, Color.YELLOW, Color.RED)


BUILT_IN: Final = frozenset({"declared", "undeclared", "unconfirmed", "expired", "decided", "exempted"})
"""Reasons that every policy has; a decision by hand may say another of the region's texts."""


class NoPolicy(LookupError):  # noqa: N818 - named for what is wrong
    """No policy is in force at a time."""


class Policy:
    """A compiled pack."""

    __slots__ = (
        "acts",
        "asks_residence",
        "colors",
        "declaration_valid_days",
        "effective",
        "pack",
        "policy",
        "rules",
        "version",
    )

    def __init__(self, pack: Pack) -> None:
        """Compile a pack without problems (see `check`)."""
        self.pack = pack
        self.policy = pack.policy
        self.version = pack.version
        self.effective = pack.effective
        self.declaration_valid_days = pack.declaration_valid_days
        self.colors: Mapping[Color, ColorAct] = {color: getattr(pack.colors, color.value) for color in JUDGED}
        self.acts: Mapping[Color, str] = {color: each.act.value for color, each in self.colors.items()}
        self.asks_residence = any(isinstance(part, Present) for rule in pack.rules for part in parts(rule.when))
        self.rules = tuple(CompiledRule(rule) for rule in pack.rules)

    @property
    def reasons(self) -> frozenset[str]:
        """The reason keys that its findings can carry by itself; each needs a text in every language."""
        return frozenset({rule.reason for rule in self.pack.rules} | BUILT_IN)


class PolicySet:
    """The policies of a region, each in force from its effective time until the next one's."""

    def __init__(self, policies: Iterable[Policy], superseded: Iterable[Policy] = ()) -> None:
        """`superseded` are in force at no time any more; findings may stand under them, of when they were.

        Raises ValueError where two begin at once, or there is none.
        """
        self.policies = tuple(sorted(policies, key=lambda each: each.effective))
        self.superseded = tuple(superseded)
        times = [each.effective for each in self.policies]
        if not times:
            raise ValueError("a region that audits needs a policy: put one into its folder policy/")
        if len(set(times)) < len(times):
            raise ValueError("two policies of a region become effective at the same time: change one of them")

    def at(self, now: datetime) -> Policy:
        """The policy in force. Raises NoPolicy before the first."""
        for each in reversed(self.policies):
            if each.effective <= now:
                return each
        first = self.policies[0].effective
        raise NoPolicy(f"no policy is in force at {now.isoformat()}: the first begins at {first.isoformat()}")

    def version(self, version: str) -> Policy | None:
        """The policy of a version, as it begins last; None where no policy has this version."""
        return next((each for each in reversed(self.policies) if each.version == version), None)

    def concluded_under(self, policy: str, version: str) -> Policy | None:
        """The policy that a finding names, in force or not; None where the region never had it."""
        ever = (*self.policies, *self.superseded)
        return next((each for each in ever if (each.policy, each.version) == (policy, version)), None)

    @property
    def rules(self) -> frozenset[str]:
        """The ids of all their rules."""
        return frozenset(rule.id for each in self.policies for rule in each.pack.rules)

    def next_change(self, now: datetime) -> datetime | None:
        """When the next policy becomes effective, if one is to come."""
        return next((each.effective for each in self.policies if each.effective > now), None)
