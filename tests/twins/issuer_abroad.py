"""Status lists of other regions, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.issuer.ports.abroad import Wanted


@dataclass
class Row:
    """What is kept of a list."""

    asked_at: datetime
    data: bytes | None = None
    version: int = 0
    tried_at: datetime | None = None


@dataclass
class ListsAbroadTwin:
    """Implements ListsAbroad."""

    rows: dict[Wanted, Row] = field(default_factory=dict)

    async def find(self, wanted: Wanted, now: datetime) -> bytes | None:
        await self.ask([wanted], now)
        return self.rows[wanted].data

    async def ask(self, wanted: Sequence[Wanted], now: datetime) -> None:
        for each in wanted:
            self.rows.setdefault(each, Row(now)).asked_at = now

    async def due(self, tried: datetime, asked: datetime, limit: int) -> list[Wanted]:
        lately = [(wanted, row) for wanted, row in self.rows.items() if row.asked_at >= asked]
        return [wanted for wanted, row in lately if row.tried_at is None or row.tried_at < tried][:limit]

    async def tried(self, wanted: Wanted, now: datetime, data: bytes | None = None, version: int = 0) -> None:
        row = self.rows[wanted]
        row.tried_at = now
        if data is not None and (row.data is None or row.version <= version):
            row.data, row.version = data, version

    async def forget(self, asked: datetime) -> int:
        old = [wanted for wanted, row in self.rows.items() if row.asked_at < asked]
        for wanted in old:
            del self.rows[wanted]
        return len(old)
