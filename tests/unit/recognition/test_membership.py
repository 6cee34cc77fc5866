"""Which regions count when, and what the hub says to who does not."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from deploy.membership import MembershipError, carry_out
from healthcode.two_officers import Officer, Word
from services.recognition.domain.catalogue import Catalogue, LiveCatalogue, catalogue_from
from services.recognition.domain.message import Message, Refusal, believe_region
from services.recognition.handlers.member_change import Asked, NotSo, proposed
from services.recognition.ports.membership import MemberAct
from tests.support.recognition import GANSU, HUBEI, NATION, NOW, ZHEJIANG, Nation
from tests.twins.recognition_journeys import reported, wire

DAY = timedelta(days=1)
WHY = "核查不力，见国办函〔2020〕9号"


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


def order(act: str, region: str = HUBEI, **more: Any) -> dict[str, Any]:
    fields = {"proposal": f"{act}-{region}", "state": "approved", "done": False, "why": WHY, "proposed_at": str(NOW)}
    return {**fields, "act": act, "region": region, **more}


def after(nation: Nation, *orders: dict[str, Any]) -> Catalogue:
    document = {"regions": [dict(each) for each in nation.document["regions"]]}
    for each in orders:
        carry_out(document, [each], NOW)
    return catalogue_from(document)


def refusal(nation: Nation, catalogue: Catalogue, **more: Any) -> str:
    event = reported(**more)
    message = Message(event, wire(event))
    signed = nation.signer(HUBEI).sign(message)
    try:
        believe_region(Message(event, signed), HUBEI, catalogue, NOW)
    except Refusal as refused:
        return refused.code
    return ""


def test_a_suspended_region_counts_from_neither_side_until_it_is_resumed(nation: Nation) -> None:
    catalogue = after(nation, order("suspend"))
    assert refusal(nation, catalogue) == "suspended-region"
    assert refusal(nation, after(nation, order("suspend", ZHEJIANG))) == "suspended-region"
    assert (catalogue.away(HUBEI, NOW), catalogue.hosts(HUBEI, NOW)) == ("suspended-region", False)
    assert catalogue.receives(ZHEJIANG, HUBEI, NOW), "what is owed is told when it counts again"
    assert catalogue.away(HUBEI, NOW - DAY) is None
    again = after(nation, order("suspend"), order("resume"))
    assert (refusal(nation, again), again.away(HUBEI, NOW)) == ("", None)


def test_a_suspension_has_dates_of_its_own(nation: Nation) -> None:
    dated = order("suspend", begins_at=(NOW + DAY).isoformat(), until=(NOW + 3 * DAY).isoformat())
    catalogue = after(nation, dated)
    found = [catalogue.away(HUBEI, NOW + n * DAY) for n in range(4)]
    assert found == [None, "suspended-region", "suspended-region", None]


def test_who_has_left_is_unknown_and_may_join_again(nation: Nation) -> None:
    gone = after(nation, order("leave"))
    assert (gone.away(HUBEI, NOW), refusal(nation, gone)) == ("unknown-region", "unknown-region")
    entry = next(each for each in nation.document["regions"] if each["code"] == HUBEI)
    assert after(nation, order("leave"), order("join", entry=entry)).away(HUBEI, NOW) is None


def test_what_is_carried_out_again_changes_nothing_and_what_is_not_decided_is_not(nation: Nation) -> None:
    document = {"regions": [dict(each) for each in nation.document["regions"]]}
    assert carry_out(document, [order("suspend")], NOW) == [f"{HUBEI}: suspend, from {NOW}"]
    assert carry_out(document, [order("suspend")], NOW) == []
    for wrong in (order("resume", state="open"), order("leave", "460000"), order("resume", done=True)):
        with pytest.raises(MembershipError):
            carry_out(document, [wrong], NOW)


def test_a_version_that_is_not_spoken_is_refused_with_what_is(nation: Nation) -> None:
    regions = [{**each, "speaks": [2 if each["code"] == ZHEJIANG else 1]} for each in nation.document["regions"]]
    catalogue = catalogue_from({"regions": regions})
    assert refusal(nation, catalogue) == "version-not-spoken"
    assert catalogue.agreed(HUBEI, ZHEJIANG, NOW) is None
    assert catalogue.agreed(HUBEI, GANSU, NOW) == 1
    assert not catalogue.receives(HUBEI, ZHEJIANG, NOW)
    assert after(nation).agreed(HUBEI, ZHEJIANG, NOW) == 1


def test_a_live_catalogue_answers_as_the_present_one(nation: Nation) -> None:
    present = [after(nation)]
    live = LiveCatalogue(lambda: present[0])
    assert live.away(HUBEI, NOW) is None
    present[0] = after(nation, order("suspend"))
    assert live.away(HUBEI, NOW) == "suspended-region"
    assert live.standing(NOW)[HUBEI] == "suspended-region"


FITS: dict[str, tuple[dict[str, Any], str]] = {
    "join": ({"act": "join", "region": HUBEI}, "a member already"),
    "suspend": ({"act": "suspend", "region": "460000"}, "no member"),
    "resume": ({"act": "resume", "region": HUBEI}, "not suspended"),
    "leave": ({"act": "leave", "region": "460000"}, "no member"),
    "the hub": ({"act": "suspend", "region": NATION}, "the nation's own"),
    "an end before the beginning": ({"act": "suspend", "region": HUBEI, "until": NOW - DAY}, "end before it begins"),
    "an entry for nothing": ({"act": "suspend", "region": HUBEI, "entry": "{}"}, "only a region that joins"),
    "no entry": ({"act": "join", "region": "460000"}, "cannot be used"),
    "an entry that is none": ({"act": "join", "region": "460000", "entry": '{"code": "460000"}'}, "cannot be used"),
}


@pytest.mark.parametrize("fits", FITS)
def test_what_cannot_be_decided_says_why(nation: Nation, fits: str) -> None:
    asked, says = FITS[fits]
    word = Word(Officer("o1", "p1", "nhc"), WHY, NOW, "id")
    with pytest.raises(NotSo, match=says):
        proposed(after(nation), Asked(**{**asked, "act": MemberAct(asked["act"])}), word)


def test_a_region_brings_keys_of_its_own(nation: Nation) -> None:
    entry = next(each for each in nation.document["regions"] if each["code"] == HUBEI)
    word = Word(Officer("o1", "p1", "nhc"), WHY, NOW, "id")
    taken = msgspec.json.encode({**entry, "code": "460000"}).decode()
    with pytest.raises(NotSo, match="another region's"):
        proposed(after(nation), Asked(MemberAct.JOIN, "460000", taken), word)
    other = msgspec.json.encode(entry).decode()
    with pytest.raises(NotSo, match="bring 460000's own"):
        proposed(after(nation), Asked(MemberAct.JOIN, "460000", other), word)
