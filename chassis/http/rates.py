"""How fast one client may write: a bucket for each, filled steadily; who finds it empty is told when to come back.

A request is admitted while its client's bucket is not empty, and then pays for all that is in it: a batch of many lines
is taken whole, and paid off afterwards. Header fields: draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from chassis import metrics
from chassis.http.problems import Problem
from chassis.http.standard import TOO_MANY

MOST_CLIENTS: Final = 50_000
POLICY: Final = "writes"
STATE_KEY: Final = "chassis.rate"
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Rate:
    """What a client may write: lines a second, and so many ahead of that."""

    per_second: float
    burst: int

    @property
    def policy(self) -> str:
        """The `RateLimit-Policy` field."""
        return f'"{POLICY}";q={self.burst};w={math.ceil(self.burst / self.per_second)}'


@dataclass(frozen=True, slots=True)
class Standing:
    """How a client stands: lines it may still send at once, and seconds until it may send again or has all back."""

    left: int
    seconds: int

    @property
    def field(self) -> str:
        """The `RateLimit` field."""
        return f'"{POLICY}";r={self.left};t={self.seconds}'


class Rates:
    """The buckets of all clients; the one seen least lately is forgotten when there are too many."""

    def __init__(
        self, rate: Rate, *, monotonic: Callable[[], float] = time.monotonic, most: int = MOST_CLIENTS
    ) -> None:
        self.rate = rate
        self._monotonic = monotonic
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def admit(self, client: str) -> Standing:
        """Take one request and its first line. Raises Problem, 429, while the client's bucket is empty."""
        now = self._monotonic()
        empty_for = self._full_at.get(client, now) - now - self.rate.burst / self.rate.per_second
        if empty_for > -1 / self.rate.per_second:
            wait = max(1, math.ceil(empty_for + 1 / self.rate.per_second))
            metrics.HTTP_REFUSED.labels("rate").inc()
            raise Problem(TOO_MANY, headers={"Retry-After": str(wait)} | self.fields(Standing(0, wait)))
        return self.charge(client, 1)

    def charge(self, client: str, lines: int) -> Standing:
        """Take lines of a request that was admitted; the bucket may then be empty for a while."""
        now = self._monotonic()
        full_at = max(self._full_at.get(client, now), now) + lines / self.rate.per_second
        self._full_at[client] = full_at
        self._full_at.move_to_end(client)
        while len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        left = math.floor(self.rate.burst - (full_at - now) * self.rate.per_second + 1e-6)
        return Standing(max(0, left), math.ceil(full_at - now))

    def fields(self, standing: Standing) -> dict[str, str]:
        """The header fields that tell a client how it stands."""
        return {"RateLimit-Policy": self.rate.policy, "RateLimit": standing.field}


def admit(request: Request, client: str) -> None:
    """Take a write of a client, where there are limits. Raises Problem, 429."""
    rates: Rates | None = getattr(request.app.state, "rates", None)
    if rates is not None and request.method in WRITES:
        request.scope[STATE_KEY] = rates.fields(rates.admit(client))


def charge(request: Request, client: str, lines: int) -> None:
    """Take the lines of a batch beyond the first."""
    rates: Rates | None = getattr(request.app.state, "rates", None)
    if rates is not None and lines > 1:
        request.scope[STATE_KEY] = rates.fields(rates.charge(client, lines - 1))
