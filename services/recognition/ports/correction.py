"""What it takes to pass on what guests contest, and to answer it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from healthcode.events import Event
from services.recognition.domain.correction import Contest, Contested
from services.recognition.domain.message import Between
from services.recognition.ports import GuestStore, HomeStore


class ContestStore(Protocol):
    """Corrections between regions, within one transaction."""

    async def add(self, contests: Sequence[Contest]) -> set[str]:
        """Keep those that were not passed on before; gives their names."""
        ...

    async def passed(self, names: Sequence[str]) -> Mapping[str, Contest]:
        """Those of the destination by their names."""
        ...

    async def take(self, contested: Sequence[Contested]) -> set[str]:
        """Keep those of the origin that did not come before; gives their names."""
        ...

    async def contested(self, names: Sequence[str]) -> Mapping[str, Contested]:
        """Those of the origin by their names."""
        ...

    async def publish(self, events: Sequence[Event], at: datetime) -> None:
        """Publish in the region."""
        ...

    async def send(self, messages: Sequence[Between]) -> None:
        """Send messages to the hub, signed, in this order."""
        ...

    async def forget(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` of each that nobody waits for any more; gives how many of the larger."""
        ...


class Counter(NamedTuple):
    """All that corrections touch, within one transaction; `people` where the region has any."""

    contests: ContestStore
    guests: GuestStore
    people: HomeStore
