"""What an operator may see of a record: its envelope and shape always, its value only where nobody's data can be.

A dead letter holds whatever somebody sent. So of a topic that may hold personal data, no text of the sender is shown:
names of fields only where they are the event's own, and kinds of values, never values.
"""

import hashlib
from typing import Final

import msgspec
from pydantic import BaseModel, Field

from chassis.kafka.model import Record
from healthcode.events import EVENTS

SHOWN_CHARACTERS: Final = 20_000
KINDS: Final = {bool: "flag", int: "number", float: "number", str: "text", list: "list", dict: "object"}


class ContentOut(BaseModel):
    """A record as far as it is shown."""

    type: str | None = Field(description="the event's type, when it is one that is known here")
    source: str | None = Field(description="the service that wrote it, when it has the form of one")
    size: int = Field(description="bytes of the value")
    key_hash: str = Field(description="SHA-256 of the key")
    json_kind: str = Field(description="object, list, … or none when the value is no JSON")
    fields: dict[str, str] = Field(description="the event's own fields that are there, and the kinds of their values")
    missing: list[str] = Field(description="the event's fields without a default that are not there")
    unknown_fields: int = Field(description="how many fields are no field of the event")
    value: str | None = Field(description="the value itself, of topics that hold nothing about a person")


def key_hash(key: bytes | None) -> str:
    """The name under which a key is shown: SHA-256, in hexadecimal."""
    return hashlib.sha256(key or b"").hexdigest()


def event_type(record: Record) -> str | None:
    """The type of the event, when it is a known one: anything else is a sender's own text."""
    name = _header(record, "ce_type")
    return name if name in EVENTS else None


def content(record: Record, *, personal: bool) -> ContentOut:
    """What may be shown."""
    event = EVENTS.get(event_type(record) or "")
    own = {field.encode_name: field for field in msgspec.structs.fields(event)} if event else {}
    parsed = _parsed(record.value or b"")
    there = parsed if isinstance(parsed, dict) else {}
    required = [name for name, field in own.items() if field.required]
    source = _header(record, "ce_source")
    return ContentOut(
        type=event_type(record),
        source=source if source.startswith("/regions/") and len(source) < 64 and source.isascii() else None,
        size=len(record.value or b""),
        key_hash=key_hash(record.key),
        json_kind=_kind(parsed) if parsed is not msgspec.UNSET else "none",
        fields={name: _kind(there[name]) for name in own if name in there},
        missing=[name for name in required if name not in there] if event else [],
        unknown_fields=len(there.keys() - own.keys()) if event else 0,
        value=None if personal else (record.value or b"").decode("utf-8", "replace")[:SHOWN_CHARACTERS],
    )


def _parsed(value: bytes) -> object:
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.UNSET


def _kind(value: object) -> str:
    return "null" if value is None else KINDS.get(type(value), "other")


def _header(record: Record, name: str) -> str:
    return (dict(record.headers).get(name) or b"").decode("utf-8", "replace")
