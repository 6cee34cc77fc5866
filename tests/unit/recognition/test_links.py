"""How old what is shown is, and who may say that a region is there."""

from datetime import datetime, timedelta

import pytest

from healthcode.envelope import Encoded, encode
from healthcode.events import LinkBeat, LinksHeard
from services.recognition.domain.link import (
    SILENT,
    Link,
    LinkMessage,
    Silence,
    beat,
    believe_beat,
    believe_links,
    freshness,
    heard,
)
from services.recognition.domain.message import Refusal
from tests.support.recognition import GANSU, HUBEI, NATION, NOW, ZHEJIANG, Nation
from tests.twins.link_behaviour import LinkBehaviour
from tests.twins.recognition import LinkTwin

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=3)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


class TestOverTheTwin(LinkBehaviour):
    @pytest.fixture
    def book(self, nation: Nation) -> LinkTwin:
        return LinkTwin(HUBEI, nation.signer(HUBEI), [])


@pytest.mark.parametrize(
    ("links", "changed_at", "age", "silence"),
    [
        ([Link(HUBEI, NOW - 3 * SECOND, 4 * SECOND)], LONG_AGO, 7 * SECOND, None),
        ([Link(HUBEI, NOW - 3 * SECOND, MINUTE)], LONG_AGO, MINUTE + 3 * SECOND, Silence.HOME),
        ([Link(HUBEI, NOW - MINUTE, SECOND)], LONG_AGO, MINUTE + SECOND, Silence.HUB),
        ([Link(HUBEI, NOW - MINUTE, MINUTE), Link(NATION, NOW)], LONG_AGO, 2 * MINUTE, Silence.HOME),
        ([Link(HUBEI, NOW - MINUTE)], NOW - SECOND, SECOND, Silence.HUB),
        ([Link(NATION, NOW)], NOW - MINUTE, MINUTE, Silence.HOME),
        ([], NOW - MINUTE, MINUTE, Silence.HUB),
        ([Link(HUBEI, NOW + MINUTE)], NOW + MINUTE, timedelta(), None),
        ([Link(HUBEI, NOW - SILENT)], LONG_AGO, SILENT, None),
    ],
)
def test_how_old_it_is(links: list[Link], changed_at: datetime, age: timedelta, silence: Silence | None) -> None:
    fresh = freshness({link.region: link for link in links}, HUBEI, changed_at, NOW)
    assert (NOW - fresh.as_of, fresh.silence) == (age, silence)


def signed(nation: Nation, by: str, event: LinkBeat | LinksHeard) -> LinkMessage:
    wire = encode(event, owner=by, service="recognition", time=NOW, topic="hc.national.x")
    return LinkMessage(event, nation.signer(by).sign(LinkMessage(event, wire)))


def test_a_region_beats_for_itself_and_the_hub_alone_tells_of_all(nation: Nation) -> None:
    beats = beat(HUBEI, NATION, 1, NOW)
    (told,) = heard(NATION, [GANSU], [Link(HUBEI, NOW - MINUTE)], 1, NOW)
    assert told.silent == {HUBEI: 60.0, NATION: 0.0}
    catalogue = nation.catalogue
    believe_beat(signed(nation, HUBEI, beats), HUBEI, catalogue, NOW)
    believe_links(signed(nation, NATION, told), GANSU, catalogue, NOW)
    with pytest.raises(Refusal, match="wrong-destination"):
        believe_links(signed(nation, NATION, told), HUBEI, catalogue, NOW)
    with pytest.raises(Refusal, match="not-the-origin"):
        believe_beat(signed(nation, ZHEJIANG, beats), HUBEI, catalogue, NOW)
    with pytest.raises(Refusal, match="not-the-origin"):
        believe_beat(signed(nation, HUBEI, beats), ZHEJIANG, catalogue, NOW)
    with pytest.raises(Refusal, match="not-the-hub"):
        believe_links(signed(nation, GANSU, told), GANSU, catalogue, NOW)
    with pytest.raises(Refusal, match="unknown-signer"):
        believe_beat(signed(nation, HUBEI, beats), HUBEI, catalogue, NOW - timedelta(days=9))
    bare = beat(HUBEI, NATION, 1, NOW.replace(tzinfo=None))
    with pytest.raises(Refusal, match="no-time-zone"):
        believe_beat(LinkMessage(bare, Encoded("t", b"", b"", ())), HUBEI, catalogue, NOW)
