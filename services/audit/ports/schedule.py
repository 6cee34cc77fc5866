"""What timers and storms need: both only ask for reviews, and never touch a dossier."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from healthcode.events import ReviewDue

StormState: TypeAlias = Literal["new", "waiting", "sweeping", "settling", "done"]


class Storm(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep over all who were in an area, or over everybody where `area` is None.

    No transaction from the id `fence` on can have read older reference data. It first asks, then sees
    that all were reviewed; `at_area` and `at_subject` say how far the present pass is. `swept` have been passed by the
    first, `queued` asked to be reviewed.
    """

    id: int
    area: str | None
    cause: str
    reference: int
    state: StormState
    fence: int | None
    at_area: str
    at_subject: str
    swept: int
    queued: int
    started_at: datetime
    ended_at: datetime | None


ReadStorms = Callable[[Any, int | None, int], Awaitable[list[Storm]]]
"""From a connection: the latest storms, newest first, behind a number, up to so many."""


class Passed(msgspec.Struct, frozen=True, gc=False):
    """A place of the sweep; `older` tells that the dossier was last reviewed with older reference data."""

    area: str
    subject: str
    older: bool


class Pending(msgspec.Struct, frozen=True, gc=False):
    """What time and storms have left to do. Both counts end at 100,000.

    `due` timers are over, the oldest since `due_since`; `storms` are open, the oldest since `storm_since`, and its
    present pass has `left` places to go.
    """

    due: int
    due_since: datetime | None
    storms: int
    storm_since: datetime | None
    left: int


class ScheduleStore(Protocol):
    """One transaction of the timer or of a storm."""

    async def take_due(self, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Take away up to `limit` timers that are due, the longest due first: subject and when."""
        ...

    async def open_storms(self) -> list[Storm]:
        """The storms that are not done, oldest first, locked; none while another process holds them."""
        ...

    async def own_xid(self) -> int:
        """The id of this transaction, drawn after it has read the open storms."""
        ...

    async def oldest_xid(self) -> int:
        """The id of the oldest transaction that is still running."""
        ...

    async def sweep(self, storm: Storm, limit: int) -> list[Passed]:
        """The next places of a sweep in order; none when it is through."""
        ...

    async def backlog(self, limit: int) -> int:
        """How many events wait to be published, counted up to `limit`."""
        ...

    async def save(self, storm: Storm) -> None:
        """Store a storm's progress."""
        ...

    async def ask(self, reviews: Sequence[ReviewDue]) -> None:
        """Publish when the transaction commits."""
        ...
