"""What making anew needs of the outside: all that a revoked key signed, set by set."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from services.issuer.domain import Code
from services.issuer.ports import Issued


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is. `cursor`: where this pass is; `found`: how many it found; the rest count what became of them."""

    kid: bytes
    started_at: datetime
    cursor: bytes = b""
    passes: int = 0
    found: int = 0
    replaced: int = 0
    on_paper: int = 0
    """Void, and to be printed anew by a counter: the names on paper are not kept."""
    voided: int = 0
    """Void without another in its place: no color stands any more, no key of the holder, no guardianship."""
    ended_at: datetime | None = None


class Living(NamedTuple):
    """A credential that has neither ended nor been revoked."""

    cti: bytes
    subject: str
    guardian: str | None
    paper: bool
    holder_key: bytes | None
    expires_at: datetime


class Replacement(NamedTuple):
    """A credential in another's place, for whoever shows that."""

    old: bytes
    new: bytes
    holder: str
    text: str
    issued_at: datetime
    expires_at: datetime


class ReissueBook(Protocol):
    """One set of them, within one transaction."""

    async def run(self, kid: bytes) -> Run | None:
        """How far it is, kept from others; None where it has ended, or another process is at it."""
        ...

    async def living(self, run: Run, now: datetime, limit: int) -> list[Living]:
        """The next of this pass, in the order of their ids."""
        ...

    async def codes(self, subjects: Sequence[str]) -> dict[str, Code]:
        """These people's codes, kept from changing until the transaction ends."""
        ...

    async def guarded(self, guardians: Sequence[str], now: datetime) -> dict[tuple[str, str], datetime]:
        """Whom these guardians may show, until when, kept from changing until the transaction ends."""
        ...

    async def claim(self, issued: Sequence[Issued]) -> set[bytes]:
        """Write down credentials; gives the ids of those whose places in the status lists were free."""
        ...

    async def save(self, run: Run, void: Sequence[bytes], made: Sequence[Replacement], now: datetime) -> None:
        """Keep how far it is, revoke what is void, and lay out what was made."""
        ...


class Reissues(Protocol):
    """Making anew, as it stands."""

    def begin(self) -> AbstractAsyncContextManager[ReissueBook]:
        """A transaction that commits when left without an error."""
        ...

    async def start(self, kids: Sequence[bytes], now: datetime) -> list[bytes]:
        """Begin with what these keys signed, where that is not begun yet; gives those that have not ended."""
        ...

    async def runs(self) -> list[Run]:
        """All of them, the latest first."""
        ...

    async def living(self, kid: bytes, now: datetime) -> int:
        """How many credentials of a key stand."""
        ...

    async def replacement(self, cti: bytes, holder: str, now: datetime) -> Replacement | None:
        """What came in the place of a credential that this person shows; None where nothing did."""
        ...

    async def forget(self, now: datetime, limit: int) -> int:
        """Forget up to `limit` replacements that have expired; gives how many."""
        ...
