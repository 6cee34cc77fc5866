"""The same explanation at home and where the guest is."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from chassis.documents import read_yaml
from healthcode.events import WatchOpened
from healthcode.region import region_from
from healthcode.values import Color, EvidenceClass, Way
from services.recognition.bootstrap import read_translation
from services.recognition.domain.explain import explain, of_guest, of_watch
from services.recognition.domain.guest import Guest, Host, take_message
from services.recognition.domain.home import Home, Origin, declare, recolor
from services.recognition.domain.translation import Translation
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, code, trip
from tests.unit.recognition.test_home import SHANGHAI


def table(region: str) -> Translation:
    """A region's own."""
    return read_translation(Path("regions"), region_from(read_yaml(Path(f"regions/{region}/region.yaml"))))


OWN, THERE = table(HUBEI), table(ZHEJIANG)


def journey(color: Color, evidence: EvidenceClass) -> tuple[Home, Guest]:
    """A person with a trip, at home and as a guest."""
    origin = Origin(HUBEI, SHANGHAI, OWN, lambda *_: True, lambda: "i", lambda: "h" * 32)
    home = recolor(origin, Home(), code("s", color, 1, evidence), NOW).home
    step = declare(origin, home, trip("s", ZHEJIANG), NOW)
    host = Host(ZHEJIANG, Way.CONVERT, THERE, lambda: "i")
    guest: Guest | None = None
    for message in step.messages:
        assert isinstance(message, WatchOpened) or guest is not None
        seen = take_message(host, guest, message, NOW)  # type: ignore[arg-type]  # an origin's own messages
        assert seen is not None
        guest = seen.guest
    assert guest is not None
    return step.home, guest


@given(color=st.sampled_from(list(Color)), evidence=st.sampled_from(list(EvidenceClass)))
def test_home_and_destination_say_the_same(color: Color, evidence: EvidenceClass) -> None:
    home, guest = journey(color, evidence)
    (watch,) = home.watches.values()
    at_home = of_watch(HUBEI, OWN, home.code, watch, THERE)
    assert at_home == of_guest(guest, ZHEJIANG)
    for lang in ("zh", "en"):
        sentences = explain(at_home, lang)
        assert len(sentences) == 3
        assert guest.rule in sentences[-1]
        assert not any("{" in sentence for sentence in sentences)


def test_a_home_without_a_code_has_nothing_to_say() -> None:
    origin = Origin(HUBEI, SHANGHAI, OWN, lambda *_: True, lambda: "i", lambda: "h" * 32)
    home = declare(origin, Home(), trip("s", ZHEJIANG), NOW).home
    (watch,) = home.watches.values()
    said = explain(of_watch(HUBEI, OWN, home.code, watch, THERE), "en")
    assert said[0] == "Hubei (420000) has no code yet that could be recognised."
    assert "Zhejiang (330000)" in said[1]


def test_the_tables_are_the_regions_own() -> None:
    assert isinstance(OWN, Translation)
    assert not OWN.same_as(THERE)
