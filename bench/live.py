"""Steady traffic as people make it: declarations over HTTP at a stated rate, and when each one's code can be seen.

The pace does not wait for answers, and a delay counts from when the declaration was due: a stalled service gets no
pardon for what it kept from being sent.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from bench.identity import Callers
from chassis.kafka.ports import Broker, Reader
from demo.http import Answer, Client
from healthcode.identity import check_digit

BIRTH: Final = date(1940, 1, 1)
HOMES: Final = ("330102", "330105", "330106", "330108", "330109")
FEVERISH: Final = 0.02
ACCEPTED: Final = 202
READ_AT_ONCE: Final = 5000
ANSWER_SECONDS: Final = 30.0


class _Caused(msgspec.Struct):
    causes: tuple[str, ...] = ()


_caused = msgspec.json.Decoder(_Caused)
_accepted = msgspec.json.Decoder(dict[str, Any])


class Traffic:
    """Declares for `people`, over and over in turn, `rate` times a second."""

    def __init__(self, callers: Callers, rate: float, people: int, seed: int) -> None:
        self._client = Client(callers.url)
        self._tokens = callers.tokens
        self._rate = rate
        self._people = people
        self._chance = random.Random(seed)  # noqa: S311 - made-up people, the same ones each time
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen: dict[str, float] = {}
        self.waiting: dict[str, float] = {}
        """When what is not visible yet was due, by its id."""
        self.sent = 0
        self.statuses: Counter[int] = Counter()
        """How the answers were; 0 where none came."""
        self.answered: list[float] = []
        """Seconds from due to accepted, since they were last taken away."""
        self.visible: list[float] = []
        """Seconds from due to visible, since they were last taken away."""

    async def run(self, stop: asyncio.Event) -> None:
        """Declare until `stop`, then wait for the answers for a while; what could not even be sent is left out."""
        begun = time.monotonic()
        number = 0
        while not stop.is_set():
            due = begun + number / self._rate
            if (pause := due - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            task = asyncio.create_task(self._declare(number, due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            number += 1
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=ANSWER_SECONDS)
            self.statuses[0] += len(late)
            for task in late:
                task.cancel()
        await self._client.close()

    async def watch(self, broker: Broker, topic: str, ready: asyncio.Event) -> None:
        """Read the codes and note when each declaration came out, until cancelled."""
        reader = await broker.reader([topic], start="end")
        ready.set()
        try:
            while True:
                await self._read(reader)
        finally:
            await reader.stop()

    async def _read(self, reader: Reader) -> None:
        batch = await reader.getmany(READ_AT_ONCE, 0.2)
        now = time.monotonic()
        for records in batch.values():
            for record in records:
                for cause in _caused.decode(record.value or b"{}").causes:
                    self._came_out(cause, now)

    def _came_out(self, cause: str, now: float) -> None:
        due = self.waiting.pop(cause, None)
        if due is None:
            self._seen[cause] = now  # faster than its 202, or not ours
        else:
            self.visible.append(now - due)

    async def _declare(self, number: int, due: float) -> None:
        self.sent += 1
        headers = {
            "authorization": f"Bearer {self._tokens[number % len(self._tokens)]}",
            "content-type": "application/json",
        }
        body = json.dumps(declaration(number % self._people, self._chance)).encode()
        answer = Answer(0, b"")
        with suppress(OSError):
            answer = await self._client.request("POST", "/v1/declarations", headers, body)
        now = time.monotonic()
        self.statuses[answer.status] += 1
        if answer.status != ACCEPTED:
            return
        self.answered.append(now - due)
        ident = str(_accepted.decode(answer.body)["id"])
        seen = self._seen.pop(ident, None)
        if seen is None:
            self.waiting[ident] = due
        else:
            self.visible.append(seen - due)


def declaration(person: int, chance: random.Random) -> dict[str, Any]:
    """The body of a declaration of a made-up person."""
    home = HOMES[person % len(HOMES)]
    first = f"{home}{BIRTH + timedelta(days=person % 20_000):%Y%m%d}{person // 20_000:03d}"
    ill = chance.random() < FEVERISH
    return {
        "basic": {
            "name": f"测试{person}",
            "id_type": "resident_id",
            "id_number": first + check_digit(first),
            "phone": f"130{person:08d}",
            "address": f"文三路 {person} 号",
            "residence": home,
        },
        "health": {
            "temperature": round(chance.uniform(37.4, 38.9) if ill else chance.uniform(36.1, 37.0), 1),
            "symptoms": ["fever"] if ill else [],
            "contact": False,
            "stays": [],
            "promise": True,
        },
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed; 0 where there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
