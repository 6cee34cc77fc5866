"""The door of every write: so many at once, so many who wait, nobody for long; the others are told when to come back.

A write is refused before it is read when too many are inside, or when the process, its pools or its outboxes are
behind: better a 503 at once than a 202 that waits for minutes, or a queue that takes the memory. Health and metrics
pass; reads have a door of their own (reads.py).
"""

import asyncio
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics
from chassis.http.answers import problem_response
from chassis.http.problems import Problem
from chassis.http.rates import STATE_KEY, WRITES
from chassis.http.standard import OVERLOADED

LONGEST_RETRY: Final = 60.0
JITTER: Final = 0.5  # those who were refused together shall not come back together
MEASURED_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many writes are worked on at once, how many wait for that, and how long at most."""

    at_once: int = 128
    waiting: int = 384
    wait_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Strain:
    """What is behind, and seconds until that is probably over."""

    reason: str
    seconds: float


def at_ease() -> Strain | None:
    """Nothing is behind."""
    return None


class Admission:
    """Counts who is inside and decides who may come in."""

    def __init__(
        self,
        bounds: Bounds,
        strain: Callable[[], Strain | None] = at_ease,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`strain` tells what else is behind; `chance` gives numbers from 0 to 1."""
        self._bounds = bounds
        self._strain = strain
        self._monotonic = monotonic
        self._chance = chance
        self._turns = asyncio.Semaphore(bounds.at_once)
        self.inside = 0
        self._since = monotonic()
        self._left = 0
        self._a_second = 0.0

    def enter(self) -> Problem | None:
        """Come in; or the refusal, and then nothing is to be left."""
        if self.inside >= self._bounds.at_once + self._bounds.waiting:
            return self.refusal(self._full("queue"))
        strain = self._strain()
        if strain is not None:
            return self.refusal(strain)
        self.inside += 1
        metrics.HTTP_INSIDE.set(self.inside)
        return None

    def leave(self) -> None:
        """Go out."""
        self.inside -= 1
        metrics.HTTP_INSIDE.set(self.inside)
        self._left += 1
        passed = self._monotonic() - self._since
        if passed >= MEASURED_SECONDS:
            self._a_second, self._left, self._since = self._left / passed, 0, self._monotonic()

    async def turn(self) -> Problem | None:
        """Wait to be worked on; or the refusal of who waited too long. A turn has to be given back by `done`."""
        try:
            async with asyncio.timeout(self._bounds.wait_seconds):
                await self._turns.acquire()
        except TimeoutError:
            return self.refusal(self._full("wait"))
        return None

    def done(self) -> None:
        """Give the turn back."""
        self._turns.release()

    def refusal(self, strain: Strain) -> Problem:
        """503 with the time to come back: what is computed, and up to half of it more."""
        seconds = min(max(strain.seconds, 1.0), LONGEST_RETRY) * (1 + JITTER * self._chance())
        metrics.HTTP_REFUSED.labels(strain.reason).inc()
        return Problem(OVERLOADED, headers={"Retry-After": str(math.ceil(seconds))})

    def _full(self, reason: str) -> Strain:
        """Until all who are inside now are out, at the pace of the last second."""
        return Strain(reason, self.inside / self._a_second if self._a_second else self._bounds.wait_seconds)


class DoorMiddleware:
    """Refuses writes before their bodies are read; tells admitted clients how they stand with their rate."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in WRITES:
            await self._app(scope, receive, send)
            return
        refusal = self._admission.enter()
        if refusal is not None:
            await problem_response(scope, refusal)(scope, receive, send)
            return

        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start" and STATE_KEY in scope:
                headers = MutableHeaders(scope=message)
                for name, value in scope[STATE_KEY].items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_rate)
        finally:
            self._admission.leave()


class TurnMiddleware:
    """Lets so many writes be worked on at once. Behind the body's reader: whoever sends slowly holds no turn."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] not in WRITES:
            await self._app(scope, receive, send)
            return
        refusal = await self._admission.turn()
        if refusal is not None:
            await problem_response(scope, refusal)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._admission.done()
