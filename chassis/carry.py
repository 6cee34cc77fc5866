"""What travels beside an event to all that follows from it: when the person's act was accepted, and its trace.

Two headers, put behind an event's own. A worker carries those of a record over to what is published under the same key
while its batch is worked on. They stay within the region: what leaves by another lane than the first has none, so that
nothing is added to what was signed for others, and nothing tells them when a person did what.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from chassis.kafka.model import Headers, Record

ACCEPTED: Final = "hc_accepted"
"""When the act behind it was accepted: milliseconds since 1970 by the machine's clock, never by a simulated one."""
TRACE: Final = "ce_traceparent"
CARRIED: Final = frozenset({ACCEPTED, TRACE})

Carried = tuple[tuple[str, bytes], ...]
NOTHING: Final[Carried] = ()

_batch: ContextVar[Mapping[bytes, Carried] | None] = ContextVar("carried", default=None)


def of(headers: Headers) -> Carried:
    """What a record carries. It stands at the end, the trace last, so a record without it costs one look."""
    if not headers or headers[-1][0] not in CARRIED:
        return NOTHING
    if len(headers) > 1 and headers[-2][0] in CARRIED:
        return (headers[-2], headers[-1])
    return (headers[-1],)


def is_traced(headers: Headers) -> bool:
    """Whether a record carries a trace."""
    return bool(headers) and headers[-1][0] == TRACE


def accepted_now() -> Carried:
    """What an act carries that is being accepted."""
    return ((ACCEPTED, str(int(time.time() * 1000)).encode()),)


def accepted_at(headers: Headers) -> float | None:
    """When the act behind a record was accepted, in seconds since 1970; None when no act is."""
    for name, value in of(headers):
        if name == ACCEPTED and value and value.isdigit():
            return int(value) / 1000
    return None


@contextmanager
def carrying(records: Iterable[Record], following: Callable[[Record], Carried]) -> Iterator[None]:
    """Within this block, what is published under a record's key carries what `following` says of the record.

    Of several acts of one person the first is kept: they waited longest.
    """
    found: dict[bytes, Carried] = {}
    for record in records:
        if record.key and (headers := following(record)):
            found.setdefault(record.key, headers)
    token = _batch.set(found)
    try:
        yield
    finally:
        _batch.reset(token)


def current() -> Mapping[bytes, Carried]:
    """What to carry on here, by key."""
    return _batch.get() or {}
