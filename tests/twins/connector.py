"""A book and a source in memory, and a list that somebody else keeps."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from healthcode.events import ListingSubmitted
from services.connector.domain import Definition, Draft, Known, Row
from services.connector.domain.definition import definition_from
from services.connector.handlers.page import Desk
from services.connector.handlers.pull import pull_page
from services.connector.handlers.sweep import sweep_page
from services.connector.ports import Book, Counts, Page, Source, State, Superseded

NOW = datetime(2026, 2, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
FIELDS = {
    "id_type": {"text": "resident_id"},
    "id_number": "number",
    "category": {"column": "kind", "values": {"MQ": "close_contact", "QZ": "confirmed"}},
    "evidence": {"text": "contact record {id}"},
    "valid_from": "since",
}
DOCUMENT = {
    "connector": "cdc", "kind": "postgres", "address": "cdc.dsn", "query": "SELECT * FROM contact", "key": "id",
    "watermark": "touched", "source": "浙江省疾控中心", "fields": FIELDS, "overlap": 0, "page": 3, "rate": 1e9,
    "most_faults": 1000, "most_gone": 1.0,
}  # fmt: skip


def definition(**changes: object) -> Definition:
    return definition_from({**DOCUMENT, **changes})


@dataclass
class TwinSource:
    """Rows by key; each change takes the next watermark. `late` rows are not to be seen yet."""

    rows: dict[int, dict[str, object]] = field(default_factory=dict)
    clock: int = 0
    late: set[int] = field(default_factory=set)

    def put(self, key: int, number: str, kind: str = "MQ", *, late: bool = False) -> None:
        self.clock += 1
        self.rows[key] = {"id": key, "number": number, "kind": kind, "since": NOW, "touched": self.clock}
        self.late = self.late | {key} if late else self.late - {key}

    async def changed(self, mark: str | None, overlap: float, after: Row | None, limit: int) -> list[Row]:
        floor = (int(after.mark), int(after.key)) if after else (int(mark or 0) - overlap - 1, 1 << 30)
        found = sorted((row["touched"], key) for key, row in self._seen().items())
        return [self._row(key) for at, key in found if (at, key) > floor][:limit]

    async def all(self, after: str | None, limit: int) -> list[Row]:
        return [self._row(key) for key in sorted(self._seen()) if after is None or key > int(after)][:limit]

    async def close(self) -> None:
        """Nothing to let go of."""

    def _seen(self) -> dict[int, dict[str, object]]:
        return {key: row for key, row in self.rows.items() if key not in self.late}

    def _row(self, key: int) -> Row:
        row = self.rows[key]
        return Row(str(key), str(row["touched"]), row)


@dataclass
class TwinBook:
    """Implements Book; a failed write leaves nothing behind."""

    states: dict[str, State] = field(default_factory=dict)
    entries: dict[str, tuple[Known, int]] = field(default_factory=dict)
    faults: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    published: list[ListingSubmitted] = field(default_factory=list)

    async def claim(self, connector: str) -> State:
        state = await self.state(connector)
        self.states[connector] = msgspec.structs.replace(state, epoch=state.epoch + 1)
        return self.states[connector]

    async def state(self, connector: str) -> State:
        return self.states.get(connector, State(connector=connector))

    async def known(self, connector: str, keys: Sequence[str]) -> dict[str, Known]:  # noqa: ARG002 - one connector a book
        return {key: self.entries[key][0] for key in keys if key in self.entries}

    async def unmet(self, state: State, limit: int) -> list[Known]:
        return [known for _, known in sorted(self._unmet(state))][:limit]

    async def counts(self, state: State) -> Counts:
        standing = sum(not known.is_gone for known, _ in self.entries.values())
        return Counts(standing, len(self._unmet(state)), len(self.faults))

    async def write(self, state: State, page: Page, now: datetime) -> State:
        if self.states[state.connector].epoch != state.epoch:
            raise Superseded(state.connector)
        self.states[state.connector] = state
        for known in page.known:
            met = self.entries[known.key][1] if known.key in self.entries else state.sweep
            self.entries[known.key] = (known, met)
        for key in page.met:
            if key in self.entries:
                self.entries[key] = (self.entries[key][0], state.sweep)
        self.faults |= {key: (*fault, state.sweep) for key, fault in page.faults.items()}
        for key in page.mended:
            self.faults.pop(key, None)
        if not state.sweeping and state.swept_at == now:
            self.faults = {key: fault for key, fault in self.faults.items() if fault[2] >= state.sweep}
        self.published += page.events
        return state

    def _unmet(self, state: State) -> list[tuple[str, Known]]:
        return [(k, known) for k, (known, met) in self.entries.items() if met < state.sweep and not known.is_gone]


class OpenHand:
    """Implements Hand with nothing hidden, so that tests can read the person."""

    def seal(self, draft: Draft) -> str:
        return draft.number

    def digests(self, draft: Draft) -> tuple[bytes, bytes]:
        return draft.number.encode(), hashlib.sha256(msgspec.msgpack.encode(draft)).digest()


def desk_over(book: Book, **changes: object) -> Desk:
    return Desk(definition(**changes), ZONE, book, OpenHand())


async def take_round(desk: Desk, source: Source, state: State) -> State:
    """All that changed."""
    after = None
    while state.held is None:
        state, rows = await pull_page(desk, source, state, after, NOW)
        if len(rows) < desk.definition.page:
            break
        after = rows[-1]
    return state


async def sweep_through(desk: Desk, source: Source, state: State) -> State:
    """A whole look at all rows."""
    state, _ = await sweep_page(desk, source, state, NOW)
    while state.sweeping and state.held is None:
        state, _ = await sweep_page(desk, source, state, NOW)
    return state


def standing(events: Sequence[ListingSubmitted]) -> dict[str, tuple[str, str]]:
    """What the audit would make of submissions: entry → (person, category), of those that stand."""
    highest: dict[str, ListingSubmitted] = {}
    for event in events:
        before = highest.get(event.entry)
        assert before is None or event.revision == before.revision + 1, "revisions skip, repeat or go back"
        assert before is not None or event.revision == 1
        assert before is None or event.person == before.person, "an entry changed its person"
        highest[event.entry] = event
    return {e.entry: (e.person, e.category.value) for e in highest.values() if not e.withdrawn}


def wanted(source: TwinSource) -> list[tuple[str, str]]:
    """What a list says now."""
    kinds = {"MQ": "close_contact", "QZ": "confirmed"}
    return sorted((str(row["number"]), kinds[str(row["kind"])]) for row in source.rows.values() if row["kind"] in kinds)
