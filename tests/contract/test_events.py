"""The published language: every version ever published still parses, and what is generated from it is right."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from healthcode.envelope import EnvelopeError, decode, encode
from healthcode.events import EVENTS, Event

GOLDEN = sorted(Path("tests/contract/golden").glob("*.json"))
NOW = datetime(2020, 2, 11, 8, tzinfo=UTC)


def event_of(path: Path) -> Event:
    return msgspec.json.decode(path.read_bytes(), type=EVENTS[path.stem])


def test_every_published_type_has_a_golden_file_and_none_was_dropped() -> None:
    assert {path.stem for path in GOLDEN} == set(EVENTS)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_still_parses_and_loses_nothing(path: Path) -> None:
    written = json.loads(path.read_text("utf-8"))
    again = json.loads(msgspec.json.encode(event_of(path)))
    assert {name: again[name] for name in written} == written


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_unknown_fields_are_ignored_when_reading(path: Path) -> None:
    newer = {**json.loads(path.read_text("utf-8")), "added_by_a_newer_version": {"deep": [1]}}
    assert msgspec.json.decode(json.dumps(newer), type=EVENTS[path.stem]) == event_of(path)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_an_envelope_round_trip(path: Path) -> None:
    event = event_of(path)
    wire = encode(event, owner="330000", service="test", time=NOW)
    headers = dict(wire.headers)
    assert headers["ce_type"].decode() == path.stem
    assert headers["ce_time"] == b"2020-02-11T08:00:00Z"
    assert headers["ce_subject"] == wire.key
    assert decode(wire.headers, wire.value, wire.key) == event


@pytest.mark.parametrize(
    ("headers", "value", "code"),
    [
        ({}, b"{}", "not-cloudevents"),
        ({"ce_specversion": b"0.3", "ce_type": b"x"}, b"{}", "not-cloudevents"),
        ({"ce_specversion": b"1.0", "ce_type": b"org.healthcode.code.changed.v9"}, b"{}", "unknown-type"),
        ({"ce_specversion": b"1.0", "ce_type": b"\xff\xfe"}, b"{}", "unknown-type"),
        ({"ce_specversion": b"1.0", "ce_type": b"org.healthcode.code.changed.v1"}, b"{", "malformed"),
        ({"ce_specversion": b"1.0", "ce_type": b"org.healthcode.code.changed.v1"}, None, "malformed"),
        ({"ce_specversion": b"1.0", "ce_type": b"org.healthcode.code.changed.v1"}, b"\xff", "malformed"),
    ],
)
def test_what_is_no_event_is_refused_with_a_code(headers: Mapping[str, bytes], value: bytes | None, code: str) -> None:
    with pytest.raises(EnvelopeError) as refusal:
        decode(headers, value)
    assert refusal.value.code == code


def test_a_refusal_never_quotes_the_value() -> None:
    golden = json.loads(Path("tests/contract/golden/org.healthcode.declaration.accepted.v1.json").read_text("utf-8"))
    headers = {"ce_specversion": b"1.0", "ce_type": b"org.healthcode.declaration.accepted.v1"}
    for field, value in (("attestation", "Zhang San"), ("temperature", "Zhang San"), ("at", "Zhang San")):
        with pytest.raises(EnvelopeError) as refusal:
            decode(headers, json.dumps({**golden, field: value}).encode())
        assert "Zhang" not in str(refusal.value)
        assert field in str(refusal.value)


def test_a_key_that_is_not_the_events_own_is_refused() -> None:
    event = event_of(next(path for path in GOLDEN if path.stem == "org.healthcode.code.changed.v1"))
    wire = encode(event, owner="330000", service="test", time=NOW)
    with pytest.raises(EnvelopeError, match="key-mismatch"):
        decode(wire.headers, wire.value, b"somebody else")
