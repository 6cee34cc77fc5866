"""What it takes to ask other regions about guests."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from services.recognition.domain.ask import Ask, State
from services.recognition.domain.message import Between
from services.recognition.ports import GuestStore


class Answered(NamedTuple):
    """What became of an ask."""

    ask: str
    origin: str
    state: State
    handle: str | None


class AskStore(Protocol):
    """What this region asked, within one transaction."""

    async def add(self, asks: Sequence[Ask]) -> set[str]:
        """Keep asks; those whose credential was asked about before are left out. Gives the names of the kept."""
        ...

    async def send(self, messages: Sequence[Between]) -> None:
        """Send messages to the hub, signed, in this order."""
        ...

    async def answered(self, answers: Sequence[Answered]) -> None:
        """Write down the first answer to each ask, if it comes from the region that was asked."""
        ...

    async def close(self, handles: Sequence[str]) -> None:
        """Forget the asks whose watches these are: whoever comes back is asked about anew."""
        ...

    async def forget(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` asks that are of no use any more; gives how many."""
        ...


class Asks(Protocol):
    """Opens transactions on asks for those who come without one."""

    def begin(self) -> AbstractAsyncContextManager[AskStore]:
        """A transaction that commits when left without an error."""
        ...


class Forgets(Protocol):
    """Who holds what other regions have shared of guests."""

    async def take_back(self, handles: Sequence[str]) -> None:
        """Forget what was told under these handles."""
        ...


class Stay(NamedTuple):
    """Guests and asks within one transaction, and what was shared, where anything is."""

    guests: GuestStore
    asks: AskStore
    shared: Forgets | None = None


class Stays(Protocol):
    """Opens transactions on both."""

    def begin(self) -> AbstractAsyncContextManager[Stay]:
        """As Asks.begin."""
        ...


class AskViews(Protocol):
    """Looking, without locks."""

    async def ask(self, ask: str) -> Ask | None:
        """One ask by its name."""
        ...

    async def ask_about(self, credential: bytes) -> Ask | None:
        """The ask about a credential, by its digest."""
        ...
