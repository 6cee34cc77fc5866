"""From a record to the event in it."""

from collections.abc import Callable, Sequence
from functools import partial

from chassis import metrics
from chassis.kafka.model import Record
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import EnvelopeError, decode
from healthcode.events import Event


def decode_event(record: Record, classes: tuple[type[Event], ...] = ()) -> Event:
    """The event in a record, one of `classes` if any are given. Raises Rejected with the envelope's own code."""
    try:
        event = decode(record.headers, record.value, record.key)
    except EnvelopeError as error:
        raise Rejected(error.code, error.detail) from None
    except AttributeError:
        if None not in [value for _, value in record.headers]:
            raise
        raise Rejected("not-cloudevents", "a header has no value") from None
    if classes and not isinstance(event, classes):
        raise Rejected("wrong-topic", f"{type(event).type} does not belong on {record.topic}")
    return event


def decoder(*classes: type[Event]) -> Callable[[Record], Event]:
    """A decode function for a topic that carries these events."""
    return partial(decode_event, classes=classes)


def sorted_out(spec: StreamSpec, records: Sequence[Record]) -> tuple[list[Delivery], list[tuple[Record, Rejected]]]:
    """The records with the events in them, and those that can never work, with the reason; each in order.

    What is passed over is in neither, and counted.
    """
    good: list[Delivery] = []
    bad: list[tuple[Record, Rejected]] = []
    for record in records:
        try:
            good.append(Delivery(record, spec.decode(record)))
        except Rejected as verdict:
            if spec.passes(record, verdict):
                metrics.UNKNOWN_EVENTS.labels(record.topic, spec.consumer).inc()
            else:
                bad.append((record, verdict))
    return good, bad
