"""Two officers of a region, who put policies in force and take them back."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from chassis.clock import Clock
from services.audit.domain import Policy
from services.audit.domain.policy.load import pack_text
from services.audit.handlers.policy import Activation, Book, Rollback, activate, roll_back, standing_policies
from services.audit.ports.entry import Refused
from services.audit.ports.policy import PackFault
from services.audit.ports.proposal import Proposal
from services.audit.store.policy import PostgresPolicyStore

Begin: TypeAlias = Callable[[], AbstractAsyncContextManager[PostgresPolicyStore]]
DAY: Final = timedelta(days=1)


class Officers:
    """They act in one of the region's processes."""

    def __init__(self, book: Book, begin: Begin, clock: Clock) -> None:
        """`begin` opens a transaction of that process."""
        self._book, self._begin, self._clock = book, begin, clock

    async def decide(self, name: str, after: timedelta) -> None:
        """Put another policy in force some time from now; where one is planned already, cancel that instead."""
        now = self._clock.now()
        async with self._begin() as store:
            await store.lock_reference()
            present = await standing_policies(store, self._book)
            last = present.policies[-1]
            approved = _proposal(name, now)
            try:
                if last.effective > now:
                    wanted = Rollback(present.at(now).version, None)
                    await roll_back(store, self._book, wanted, approved, now)
                else:
                    other = _other(last, name)
                    activation = Activation(name, pack_text(other), now + after)
                    await activate(store, self._book, other.reasons, activation, approved, now)
            except (Refused, PackFault):
                return  # it was decided already, when the answer got lost


def _other(policy: Policy, version: str) -> Policy:
    """The same without its last rule, as long as it has another."""
    rules = policy.pack.rules
    kept = rules[:-1] if len(rules) > 1 else rules
    return Policy(policy.pack.model_copy(update={"version": version, "replaces": policy.version, "rules": kept}))


def _proposal(name: str, now: datetime) -> Proposal:
    return Proposal(
        id=name, kind="policy-activation", body=b"", why="", authority="cdc", proposed_by="o1", proposed_person="p1",
        proposed_at=now, ends_at=now + DAY,
    )  # fmt: skip
