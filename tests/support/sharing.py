"""Facts, and messages about them, for the journeys of way 1."""

import base64
import json
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from healthcode.envelope import Encoded, encode
from healthcode.events import FactReceipt, FactShared, ListingRecorded, TestRecorded
from healthcode.records import Record, record_bytes
from healthcode.values import Category, TestKind, TestResult
from services.recognition.domain.message import Message
from services.recognition.domain.sharing import Share
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, World, inbox, national


class SharingWorld(World, Protocol):
    """A world whose origin can be asked what it has shared."""

    async def shared(self, region: str, subject: str) -> list[Share]:
        """What was shared of a person."""
        ...


def test(subject: str, **more: Any) -> TestRecorded:
    """A positive test from the person's own region."""
    values: dict[str, Any] = {
        "id": f"T-{subject}.1",
        "subject": subject,
        "test": f"T-{subject}",
        "revision": 1,
        "kind": TestKind.PCR,
        "result": TestResult.POSITIVE,
        "sampled_at": NOW - timedelta(hours=5, seconds=11),
        "source": "Wuhan laboratory 3",
        "evidence": "sheet 17",
        "recorded_at": NOW - timedelta(hours=1, seconds=7),
    }
    return TestRecorded(**{**values, **more})


test.__test__ = False  # type: ignore[attr-defined]  # the name is no test case of pytest's


def listing(subject: str, **more: Any) -> ListingRecorded:
    """An entry of the person's own region's list."""
    values: dict[str, Any] = {
        "id": f"L-{subject}.1",
        "subject": subject,
        "entry": f"L-{subject}",
        "revision": 1,
        "category": Category.CLOSE_CONTACT,
        "source": "CDC",
        "evidence": "case 1",
        "valid_from": NOW - timedelta(days=1),
        "recorded_at": NOW - timedelta(hours=1),
    }
    return ListingRecorded(**{**values, **more})


async def facts_in(world: World, region: str) -> list[TestRecorded | ListingRecorded]:
    """What recognition recorded in a region."""
    found: list[TestRecorded | ListingRecorded] = []
    for wire in await world.written(f"hc.{region}.facts.v1"):
        headers = dict(wire.headers)
        if headers["ce_source"].endswith(b"/recognition"):
            is_test = headers["ce_type"] == TestRecorded.type.encode()
            kind: type[TestRecorded | ListingRecorded] = TestRecorded if is_test else ListingRecorded
            found.append(msgspec.json.decode(wire.value, type=kind))
    return found


async def told(world: World, region: str = HUBEI) -> list[FactShared]:
    """The facts that a region told the hub."""
    wires = [w for w in await world.written(inbox(region)) if dict(w.headers)["ce_type"] == FactShared.type.encode()]
    return [msgspec.json.decode(wire.value, type=FactShared) for wire in wires]


async def receipts(world: World, region: str) -> list[FactReceipt]:
    """The receipts that came home."""
    wires = [
        w for w in await world.written(national(region)) if dict(w.headers)["ce_type"] == FactReceipt.type.encode()
    ]
    return [msgspec.json.decode(wire.value, type=FactReceipt) for wire in wires]


def signed(world: World, by: str, event: FactShared | FactReceipt, topic: str | None = None) -> Encoded:
    wire = encode(event, owner=event.origin, service="recognition", time=NOW, topic=topic or inbox(by))
    return world.nation.signer(by).sign(Message(event, wire))


def record(content: dict[str, Any] | None = None, **more: Any) -> bytes:
    """A record as a hostile region may write it."""
    values: dict[str, Any] = {"kind": "test", "fact": "ab" * 16, "revision": 1, "at": NOW}
    body = {"kind": "pcr", "result": "positive", "sampled_at": NOW.isoformat()} if content is None else content
    return record_bytes(Record(**{**values, **more}, content=msgspec.Raw(json.dumps(body).encode())))


def replaced(good: FactShared, number: int, sealed: bytes) -> FactShared:
    """Another message under the same handle."""
    text = base64.b64encode(sealed).decode()
    return msgspec.structs.replace(good, id=f"m{number}", sequence=number, sealed=text)


def shared_by_hand(handle: str, number: int, sealed: bytes) -> FactShared:
    """A message of nobody's making."""
    text = base64.b64encode(sealed).decode()
    return FactShared(id="h", handle=handle, origin=HUBEI, destination=ZHEJIANG, sequence=number, sealed=text, at=NOW)
