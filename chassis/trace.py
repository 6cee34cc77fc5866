"""Traces of single acts across services: request, outbox, publication, batch, and on. Off unless a collector is named.

Only sampled acts carry a `ce_traceparent` (W3C Trace Context, as a CloudEvents extension) beside their events: what is
not sampled costs a look at a header. Spans are made here and nowhere else, and their attributes are those of
`ATTRIBUTES`: no id, no path, no value, no exception's text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from chassis import carry
from chassis.kafka.model import Headers, Record

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ATTRIBUTES: Final = frozenset(
    {
        *("http.request.method", "http.route", "http.response.status_code"),
        *(
            "messaging.system",
            "messaging.operation.type",
            "messaging.destination.name",
            "messaging.batch.message_count",
        ),
        "hc.consumer",
    }
)
MOST_IN_A_BATCH: Final = 100  # spans; what is beyond goes on without one of its own
_TRACEPARENT: Final = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-01")
_ANYWHERE: Final = Context()

Following = Callable[[Record], carry.Carried]


class _State:
    """The one tracer of the process, and who sets what off."""

    tracer: api.Tracer | None = None
    provider: "TracerProvider | None" = None
    origins: Final[dict[bytes, carry.Carried]] = {}


@dataclass
class Request:
    """A request under way. `keys` are those whose events it sets off."""

    span: api.Span
    keys: list[bytes] = field(default_factory=list)

    def end(self, method: str, route: str, status: int) -> None:
        """It is answered."""
        self.span.update_name(f"{method} {route}")
        self.span.set_attributes({"http.route": route, "http.response.status_code": status})
        if status >= 500:
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end()
        for key in self.keys:
            _State.origins.pop(key, None)


_request: ContextVar[Request | None] = ContextVar("traced_request", default=None)


def use(provider: "TracerProvider | None") -> None:
    """Trace with this; None: not at all."""
    _State.provider = provider
    _State.tracer = provider.get_tracer("healthcode") if provider else None


def finish() -> None:
    """Send what is left, for at most some seconds, and trace no more."""
    if _State.provider is not None:
        _State.provider.shutdown()
    use(None)


def request(method: str) -> Request | None:
    """A span for a request, in a new trace: callers do not say what is sampled. None when nothing is traced."""
    if _State.tracer is None:
        return None
    attributes = {"http.request.method": method}
    span = _State.tracer.start_span(method, _ANYWHERE, kind=SpanKind.SERVER, attributes=attributes)
    begun = Request(span)
    _request.set(begun)
    return begun


def sets_off(key: str) -> None:
    """The request under way sets off what is accepted under this key."""
    begun = _request.get()
    if begun is not None and begun.span.is_recording():
        begun.keys.append(key.encode())
        _State.origins[key.encode()] = _carried(begun.span)


def origin(key: bytes) -> carry.Carried:
    """What an act carries that is being accepted under this key."""
    return _State.origins.get(key, carry.NOTHING)


@contextmanager
def processing(consumer: str, records: Iterable[Record]) -> Iterator[Following]:
    """Spans for the traced records of a batch, each in its own trace, and one for the batch that links to them.

    Gives what is to be carried on from each record: its own span's name in place of its sender's.
    """
    if _State.tracer is None:
        yield lambda record: carry.of(record.headers)
        return
    spans = {id(record): span for record, span in _begun(_State.tracer, consumer, records)}
    if not spans:
        yield lambda record: carry.of(record.headers)
        return
    batch = _batch(_State.tracer, consumer, list(spans.values()))
    try:
        yield lambda record: _in_place(record.headers, spans.get(id(record)))
    except BaseException:
        for span in spans.values():
            span.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        for span in (*spans.values(), batch):
            span.end()


def publishing(topic: str, headers: Headers, waiting_since: datetime) -> tuple[Headers, api.Span | None]:
    """The headers to publish, and the span of it, which began when the event was stored; to be ended once it is out."""
    parent = _parent(headers) if _State.tracer is not None else None
    if _State.tracer is None or parent is None:
        return headers, None
    span = _State.tracer.start_span(
        f"publish {topic}",
        parent,
        kind=SpanKind.PRODUCER,
        attributes=_messaging("send", topic),
        start_time=int(waiting_since.timestamp() * 1e9),
    )
    own = [header for header in headers if header[0] not in carry.CARRIED]
    return (*own, *_in_place(headers, span)), span


def published(spans: Iterable[api.Span | None]) -> None:
    """They are out."""
    for span in spans:
        if span is not None:
            span.end()


def _begun(tracer: api.Tracer, consumer: str, records: Iterable[Record]) -> Iterator[tuple[Record, api.Span]]:
    left = MOST_IN_A_BATCH
    for record in records:
        parent = _parent(record.headers) if left and carry.is_traced(record.headers) else None
        if parent is None:
            continue
        left -= 1
        attributes = {**_messaging("process", record.topic), "hc.consumer": consumer}
        name = f"process {record.topic}"
        yield record, tracer.start_span(name, parent, kind=SpanKind.CONSUMER, attributes=attributes)


def _batch(tracer: api.Tracer, consumer: str, spans: Sequence[api.Span]) -> api.Span:
    attributes: dict[str, str | int] = {"messaging.system": "kafka", "hc.consumer": consumer}
    attributes["messaging.batch.message_count"] = len(spans)
    links = [Link(span.get_span_context()) for span in spans]
    return tracer.start_span(f"batch {consumer}", _ANYWHERE, attributes=attributes, links=links)


def _messaging(operation: str, topic: str) -> dict[str, str]:
    return {
        "messaging.system": "kafka",
        "messaging.operation.type": operation,
        "messaging.destination.name": topic,
    }


def _parent(headers: Headers) -> Context | None:
    """The context that a record names; None when it names none, or none that is sampled."""
    match = _TRACEPARENT.fullmatch(headers[-1][1] or b"") if carry.is_traced(headers) else None
    if match is None:
        return None
    there = SpanContext(int(match[1], 16), int(match[2], 16), True, TraceFlags(TraceFlags.SAMPLED))
    return api.set_span_in_context(api.NonRecordingSpan(there), _ANYWHERE) if there.is_valid else None


def _in_place(headers: Headers, span: api.Span | None) -> carry.Carried:
    carried = carry.of(headers)
    if span is None:
        return carried
    return (*(header for header in carried if header[0] != carry.TRACE), *_carried(span))


def _carried(span: api.Span) -> carry.Carried:
    there = span.get_span_context()
    return ((carry.TRACE, f"00-{there.trace_id:032x}-{there.span_id:016x}-01".encode()),)
