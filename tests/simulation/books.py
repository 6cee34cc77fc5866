"""What must hold at every moment, checked at each commit of a database and each publication on a broker.

Nothing here knows how the delivery path works: it sees what is committed, what readers of the topics see, and what was
acknowledged to those outside.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from chassis import outbox
from chassis.kafka.model import Record, TopicPartition
from chassis.kafka.twin import TwinBroker
from healthcode.envelope import decode
from healthcode.events import (
    CodeChanged,
    CodeConfirmed,
    Event,
    FindingConcluded,
    GuestChanged,
    StatusReported,
    WatchEnded,
    WatchOpened,
)
from healthcode.values import Color, Status
from services.audit.store.schedule import within
from tests.simulation.wiring import country
from tests.twins.database.engine import GONE, Row, Transaction

if TYPE_CHECKING:
    from tests.simulation.world import World

JUDGED = (Color.GREEN, Color.YELLOW, Color.RED)
WATCHED = ("outbox", "stream_offset", "watch", "parked_record", "dossier")
SWEPT = ("sweeping", "settling", "done")
FROM_OUTSIDE = ("-in.v1", "relay.v1")


class Broken(NamedTuple):
    """An invariant that does not hold, and what shows it."""

    invariant: str
    detail: str


@dataclass
class Written:
    """A row of an outbox that was committed; `place` becomes where it was published."""

    schema: str
    id: int
    place: str | None = None


class Books:
    """The books of one simulation."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.first: Broken | None = None
        self.written: dict[tuple[str, str], Written] = {}
        self.published_count = 0
        self.facts: dict[str, set[str]] = defaultdict(set)
        self.acts: dict[str, dict[str, str]] = defaultdict(dict)
        self.answers: dict[tuple[str, str], str] = {}
        self.findings: dict[tuple[str, str], FindingConcluded] = {}
        self.codes: dict[tuple[str, str], list[CodeChanged]] = defaultdict(list)
        self.people: dict[str, tuple[str, str]] = {}
        self._last: dict[tuple[str, str, str], Any] = {}
        self._numbers: set[tuple[str, str, tuple[int, int]]] = set()
        self._order: dict[tuple[str, bytes], int] = {}
        self._stored: dict[tuple[str, ...], int] = {}
        self._cursors: dict[tuple[int, TopicPartition], int] = {}

    def broken(self, invariant: str, detail: str) -> None:
        """An invariant does not hold; the first is what counts."""
        if self.first is None:
            self.first = Broken(invariant, detail)
            self._world.trace.note("BROKEN", "books", invariant=invariant, detail=detail)

    def committed(self, region: str, transaction: Transaction) -> None:
        """A transaction of a region's database has committed."""
        for (schema, table), rows in transaction.changes.items():
            if table not in WATCHED:
                continue
            for row in rows.values():
                if row is not GONE:
                    self._row(region, schema, table, row, transaction)

    def _row(self, region: str, schema: str, table: str, row: Row, transaction: Transaction) -> None:
        match table:
            case "outbox":
                self._wrote(schema, row)
            case "stream_offset":
                self._moved(region, schema, row, transaction)
            case "watch" if row["handle"]:
                self.people[row["handle"]] = (region, row["subject"])
            case "dossier":
                self._reviewed(region, row)
            case "parked_record":
                self.broken("nobody is parked", f"{region} {schema}: {row['topic']} {row['reason']}")

    def _reviewed(self, region: str, row: Row) -> None:
        """Nobody turns up behind a sweep who was reviewed without the change that it is about."""
        database = self._world.places[region].server.database
        for storm in database.table("audit", "storm").values():
            if storm["state"] not in SWEPT or not 0 < row["reference"] < storm["reference"]:
                continue
            first, behind = within(storm["area"]) if storm["area"] else ("", "")
            stays = [stay for stay in database.table("audit", "stay").values() if stay["subject"] == row["subject"]]
            if not storm["area"] or any(first <= stay["area"] < behind for stay in stays):
                late = f"{row['subject']} was reviewed by reference {row['reference']}"
                self.broken("nobody is missed", f"{region}: {late}, storm {storm['id']} is {storm['state']}")

    def _wrote(self, schema: str, row: Row) -> None:
        headers = dict(outbox.decode_headers(row["headers"]))
        ident = headers.get("ce_id", b"").decode()
        if row["topic"].endswith(".dlq"):
            why = headers.get("hc_reason", b"").decode()
            self.broken("nobody is refused", f"{row['topic']}: {why}: {headers.get('hc_detail', b'').decode()}")
        for topic in outbox.topics_of(row["topic"]):
            if (topic, ident) in self.written:
                self.broken("books balance", f"{topic}: event {ident} was written twice")
            self.written[topic, ident] = Written(schema, row["id"])

    def _moved(self, region: str, schema: str, row: Row, transaction: Transaction) -> None:
        """A consumer's position: all records up to it took effect in this very transaction, each once."""
        if row["next_offset"] is None:
            return
        tp = TopicPartition(row["topic"], row["partition"])
        place = (region, schema, row["consumer"], *map(str, tp))
        old, new = self._stored.get(place, 0), row["next_offset"]
        name = f"{schema}.{row['consumer']}"
        handled = [
            record.offset
            for who, records in transaction.notes
            if who == name
            for record in records
            if (record.topic, record.partition) == tp
        ]
        if new < old:
            self.broken("one owner writes", f"{region} {name} went back on {tp} from {old} to {new}")
        log = self._world.broker_of(region, tp.topic).log(tp)
        wanted = [record.offset for record in log.read(old, new)[0] if record.offset < new] if new > old else []
        if handled != wanted:
            self.broken(
                "one owner writes",
                f"{region} {name}, {tp.topic}/{tp.partition} {old} to {new}: {handled} took effect, not {wanted}",
            )
        self._stored[place] = max(old, new)
        if handled:
            self._world.trace.note("handled", f"{region} {name}", of=f"{tp.topic}/{tp.partition}", offsets=handled)

    def published(self, broker: TwinBroker, topics: Iterable[str]) -> None:
        """Topics of a broker have something new that readers see."""
        for topic in topics:
            if topic.endswith(FROM_OUTSIDE):
                continue
            for partition in range(broker.count(topic)):
                tp = TopicPartition(topic, partition)
                place = (id(broker), tp)
                records, self._cursors[place] = broker.log(tp).read(self._cursors.get(place, 0), 1 << 30)
                for record in records:
                    self._appeared(record)

    def _appeared(self, record: Record) -> None:
        """A record that a reader sees: written once, published once, behind those that were written before it."""
        self.published_count += 1
        ident = dict(record.headers).get("ce_id", b"").decode()
        place = f"{record.topic}/{record.partition}/{record.offset}"
        written = self.written.get((record.topic, ident))
        if written is None:
            self.broken("books balance", f"{place}: no transaction wrote event {ident}")
            return
        if written.place is not None:
            self.broken("books balance", f"{place}: event {ident} is out already, at {written.place}")
            return
        written.place = place
        key = (record.topic, record.key or b"")
        if written.id < self._order.get(key, 0):
            self.broken("versions ascend", f"{place}: event {ident} of {record.key!r} came behind a later one")
        self._order[key] = written.id
        if not record.topic.endswith((".dlq", "codes.state.v1")):
            event = decode(record.headers, record.value, record.key)
            self._world.trace.note("published", place, key=event.key, event=_shown(event))
            self._event(record.topic.split(".")[1], record.topic, event, place)

    def _event(self, region: str, topic: str, event: Event, place: str) -> None:
        match event:
            case FindingConcluded():
                self._rises(topic, event.subject, (event.incarnation, event.sequence), place)
                self.findings[region, event.id] = event
            case CodeChanged():
                self._follows(topic, event.subject, (event.incarnation, event.version), place)
                self._code(region, event, place)
                self._answered(region, event.causes, place)
            case CodeConfirmed():
                self._answered(region, event.causes, place)
            case WatchOpened() | StatusReported() | WatchEnded():
                self._follows(topic, event.handle, (1, event.sequence), place)
                if isinstance(event, StatusReported):
                    self._told(event, place)
            case GuestChanged():
                self._guest(topic, event, place)
            case _:
                self.facts[region].add(f"{event.key} {event.id}")

    def _rises(self, topic: str, key: str, number: tuple[int, int], place: str) -> None:
        """Numbers of what has two homes go up in each, and none is in both."""
        last = self._last.get((topic, key, "number"), (0, 0))
        whole = (topic.split(".")[1], key, number)
        if number <= last or whole in self._numbers:
            self.broken("versions ascend", f"{place}: {key} went from {last} to {number}")
        self._last[topic, key, "number"] = number
        self._numbers.add(whole)

    def _follows(self, topic: str, key: str, number: tuple[int, int], place: str) -> None:
        """Numbers go up by one."""
        last = self._last.get((topic, key, "number"), (number[0], 0))
        if number != (last[0], last[1] + 1):
            self.broken("versions ascend", f"{place}: {key} went from {last} to {number}")
        self._last[topic, key, "number"] = number

    def _answered(self, region: str, causes: Iterable[str], place: str) -> None:
        for cause in causes:
            if cause in self.acts[region] and (region, cause) in self.answers:
                self.broken(
                    "books balance", f"{place}: act {cause} was answered already at {self.answers[region, cause]}"
                )
            self.answers[region, cause] = place

    def _code(self, region: str, code: CodeChanged, place: str) -> None:
        """No color without evidence: it is a finding's, and each of its rules rests on facts of that person."""
        self.codes[region, code.subject].append(code)
        if code.color not in JUDGED:
            return
        finding = self.findings.get((region, code.finding))
        if finding is None or (finding.subject, finding.color) != (code.subject, code.color):
            self.broken("no color without evidence", f"{place}: {code.color} of {code.subject} is no finding's")
        for hit in code.hits:
            unknown = [fact for fact in hit.facts if f"{code.subject} {fact}" not in self.facts[region]]
            if unknown or not hit.facts:
                self.broken("no color without evidence", f"{place}: {code.color} by {hit.rule} rests on {unknown}")
        if not code.hits:
            self.broken("no color without evidence", f"{place}: {code.color} by no rule")

    def _told(self, told: StatusReported, place: str) -> None:
        """No status without a code at home: what is told abroad is a code that was published there."""
        if told.status is Status.UNKNOWN:
            return
        region, subject = self.people.get(told.handle, ("", ""))
        if region != told.origin:
            self.broken("no color without evidence", f"{place}: nobody at home is known as {told.handle}")
            return
        translation = country().translations[region]
        codes = [code for code in self.codes[region, subject] if code.changed_at == told.code_at and code.first_hand]
        if all(translation.to_national(code.color, code.evidence) is not told.status for code in codes):
            self.broken("no color without evidence", f"{place}: {told.status} of {subject} was no code at home")

    def _guest(self, topic: str, guest: GuestChanged, place: str) -> None:
        last = self._last.get((topic, guest.handle, "guest"), 0)
        if guest.sequence <= last:
            self.broken("versions ascend", f"{place}: guest {guest.handle} went from {last} to {guest.sequence}")
        self._last[topic, guest.handle, "guest"] = guest.sequence

    def acknowledged(self, region: str, act: str, subject: str) -> None:
        """Somebody outside was told that their act is accepted."""
        self.acts[region][act] = subject


SHOWN = (
    "color",
    "status",
    "version",
    "sequence",
    "revision",
    "reference",
    "level",
    "until",
    "withdrawn",
    "cause",
    "at",
)


def _shown(event: Event) -> str:
    found = ((name, getattr(event, name, None)) for name in SHOWN)
    return " ".join([type(event).__name__, *(f"{name}={value}" for name, value in found if value is not None)])


def event_of(record: Record) -> Event:
    """The event in a record that we published."""
    return decode(record.headers, record.value, record.key)
