"""When a region is believed that feeds another's audit, and when a refusal that comes back is."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from healthcode.envelope import encode
from healthcode.events import ListingSubmitted, SourceFault, SourceRefused, SourceSubmitted
from healthcode.values import Category
from services.recognition.domain.message import Refusal
from services.recognition.domain.source import (
    Route,
    SourceMessage,
    believe_served,
    believe_server,
    between,
    fed,
)
from tests.support.recognition import GANSU, NATION, NOW, ZHEJIANG, Nation

ROUTE = Route(GANSU, NATION, lambda: "id")
ENTRY = ListingSubmitted(
    id="m1", entry="e1", person="sealed", category=Category.CONFIRMED, source="cdc", evidence="e", valid_from=NOW
)
REFUSED = SourceRefused(
    id="r1", origin=NATION, destination=GANSU, entry="e1", sequence=1, kind="listing", submission="m1",
    faults=(SourceFault("not_your_resident", "person"),), at=NOW,
)  # fmt: skip


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


def signed(nation: Nation, event: SourceSubmitted | SourceRefused, by: str, topic: str) -> SourceMessage:
    wire = encode(event, owner=by, service="recognition", time=NOW, topic=topic)
    return SourceMessage(event, nation.signer(by).sign(SourceMessage(event, wire)))


def refusal(nation: Nation, message: SourceMessage) -> str | None:
    try:
        believe_served(message, nation.catalogue, NATION, NOW)
    except Refusal as verdict:
        return verdict.code
    return None


def test_a_region_that_adopts_is_believed_about_what_it_signed(nation: Nation) -> None:
    event = fed(ROUTE, ENTRY, NOW)
    assert (event.entry, event.sequence, event.submitted) == ("e1", 1, ENTRY)
    assert refusal(nation, signed(nation, event, GANSU, between(GANSU, SourceSubmitted))) is None


def test_nobody_else_is(nation: Nation) -> None:
    event = fed(ROUTE, ENTRY, NOW)
    good = signed(nation, event, GANSU, between(GANSU, SourceSubmitted))
    other = msgspec.structs.replace(event, origin=ZHEJIANG)
    changed = replace(good, wire=replace(good.wire, value=good.wire.value.replace(b"confirmed", b"discharged")))
    strangers = {
        "not-the-origin": signed(nation, event, ZHEJIANG, between(GANSU, SourceSubmitted)),
        "not-served-here": signed(nation, other, ZHEJIANG, between(ZHEJIANG, SourceSubmitted)),
        "unknown-region": signed(
            nation, msgspec.structs.replace(event, origin="110000"), GANSU, between("110000", SourceSubmitted)
        ),
        "bad-signature": changed,
    }
    assert {code: refusal(nation, message) for code, message in strangers.items()} == {code: code for code in strangers}
    on_anothers_topic = signed(nation, event, GANSU, between(ZHEJIANG, SourceSubmitted))
    assert refusal(nation, on_anothers_topic) == "not-the-origin"
    no_zone = msgspec.structs.replace(event, at=NOW.replace(tzinfo=None))
    assert refusal(nation, signed(nation, no_zone, GANSU, between(GANSU, SourceSubmitted))) == "no-time-zone"


def test_a_region_is_believed_no_longer_than_its_place_in_the_catalogue(nation: Nation) -> None:
    message = signed(nation, fed(ROUTE, ENTRY, NOW), GANSU, between(GANSU, SourceSubmitted))
    with pytest.raises(Refusal, match="unknown-region"):
        believe_served(message, nation.catalogue, NATION, NOW + timedelta(days=36_500))


@pytest.mark.parametrize(("by", "changes"), [(ZHEJIANG, {}), (NATION, {"destination": ZHEJIANG})])
def test_a_refusal_comes_from_whom_the_region_feeds(nation: Nation, by: str, changes: dict[str, str]) -> None:
    good = signed(nation, REFUSED, NATION, between(GANSU, SourceRefused))
    believe_server(good, nation.catalogue, ROUTE, NOW)
    strange = signed(nation, msgspec.structs.replace(REFUSED, **changes), by, between(GANSU, SourceRefused))
    with pytest.raises(Refusal):
        believe_server(strange, nation.catalogue, ROUTE, NOW)
