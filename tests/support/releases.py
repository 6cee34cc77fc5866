"""The release before this one, and the one after it: `python -m tests.support.releases WHICH services.audit worker`.

Both are this code with what a release differs by: what it knows of the events, what it writes, which schema it expects.
"""

import asyncio
import json
import runpy
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns
from types import ModuleType
from typing import Any, Final
from unittest import mock

import msgspec

from chassis import outbox, process
from chassis.migrate import migrate
from chassis.postgres.pool import Connection, Pool, open_pool
from healthcode import envelope
from healthcode.envelope import Encoded
from healthcode.events import CodeChanged, Event, FindingConcluded

MODULE: Final = "tests.support.releases"
EARLIER: Final = "earlier"
PRESENT: Final = "present"
LATER: Final = "later"

NOT_YET: Final = {
    FindingConcluded.type: frozenset({"first_hand", "residence"}),
    CodeChanged.type: frozenset({"first_hand", "residence"}),
}
"""What the earlier release does not know of the events: it writes nothing of it, and sees nothing of it."""
NOT_YET_OF_A_HIT: Final = frozenset({"sources", "release"})
NOT_YET_APPLIED: Final = "20200211000012_*.sql"
"""The issuer's migration that the earlier release came before."""

ADDED: Final = "added_by_a_later_release"
"""A field that the later release writes into every event."""
NOTED: Final = "org.healthcode.later.noted.v1"
"""The type of an event that the later release writes beside every other."""
CHANGED: Final = {
    "declaration": ("statement", "person", "outbox", "stream_offset"),
    "audit": ("dossier", "storm", "listing", "outbox", "stream_offset", "relay_lane"),
    "issuer": ("code", "code_history", "outbox", "stream_offset", "relay_lane"),
    "recognition": ("home_code", "guest", "watch", "ask", "outbox"),
    "oversight": ("people",),
    "subscription": ("client", "consent", "known_code", "outbox"),
    "portal": ("opening",),
}
"""Tables to which the later release adds a column: most of them are read and written at every batch."""


def command(release: str, *arguments: str) -> tuple[str, ...]:
    """What to give to `python -m` for a process of a release."""
    return arguments if release == PRESENT else (MODULE, release, *arguments)


def migrate_to_earlier(database_url: str, schema: str, folder: Path) -> None:
    """The issuer's schema as the earlier release left it. `folder`: where its migrations are put."""
    copytree(Path("services") / schema / "migrations", folder, ignore=ignore_patterns(NOT_YET_APPLIED))
    asyncio.run(migrate(database_url, schema, process.MIGRATIONS, folder))


def migrate_to_later(database_url: str, folder: Path) -> None:
    """All schemas as the later release wants them. `folder`: where its migrations are put."""
    for schema, tables in CHANGED.items():
        its = folder / schema
        its.mkdir(parents=True)
        statements = [f"ALTER TABLE {table} ADD COLUMN noted text NOT NULL DEFAULT '';" for table in tables]
        statements.append("CREATE TABLE note (id text PRIMARY KEY, key bytea NOT NULL);")
        text = "\n".join(["-- migrate:up", *statements, "-- migrate:down", ""])
        (its / "29990101000001_later.sql").write_text(text, "utf-8")
        asyncio.run(migrate(database_url, schema, process.MIGRATIONS, Path("services") / schema / "migrations", its))


class _Writing:
    """Encodes events, and changes what is written."""

    def __init__(self, change: Callable[[str, dict[str, Any]], dict[str, Any]]) -> None:
        self._real = envelope._encoder
        self._change = change

    def encode(self, event: Event) -> bytes:
        """See msgspec.json.Encoder."""
        return json.dumps(self._change(event.type, json.loads(self._real.encode(event)))).encode()


class _Reading:
    """Decodes events of a type, of which it sees less than is there."""

    def __init__(self, event_type: str, real: Any) -> None:
        self._type = event_type
        self._real = real

    def decode(self, value: bytes) -> Event:
        """See msgspec.json.Decoder."""
        seen = msgspec.json.decode(value)
        return self._real.decode(json.dumps(_without(self._type, seen)).encode() if isinstance(seen, dict) else value)  # type: ignore[no-any-return]


def _without(event_type: str, value: dict[str, Any]) -> dict[str, Any]:
    known = {name: each for name, each in value.items() if name not in NOT_YET.get(event_type, ())}
    if event_type in NOT_YET and "hits" in known:
        known["hits"] = [{n: v for n, v in hit.items() if n not in NOT_YET_OF_A_HIT} for hit in known["hits"]]
    return known


def become_earlier() -> None:
    """Know less of the events than there is today."""
    real = envelope._decoder
    _become(envelope, "_encoder", _Writing(_without))
    _become(envelope, "_decoder", lambda event_type: _Reading(event_type, real(event_type)))


def become_later() -> None:
    """Write more into the events, other events beside them, and rows that only this release has a table for."""
    _become(envelope, "_encoder", _Writing(lambda _, value: {**value, ADDED: {"deep": [1]}}))
    append = outbox.append

    async def append_more(connection: Connection, schema: str, messages: Sequence[Encoded], **more: Any) -> None:
        events = [each for each in messages if "ce_type" in dict(each.headers) and ".dlq" not in each.topic]
        notes = [(uuid.uuid4().hex, each) for each in events]
        await append(connection, schema, [*messages, *(_note(ident, each) for ident, each in notes)], **more)
        await connection.executemany("INSERT INTO note VALUES ($1, $2)", [(ident, each.key) for ident, each in notes])

    async def open_checked(database_url: str, schema: str, **more: Any) -> Pool:
        pool = await open_pool(database_url, schema, **more)
        await pool.execute("SELECT count(*) FROM note")
        for table in CHANGED.get(schema, ()):
            await pool.execute(f"SELECT noted FROM {table} LIMIT 1")  # noqa: S608 - our own names
        return pool

    _become(outbox, "append", append_more)
    _become(process, "open_pool", open_checked)


def _become(module: ModuleType, name: str, other: object) -> None:
    mock.patch.object(module, name, other).start()


def _note(ident: str, beside: Encoded) -> Encoded:
    """An event of a type that is new in this release; not on a compacted topic, where it would hide another."""
    told = {"ce_type": NOTED.encode(), "ce_id": ident.encode()}
    headers = tuple((name, told.get(name, value)) for name, value in beside.headers)
    [topic, *_] = outbox.topics_of(beside.topic)
    return replace(beside, topic=topic, value=json.dumps({"id": ident}).encode(), headers=headers)


if __name__ == "__main__":
    {EARLIER: become_earlier, LATER: become_later}[sys.argv[1]]()
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
