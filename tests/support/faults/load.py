"""People declare and officers list them, at a steady pace and whatever happens; what was accepted is written down."""

import asyncio
import itertools
import time
import uuid
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final

import httpx

from tests.support.people import declaration, id_number
from tests.support.region import RegionProcesses

PER_SECOND: Final = 20
SENDERS: Final = 5
PEOPLE: Final = 40
"""Of each sender: so few that each declares again and again, and an order can be wrong."""
AGAIN_SECONDS: Final = 0.2
WELL: Final[dict[str, Any]] = {}
FEVER: Final[dict[str, Any]] = {"temperature": 38.4, "symptoms": ["fever"]}
PASSING: Final = frozenset({409, 429, 500, 502, 503, 504})
"""Answers to which a client sends the same once more, under the same key."""


@dataclass(frozen=True)
class Act:
    """Something that was accepted: the declaration's id, or the listing's entry; when it was first sent."""

    id: str
    person: int
    listing: bool
    sent: float


@dataclass
class Load:
    """Sends until it is stopped; nothing that was begun is given up. `people`: of each sender, from `first` on.

    `urls`: where to, in turn; to the region's own address when there is none.
    """

    region: RegionProcesses
    first: int
    per_second: int = PER_SECOND
    people: int = PEOPLE
    urls: list[str] = field(default_factory=list)
    accepted: list[Act] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    tries: int = 0

    def __post_init__(self) -> None:
        """Nothing is sent yet."""
        self._stop, self._lost = Event(), Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float = 120) -> None:
        """Send nothing new, and wait until all that was begun is accepted."""
        self._stop.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "some request is not accepted to this moment"
        assert self.refused == []

    def give_up(self) -> None:
        """Send nothing new, and wait for nothing."""
        self._stop.set()
        self._lost.set()

    async def _run(self) -> None:
        async with httpx.AsyncClient(base_url=self.region.url, timeout=10) as client, asyncio.TaskGroup() as group:
            for sender in range(SENDERS):
                group.create_task(self._send(client, self.first + sender * self.people, sender))

    async def _send(self, client: httpx.AsyncClient, first: int, sender: int) -> None:
        """One after the other, so that each person's acts have an order that all can know."""
        began = time.monotonic() - sender / self.per_second
        for turn in itertools.count():
            person = first + turn % self.people
            if self._stop.is_set():
                return
            health = FEVER if (turn // self.people + turn) % 2 else WELL
            await self._declare(client, person, health)
            if turn < self.people and turn % 4 == 0:
                await self._list(client, person)
            pause = began + turn * SENDERS / self.per_second - time.monotonic()
            await asyncio.sleep(max(0.0, pause))

    async def _declare(self, client: httpx.AsyncClient, person: int, health: dict[str, Any]) -> None:
        sent = time.monotonic()
        found = await self._until_accepted(client, "/v1/declarations", "counter", declaration(person, **health))
        self.accepted.append(Act(found["id"], person, listing=False, sent=sent))

    async def _list(self, client: httpx.AsyncClient, person: int) -> None:
        entry = {
            "person": {"id_type": "resident_id", "id_number": id_number(person)},
            "category": "close_contact",
            "evidence": "疾控〔2020〕17号",
            "valid_from": "2026-01-01T00:00:00+08:00",
        }
        sent = time.monotonic()
        found = await self._until_accepted(client, "/v1/lists/entries", "officer", entry)
        self.accepted.append(Act(found["entry"], person, listing=True, sent=sent))

    async def _until_accepted(
        self, client: httpx.AsyncClient, path: str, role: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        token = self.region.identity.token(
            f"{role}-load", roles=[role], region=self.region.region, authority="测试窗口", person="p-1"
        )
        headers = {"authorization": f"Bearer {token}", "idempotency-key": uuid.uuid4().hex}
        while not self._lost.is_set():
            self.tries += 1
            where = self.urls[self.tries % len(self.urls)] if self.urls else ""
            try:
                answer = await client.post(where + path, json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if answer.is_success:
                found: dict[str, Any] = answer.json()
                return found
            if answer.status_code not in PASSING:
                self.refused.append(f"{path}: {answer.status_code} {answer.text}")
                raise AssertionError(self.refused[-1])
            await asyncio.sleep(AGAIN_SECONDS)
        raise asyncio.CancelledError
