"""CloudEvents 1.0 in Kafka binary mode: attributes as `ce_` headers, the event as JSON in the value.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final

import msgspec

from healthcode.events import EVENTS, Event

CONTENT_TYPE: Final = b"application/json"
Headers = tuple[tuple[str, bytes], ...]

_encoder = msgspec.json.Encoder()


class EnvelopeError(ValueError):
    """A record is not an event of ours. `code` is stable; the text says what is wrong and never quotes the value."""

    def __init__(self, code: str, detail: str) -> None:
        """`code`: one of not-cloudevents, unknown-type, malformed, key-mismatch."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event as it goes on the wire."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def topic_name(owner: str, name: str) -> str:
    """A topic's full name: `owner` is a region's code, or `national`."""
    return f"hc.{owner}.{name}"


def national_topic(region: str, name: str) -> str:
    """The full name of a topic between one region and the nation."""
    return topic_name("national", f"{region}.{name}")


@cache
def _static_headers(event_type: str, owner: str, service: str) -> Headers:
    source = f"/regions/{owner}/{service}"
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", event_type.encode()),
        ("ce_source", source.encode()),
        ("ce_dataschema", f"urn:healthcode:schema:{event_type}".encode()),
        ("content-type", CONTENT_TYPE),
    )


@lru_cache(maxsize=16)
def _written(time: datetime) -> bytes:
    """A time as CloudEvents writes it; the events of a batch have one."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()


def encode(event: Event, *, owner: str, service: str, time: datetime, topic: str | None = None) -> Encoded:
    """An event in its envelope, for the topic of its class under `owner`, or for `topic` where it has several homes.

    `service` is the emitter; the CloudEvents source is `/regions/<owner>/<service>`.
    """
    key = event.key
    headers = (
        *_static_headers(event.type, owner, service),
        ("ce_id", event.id.encode()),
        ("ce_time", _written(time)),
        ("ce_subject", key.encode()),
    )
    return Encoded(topic or topic_name(owner, event.topic), key.encode(), _encoder.encode(event), headers)


@cache
def _decoder(event_type: str) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(EVENTS[event_type])


def decode(
    headers: Iterable[tuple[str, bytes]] | Mapping[str, bytes], value: bytes | None, key: bytes | None = None
) -> Event:
    """The event in a record.

    Raises EnvelopeError: no CloudEvents headers, a type we do not know (or a newer version of one), a value that
    is not that event, or a key that is not the event's own.
    """
    attributes = dict(headers)
    # a sender may write a header without a value, whatever the types of clients say
    event_type = (attributes.get("ce_type") or b"").decode("utf-8", "replace")
    if attributes.get("ce_specversion") != b"1.0" or not event_type:
        raise EnvelopeError("not-cloudevents", "the record has no CloudEvents 1.0 headers in binary mode")
    if event_type not in EVENTS:
        raise EnvelopeError("unknown-type", "the event's type, or this version of it, is not known here")
    try:
        event = _decoder(event_type).decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EnvelopeError("malformed", _without_values(str(error))) from None
    if key is not None and key != event.key.encode():
        raise EnvelopeError("key-mismatch", f"the record's key is not the event's {event.key_field}")
    return event


def _without_values(message: str) -> str:
    """Msgspec quotes the value of a wrong enum member: keep only where and which kind of fault."""
    place = message.rpartition(" - at ")[2] if " - at " in message else "the value"
    kind = message.partition(",")[0].partition("value")[0].strip() or "wrong"
    return f"{kind} at {place}"
