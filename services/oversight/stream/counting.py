"""From records to counts: decode, count in one transaction, and set aside what nothing can be made of."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeVar

import structlog

from chassis import metrics, outbox
from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.errors import CONFLICTS, OUTAGES
from chassis.postgres.pool import Connection, Pool
from chassis.stream.dead_letters import dead_letter
from chassis.stream.decode import decode_event
from chassis.stream.model import Rejected, is_newer
from healthcode.events import FindingConcluded
from healthcode.events.code import FINDINGS_IN_BACKGROUND
from healthcode.values import AlarmKind
from services.oversight.domain.count import look
from services.oversight.handlers.alarm import Rules
from services.oversight.handlers.count import Counted, count
from services.oversight.handlers.look import forget_old, look_at_time
from services.oversight.ports import Arrival, Books, Place

SCHEMA: Final = "oversight"
LONGEST_PAUSE: Final = 5.0
FAULT: Final = "oversight-fault"

RECORDS = metrics.counter("hc_oversight_records_total", "Records that oversight has read", "result")
OPEN = metrics.gauge("hc_oversight_alarms_open", "Alarms that are open", "kind")

_HOMES: Final = {FindingConcluded.type: (FindingConcluded.topic, FINDINGS_IN_BACKGROUND)}

T = TypeVar("T")
log = structlog.get_logger()


class Counting:
    """Counts records into the service's own schema."""

    def __init__(self, pool: Pool, books_over: Callable[[Connection], Books], rules: Rules, clock: Clock) -> None:
        """`books_over` gives the books within a transaction; `clock` is the region's."""
        self._pool = pool
        self._books_over = books_over
        self._rules = rules
        self._clock = clock

    async def take(self, records: Sequence[Record], ends: Mapping[Place, int]) -> Mapping[Place, int]:
        """Count records, and up to where each partition now is counted; waits while the database is away.

        A fault that does not pass is narrowed down to the record that causes it, and that one becomes a dead letter.
        """
        try:
            return await self._until_up(lambda: self._transact(records, ends, None))
        except Exception as fault:  # noqa: BLE001 - whatever it is: Faust would acknowledge the batch and lose it
            if len(records) == 1:
                log.warning("record_set_aside", topic=records[0].topic, error=type(fault).__name__)
                verdict = Rejected(FAULT, f"oversight cannot count it ({type(fault).__name__})")
                return await self._until_up(lambda: self._transact(records, ends, verdict))
        middle = len(records) // 2
        first = await self.take(records[:middle], ends)
        return {**first, **await self.take(records[middle:], ends)}

    async def look(self) -> None:
        """See what time has done."""
        async with self._pool.acquire() as connection, connection.transaction():
            standing = await look_at_time(self._books_over(connection), self._rules, self._clock.now())
        for kind in AlarmKind:
            OPEN.labels(kind.value).set(standing[kind])

    async def forget(self) -> None:
        """Drop what is old."""
        async with self._pool.acquire() as connection, connection.transaction():
            await forget_old(self._books_over(connection), self._rules, self._clock.now())

    async def _until_up(self, work: Callable[[], Awaitable[T]]) -> T:
        pause = 0.1
        while True:
            try:
                return await work()
            except (*OUTAGES, *CONFLICTS) as failure:
                log.warning("counting_waits", error=type(failure).__name__, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _transact(
        self, records: Sequence[Record], ends: Mapping[Place, int], verdict: Rejected | None
    ) -> Mapping[Place, int]:
        arrivals: list[Arrival] = []
        bad: dict[Arrival, tuple[Record, Rejected]] = {}
        for record in records:
            arrival, refusal = (_unseen(record), verdict) if verdict else self._arrival(record)
            arrivals.append(arrival)
            if refusal is not None:
                bad[arrival] = record, refusal
        async with self._pool.acquire() as connection, connection.transaction():
            counted = await count(self._books_over(connection), arrivals, ends, self._rules, self._clock.now())
            refused = [bad[arrival] for arrival in counted.fresh if arrival in bad]
            letters = [
                dead_letter(record, why.code, why.detail, consumer=f"{SCHEMA}.counting") for record, why in refused
            ]
            await outbox.append(connection, SCHEMA, letters)
        for record, why in refused:
            metrics.DEAD_LETTERS.labels(record.topic, why.code).inc()
        _measure(len(records), counted, len(refused))
        return {place: position.next_offset for place, position in counted.positions.items()}

    def _arrival(self, record: Record) -> tuple[Arrival, Rejected | None]:
        try:
            event = decode_event(record)
        except Rejected as refusal:
            if is_newer(record, refusal):
                metrics.UNKNOWN_EVENTS.labels(record.topic, "counting").inc()
                return _unseen(record), None
            return _unseen(record), refusal
        if record.topic.split(".", 2)[2] not in _HOMES.get(event.type, (event.topic,)):
            return _unseen(record), Rejected("wrong-topic", f"{event.type} does not belong on {record.topic}")
        seen = look(event, self._rules.thresholds.by_hand)
        return Arrival(Place(record.topic, record.partition), record.offset, seen), None


def _unseen(record: Record) -> Arrival:
    return Arrival(Place(record.topic, record.partition), record.offset, None)


def _measure(records: int, counted: Counted, refused: int) -> None:
    results: Mapping[str, int] = Counter(
        counted=len(counted.fresh) - refused - counted.late,
        again=records - len(counted.fresh),
        late=counted.late,
        refused=refused,
    )
    for result, number in results.items():
        RECORDS.labels(result).inc(number)
    if results["again"]:
        log.info("records_again", records=results["again"])
