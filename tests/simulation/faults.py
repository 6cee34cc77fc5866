"""Faults that are planted to see whether the invariants find them. Each replaces one small piece of the real logic."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from unittest import mock

from chassis.kafka.model import TopicPartition
from chassis.postgres.pool import Connection
from chassis.relay import window
from chassis.relay.relay import Relay
from chassis.relay.window import Lane, Window
from chassis.stream import offsets
from chassis.stream.offsets import Offsets
from healthcode.events import FindingConcluded
from services.audit.domain import PolicySet
from services.audit.handlers import entry
from services.audit.handlers import review as audit_review
from services.issuer.domain import code as code_module
from services.issuer.handlers import code as issuer_handlers
from tests.twins.database.engine import Row, Transaction
from tests.twins.database.statements import statement

NO_FAULT: Final[tuple[Any, ...]] = ()


async def _plain_horizon(_lane: Lane, _connection: Connection, end: int) -> int:
    """Where the oldest writer stands is not lowered for versions that are out of turn."""
    return end


async def _unchecked(
    self: Offsets, connection: Connection, tps: Collection[TopicPartition]
) -> dict[TopicPartition, int]:
    """The rows are locked, and nobody asks whose they are."""
    rows = await connection.fetch(
        offsets.LOCK,
        self._consumer,
        [t.topic for t in tps],
        [t.partition for t in tps],
    )
    return {TopicPartition(row["topic"], row["partition"]): row["strikes"] for row in rows}


async def _never_out(_relay: Relay, _window: Window) -> bool:
    """A successor does not look whether the last window is out."""
    return False


def _always_new(_draft: object, _other: object) -> bool:
    """What comes a second time is taken for something new."""
    return False


_real_conclude = code_module.conclude


def _as_text(code: Any, finding: FindingConcluded, stamp: Any, lifetime: Any) -> Any:
    """Sequence numbers are compared as text: the tenth comes before the ninth."""
    if code is not None and str(finding.sequence) <= str(code.finding_sequence):
        return code_module.Outcome(code)
    return _real_conclude(code, finding, stamp, lifetime)


def _files_alone(base: PolicySet, _acts: object) -> PolicySet:
    """A worker goes on with the policies that it was started with."""
    return base


ROWS_BY_ID: Final = "SELECT * FROM outbox WHERE lane = $1 AND id >= $2 AND id < $3 ORDER BY id"
FORGET_BY_ID: Final = "DELETE FROM outbox WHERE lane = $1 AND id >= $2 AND id < $3"


def _by_id(tx: Transaction, lane: int, start: int, end: int) -> list[Row]:
    found = [row for row in tx.rows("outbox") if row["lane"] == lane and start <= row["id"] < end]
    return sorted(found, key=lambda row: int(row["id"]))


@statement(ROWS_BY_ID)
async def _rows_by_id(tx: Transaction, lane: int, start: int, end: int) -> Sequence[Row]:
    return _by_id(tx, lane, start, end)


@statement(FORGET_BY_ID)
async def _forget_by_id(tx: Transaction, lane: int, start: int, end: int) -> int:
    gone = _by_id(tx, lane, start, end)
    for row in gone:
        tx.delete("outbox", row["id"])
    return len(gone)


async def _cut_by_id(self: Lane, connection: Connection) -> tuple[int, list[Any]]:
    """A window is what is visible behind the last id."""
    rows = await connection.fetch(ROWS_BY_ID, self._spec.lane, self._horizon, 1 << 62)
    return (rows[-1]["id"] + 1 if rows else self._horizon), rows


FAULTS: Final[dict[str, tuple[Any, ...]]] = {
    "relay-by-id": (
        mock.patch.object(Lane, "_cut", _cut_by_id),
        mock.patch.object(window, "ROWS", ROWS_BY_ID),
        mock.patch.object(window, "FORGET", FORGET_BY_ID),
    ),
    "plain-horizon": (mock.patch.object(Lane, "_lowered", _plain_horizon),),
    "offsets-unchecked": (mock.patch.object(Offsets, "lock", _unchecked),),
    "window-never-out": (mock.patch.object(Relay, "_is_out", _never_out),),
    "handler-not-idempotent": (mock.patch.object(entry, "_same", _always_new),),
    "policies-of-the-start": (mock.patch.object(audit_review, "timeline", _files_alone),),
    "version-as-text": (mock.patch.object(issuer_handlers, "conclude", _as_text),),
}


@contextmanager
def planted(fault: str | None) -> Iterator[None]:
    """The product with that fault in it."""
    patches = FAULTS[fault] if fault else NO_FAULT
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
