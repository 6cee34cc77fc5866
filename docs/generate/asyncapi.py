"""The AsyncAPI 3 document: every topic with its key, events, examples, writers and readers."""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from docs.generate.schemas import components
from healthcode.events import (
    EVENTS,
    CodeChanged,
    DossierHandedOver,
    Event,
    HandoverAnswered,
    LinkBeat,
    LinksHeard,
    PersonHandedOver,
    SourceRefused,
    SourceSubmitted,
    StatusReported,
    WatchEnded,
    WatchOpened,
)

PATH: Final = "docs/asyncapi.yaml"
GOLDEN: Final = Path("tests/contract/golden")
NOTE: Final = "# Generated from healthcode.events and deploy/kafka/topics.yaml by `make generate`. Do not edit.\n"

HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "description": "CloudEvents 1.0 in Kafka binary mode (Kafka protocol binding 1.0.2).",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "The event's id; the same event never has two."},
        "ce_source": {"type": "string", "examples": ["/regions/330000/issuer"]},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string", "description": "The same as the key."},
        "ce_dataschema": {"type": "string", "examples": ["urn:healthcode:schema:org.healthcode.code.changed.v1"]},
        "content-type": {"type": "string", "const": "application/json"},
    },
}
REGION: Final = {
    "description": "A region's division code (GB/T 2260), six digits.",
    "examples": ["330000", "420000", "100000"],
}
CLIENT: Final = {"description": "A client's id.", "examples": ["k3v7q2m5x6aab"]}
PARAMETERS: Final = {"region": REGION, "client": CLIENT}
ALSO: Final[dict[str, tuple[type[Event], ...]]] = {
    "codes.state.v1": (CodeChanged,),
    "{region}.v1": (WatchOpened, StatusReported, WatchEnded),
    "{region}.sources.v1": (SourceSubmitted,),
    "{region}.source-refusals.v1": (SourceRefused,),
    "{region}.beats.v1": (LinkBeat,),
    "{region}.links.v1": (LinksHeard,),
    "{region}.sealed-handovers.v1": (PersonHandedOver,),
    "{region}.handover-answers.v1": (HandoverAnswered,),
    "arrivals.v1": (DossierHandedOver,),
}
OWNERS: Final = {"region": "hc.{region}.", "nation": "hc.national.", "shared": "hc."}


def asyncapi_documents(root: Path) -> dict[str, str]:
    """File name → text of the AsyncAPI document."""
    topics = yaml.safe_load((root / "deploy/kafka/topics.yaml").read_text("utf-8"))
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Health code events",
            "version": "1.0.0",
            "description": "Every change of a code, and everything that leads to one, as events on Kafka. Read with "
            "isolation level read_committed: an event is then seen exactly once, in order per key.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "regional": {
                "host": "localhost:{port}",
                "protocol": "kafka",
                "description": "The region's broker; `python -m deploy.local reach` tells the demo's address.",
                "variables": {"port": {"default": "9092"}},
            }
        },
        "channels": {
            _channel_id(owner, name): _channel(owner, name, {**topics["defaults"], **topic})
            for owner in OWNERS
            for name, topic in topics[owner].items()
            if _events(name)
        },
        "operations": {
            f"follow_{_channel_id(owner, name)}": _operation(owner, name, topic)
            for owner in OWNERS
            for name, topic in topics[owner].items()
            if _events(name)
        },
        "components": {
            "messages": {event.__name__: _message(event, root) for event in EVENTS.values()},
            "schemas": {"CloudEventsHeaders": HEADERS, **components()},
        },
    }
    return {PATH: NOTE + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)}


def _events(name: str) -> list[type[Event]]:
    own = name.removeprefix("{region}.")
    return [event for event in EVENTS.values() if event.topic == own or event in ALSO.get(name, ())]


def _channel_id(owner: str, name: str) -> str:
    short = "outbox.v1" if name == "{region}.v1" else name.removeprefix("{region}.")
    return f"{owner}_{short}".replace("{client}", "own").replace(".", "_").replace("-", "_")


def _channel(owner: str, name: str, topic: dict[str, Any]) -> dict[str, Any]:
    address = OWNERS[owner] + name
    channel = {
        "address": address,
        "title": topic["what"],
        "description": _description(topic),
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"} for event in _events(name)},
        "bindings": {"kafka": {"partitions": topic["partitions"], "bindingVersion": "0.5.0"}},
    }
    parameters = {name: text for name, text in PARAMETERS.items() if f"{{{name}}}" in address}
    if parameters:
        channel["parameters"] = parameters
    return channel


def _description(topic: dict[str, Any]) -> str:
    kept = "as the latest of each key" if topic["compact"] else topic["retention"]
    writers, readers = ", ".join(topic["writers"]), ", ".join(topic["readers"])
    return f"Key: {topic['key']}. Written by {writers}; read by {readers}. Kept {kept}."


def _operation(owner: str, name: str, topic: dict[str, Any]) -> dict[str, Any]:
    channel = _channel_id(owner, name)
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": f"Follow {topic['what']}.",
        "messages": [{"$ref": f"#/channels/{channel}/messages/{event.__name__}"} for event in _events(name)],
    }


def _message(event: type[Event], root: Path) -> dict[str, Any]:
    golden = json.loads((root / GOLDEN / f"{event.type}.json").read_text("utf-8"))
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventsHeaders"},
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": event.key_field}, "bindingVersion": "0.5.0"}},
        "examples": [{"name": "golden", "payload": golden}],
    }
