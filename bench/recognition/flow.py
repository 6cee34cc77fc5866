"""Codes that change at home, and when each is seen as the guest's where the person is."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

import msgspec

from bench.events import subject
from bench.recognition.nation import HOME, HOST, Nation
from chassis.kafka.model import Outgoing
from chassis.kafka.ports import Broker, Reader
from healthcode.envelope import Encoded, encode
from healthcode.events import CodeChanged, TripDeclared
from healthcode.values import Attestation, Color, EvidenceClass

GUESTS: Final = f"hc.{HOST}.guests.v1"
TICK: Final = 0.02
AT_ONCE: Final = 5000
LONGEST: Final = 300.0
COLORS: Final = (Color.RED, Color.GREEN)

_numbers = count(1)


class _Seen(msgspec.Struct):
    handle: str
    code_at: datetime


_seen = msgspec.json.Decoder(_Seen)


def trips(people: int) -> Iterator[TripDeclared]:
    """Everybody travels there, from today on for two weeks."""
    now = datetime.now(UTC)
    for number in range(people):
        yield TripDeclared(
            id=f"trip-{number}", subject=subject(number), at=now, attestation=Attestation.SELF, destination=HOST,
            area=HOST, since=now.date(), until=now.date() + timedelta(days=14),
        )  # fmt: skip


def change(person: int, version: int, at: datetime) -> CodeChanged:
    """A color, another one than before; `at` tells changes apart."""
    return CodeChanged(
        id=f"code-{next(_numbers)}", subject=subject(person), incarnation=1, version=version,
        previous=COLORS[(version + 1) % 2], color=COLORS[version % 2], act="may_enter", since=at, policy="p",
        policy_version="1", finding="f", cause="bench", evidence=EvidenceClass.LISTED, changed_at=at,
    )  # fmt: skip


@dataclass
class Flow:
    """Sends changes of `people` in turn, and reads what they come to."""

    broker: Broker
    nation: Nation
    people: int
    waiting: dict[datetime, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    last_seen: float = 0.0
    _sent: int = 0

    async def begin(self) -> None:
        """Everybody is watched there, and is read from now on."""
        self._producer = await self.broker.producer()
        self._reader = await self.broker.reader([GUESTS])
        now = datetime.now(UTC)
        await self._send([encode(trip, owner=HOME, service="bench", time=now) for trip in trips(self.people)])
        found, until = 0, time.perf_counter() + LONGEST
        while found < self.people:
            found += sum(map(len, (await self._reader.getmany(AT_ONCE, 0.2)).values()))
            self._check(until, f"{found} of {self.people} guests")

    async def at_rate(self, rate: float, seconds: float) -> list[float]:
        """Changes at a pace that does not wait; gives the seconds from when each was due to when it was read."""
        self.delays = []
        reading = asyncio.create_task(self._read())
        began, due, total = time.perf_counter(), 0, int(rate * seconds)
        while due < total:
            now = min(int((time.perf_counter() - began) * rate), total)
            if now > due:
                await self._changes([began + n / rate for n in range(due, now)])
                due = now
            await asyncio.sleep(TICK)
        await self._until_seen(reading)
        return self.delays

    async def at_once(self, changes: int) -> float:
        """All at once; gives how many a second came through."""
        self.delays = []
        reading = asyncio.create_task(self._read())
        began = time.perf_counter()
        await self._changes([began] * changes)
        await self._until_seen(reading)
        return changes / (self.last_seen - began)

    async def leave(self, changes: int) -> None:
        """Changes that nobody waits for."""
        await self._changes([0.0] * changes)
        self.waiting.clear()

    async def seen_on(self, reader: Reader, records: int) -> float:
        """Until so many records were read; gives how many a second, from the first on."""
        found, first, began, until = 0, 0, 0.0, time.perf_counter() + LONGEST
        while found < records:
            found += sum(map(len, (await reader.getmany(AT_ONCE, 0.2)).values()))
            if found and not began:
                first, began = found, time.perf_counter()
            self._check(until, f"{found} of {records} records")
        return (found - first) / (time.perf_counter() - began) if found > first else float(found)

    async def sizes(self, topics: Sequence[str]) -> dict[str, int]:
        """Bytes of one record of each, with its headers."""
        found = {}
        for topic in topics:
            (record, *_) = await self.broker.last_records(topic, 1)
            headers = sum(len(name) + len(value or b"") for name, value in record.headers)
            found[topic] = len(record.key or b"") + len(record.value or b"") + headers
        return found

    async def _changes(self, due: list[float]) -> None:
        base = datetime.now(UTC)
        wires = []
        for n, each in enumerate(due):
            at = base + timedelta(microseconds=n)
            self.waiting[at] = each
            person, version = self._sent % self.people, self._sent // self.people + 1
            self._sent += 1
            wires.append(encode(change(person, version, at), owner=HOME, service="bench", time=at))
        await self._send(wires)

    async def _send(self, wires: Sequence[Encoded]) -> None:
        for start in range(0, len(wires), AT_ONCE):
            part = wires[start : start + AT_ONCE]
            await self._producer.send_all([Outgoing(w.topic, w.key, w.value, w.headers) for w in part])

    async def _read(self) -> None:
        while True:
            batch = await self._reader.getmany(AT_ONCE, 0.05)
            now = time.perf_counter()
            for record in (each for records in batch.values() for each in records):
                if (due := self.waiting.pop(_seen.decode(record.value or b"").code_at, None)) is not None:
                    self.delays.append(now - due)
                    self.last_seen = now

    async def _until_seen(self, reading: "asyncio.Task[None]") -> None:
        until = time.perf_counter() + LONGEST
        while self.waiting:
            if reading.done():
                reading.result()
            self._check(until, f"{len(self.waiting)} changes that nobody has seen")
            await asyncio.sleep(0.05)
        reading.cancel()

    def _check(self, until: float, missing: str) -> None:
        self.nation.check()
        if time.perf_counter() > until:
            raise TimeoutError(f"after {LONGEST:.0f} s: {missing}")


def used(before: Mapping[str, float], after: Mapping[str, float], changes: int) -> dict[str, float]:
    """Microseconds of processor for a change, by process."""
    return {name: 1e6 * (after[name] - before[name]) / changes for name in after}
