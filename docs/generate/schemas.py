"""JSON Schemas of all events, from the models."""

import json
from typing import Any, Final

import msgspec

from healthcode.events import EVENTS, Event
from healthcode.records import KINDS

FOLDER: Final = "docs/schemas"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def components() -> dict[str, Any]:
    """The schemas of all events and of what they are made of, by class name, for `#/components/schemas`."""
    _, schemas = msgspec.json.schema_components(EVENTS.values(), ref_template="#/components/schemas/{name}")
    return schemas


def schema_of(event: type[Event]) -> dict[str, Any]:
    """One event's schema, complete in itself."""
    schema = msgspec.json.schema(event)
    return {"$schema": DIALECT, "$id": f"urn:healthcode:schema:{event.type}", **schema}


def record_schema(kind: str) -> dict[str, Any]:
    """The content of one kind of record that regions share."""
    return {"$schema": DIALECT, "$id": f"urn:healthcode:schema:record.{kind}", **msgspec.json.schema(KINDS[kind])}


def schema_documents() -> dict[str, str]:
    """File name → text of the schema of each event, and of each kind of record."""
    events = {f"{FOLDER}/{event.type}.json": _text(schema_of(event)) for event in EVENTS.values()}
    return events | {f"{FOLDER}/record.{kind}.json": _text(record_schema(kind)) for kind in KINDS}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
