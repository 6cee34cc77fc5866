"""What sharing needs of the outside: a book of what is shared at the origin, one of what was received abroad."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from healthcode.envelope import Encoded
from healthcode.events import FactReceipt
from services.recognition.domain.received import Received, Recorded
from services.recognition.domain.shareable import Fact
from services.recognition.domain.sharing import Share


class ShareBook(Protocol):
    """What there is to share of the region's own people, and what was; within one transaction."""

    async def keep(self, facts: Sequence[Fact]) -> None:
        """Keep the highest revision of each fact."""
        ...

    async def facts(self, subjects: Sequence[str]) -> dict[str, list[Fact]]:
        """What there is to share of these people."""
        ...

    async def shared(self, handles: Sequence[str]) -> dict[tuple[str, str, str], Share]:
        """What was told under these handles, by `Share.key`."""
        ...

    async def answered(self, numbers: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Share]:
        """What was last told by these messages, by handle and number."""
        ...

    async def write(self, shares: Sequence[Share]) -> None:
        """Keep what was told."""
        ...

    async def note(self, shares: Sequence[Share]) -> None:
        """Note receipts, or that none is waited for any more, unless something newer has been told meanwhile."""
        ...

    async def overdue(self, now: datetime, limit: int) -> list[Share]:
        """Up to `limit` shares whose receipt should be here by now, the oldest first; nothing is locked."""
        ...

    async def purge(self, kinds: Mapping[str, datetime], shown: datetime, limit: int) -> int:
        """Forget facts of each kind from before its time, and what was shared before `shown`; gives how many."""
        ...


class ReceivedBook(Protocol):
    """What other regions have shared of guests, within one transaction that holds the guests' locks."""

    async def received(self, handles: Sequence[str]) -> dict[tuple[str, str], Received]:
        """The facts under these handles, by `Received.key`."""
        ...

    async def write(
        self, received: Sequence[Received], events: Sequence[Recorded], receipts: Sequence[FactReceipt]
    ) -> None:
        """Keep facts, record them in this region, and send receipts to the hub, signed."""
        ...

    async def set_aside(self, letters: Sequence[Encoded]) -> None:
        """Send to the dead letters what is not taken."""
        ...

    async def forget(self, handles: Sequence[str], events: Sequence[Recorded]) -> None:
        """Delete what is known under these handles, and take it back in this region."""
        ...


class SharedViews(Protocol):
    """Looking, without locks."""

    async def mine(self, subject: str, after: datetime, limit: int) -> list[Share]:
        """What was shared of a person since then, the latest first."""
        ...

    async def missing(self, before: datetime) -> int:
        """How many shares from before then have no receipt."""
        ...
