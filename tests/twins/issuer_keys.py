"""What officers decide about keys, and what is made anew, in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from services.issuer.ports.key_change import KeyChange
from services.issuer.ports.reissue import ReissueBook, Replacement, Run


@dataclass
class KeyChangesTwin:
    """Implements KeyChanges and KeyChangeBook."""

    kept: dict[str, KeyChange] = field(default_factory=dict)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["KeyChangesTwin"]:
        yield self

    async def add(self, change: KeyChange) -> None:
        self.kept[change.id] = change

    async def lock(self, ident: str) -> KeyChange | None:
        return self.kept.get(ident)

    async def settle(self, change: KeyChange) -> None:
        self.kept[change.id] = change

    async def latest(self, limit: int) -> list[KeyChange]:
        return sorted(self.kept.values(), key=lambda each: each.proposed_at, reverse=True)[:limit]


@dataclass
class ReissuesTwin:
    """Implements what the routes need of Reissues; making anew itself is tested on the database."""

    made: dict[bytes, Replacement] = field(default_factory=dict)
    known: list[Run] = field(default_factory=list)

    def begin(self) -> AbstractAsyncContextManager[ReissueBook]:
        raise NotImplementedError

    async def start(self, kids: Sequence[bytes], now: datetime) -> list[bytes]:
        raise NotImplementedError

    async def runs(self) -> list[Run]:
        return self.known

    async def living(self, kid: bytes, now: datetime) -> int:  # noqa: ARG002 - as the port has it
        return 3

    async def replacement(self, cti: bytes, holder: str, now: datetime) -> Replacement | None:
        found = self.made.get(cti)
        return found if found and found.holder == holder and found.expires_at > now else None

    async def forget(self, now: datetime, limit: int) -> int:
        raise NotImplementedError
