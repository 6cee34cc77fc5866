"""What a region answers that is asked about its people."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from healthcode.events import WatchAsked, WatchOpened, WatchRefused
from healthcode.region import Watches
from healthcode.values import Color, EvidenceClass, IdType, Purpose
from services.recognition.domain.ask import Asking, ask_of_registration, ask_of_scan
from services.recognition.domain.asked import MOST_WATCHES, Asker, answer
from services.recognition.domain.home import Home, HomeCode, Origin
from services.recognition.domain.message import Refusal
from services.recognition.domain.sought import (
    LENGTH,
    ByCredential,
    ByDocument,
    TooLong,
    info_of,
    open_sought,
    seal_sought,
)
from services.recognition.domain.translation import identity
from services.recognition.handlers.asked import Asked, take_asks
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, pseudonym, scanned
from tests.twins.recognition import HomeTwin

KEY = ec.generate_private_key(ec.SECP256R1())
DAY = timedelta(days=1)
KNOWN = Home(HomeCode(1, 1, Color.GREEN, EvidenceClass.NONE))


def origin(**watches: int) -> Origin:
    handles = iter(f"{n:032x}" for n in range(1000))
    return Origin(
        HUBEI, ZoneInfo("Asia/Shanghai"), identity(), lambda *_: True, lambda: "i", handles.__next__, Watches(**watches)
    )


def asker(purpose: str = "scan", ask: str = "a", until: timedelta = DAY) -> Asker:
    return Asker(ask, ZHEJIANG, purpose, NOW + until)


@given(
    purpose=st.sampled_from(list(Purpose)),
    until=st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    hours=st.integers(1, 336),
    days=st.integers(1, 366),
)
def test_a_watch_that_was_asked_for_never_outlasts_either_regions_limit(
    purpose: Purpose, until: timedelta, hours: int, days: int
) -> None:
    limited = origin(scan_hours=hours, late_hours=hours, registration_days=days)
    step = answer(limited, KNOWN, "s", asker(purpose.value, until=until), NOW)
    (first, *rest) = step.messages
    longest = timedelta(days=days) if purpose is Purpose.REGISTRATION else timedelta(hours=hours)
    if isinstance(first, WatchRefused):
        assert until <= timedelta(0) or purpose is Purpose.TRIP
        assert (step.home, rest) == (KNOWN, [])
    else:
        assert isinstance(first, WatchOpened)
        assert NOW < first.until == min(NOW + until, NOW + longest)
        assert first.ask == "a" != first.handle
        assert len(rest) == 1


def test_an_ask_is_answered_once() -> None:
    home = answer(origin(), KNOWN, "s", asker(), NOW).home
    assert answer(origin(), home, "s", asker(), NOW) == (home, [])


def test_one_region_gets_so_many_watches_on_a_person() -> None:
    home, here = KNOWN, origin()
    for number in range(MOST_WATCHES):
        home = answer(here, home, "s", asker(ask=str(number)), NOW).home
    assert [type(each) for each in answer(here, home, "s", asker(ask="more"), NOW).messages] == [WatchRefused]


def ask_for(number: str, name: str) -> WatchAsked:
    sealed = seal_sought(KEY.public_key(), info_of(name, HUBEI, ZHEJIANG), ByDocument(IdType.PASSPORT, number))
    return WatchAsked(
        id=name, ask=name, origin=HUBEI, destination=ZHEJIANG, sequence=1, purpose="registration", sealed=sealed,
        until=NOW + DAY, at=NOW,
    )  # fmt: skip


async def test_only_so_many_registrations_an_hour_are_answered_of_one_region() -> None:
    signer = SeesAll()
    homes = HomeTwin(HUBEI, signer, [])  # type: ignore[arg-type]  # nothing needs a signature
    for number in range(4):
        homes.homes[pseudonym(IdType.PASSPORT, f"E{number}")] = KNOWN
    asked = Asked(origin(registrations_per_hour=3), lambda event: open_sought(KEY, event), pseudonym)
    await take_asks(homes, asked, [ask_for(f"E{n}", f"n{n}") for n in range(2)], NOW)
    await take_asks(homes, asked, [ask_for(f"E{n}", f"n{n}") for n in range(2, 4)], NOW)
    assert [type(event).__name__ for event in signer.signed if not hasattr(event, "status")] == [
        "WatchOpened", "WatchOpened", "WatchOpened", "WatchRefused"
    ]  # fmt: skip
    await take_asks(homes, asked, [ask_for("E3", "again")], NOW + timedelta(hours=1))
    assert isinstance(signer.signed[-2], WatchOpened)


class SeesAll:
    """Signs nothing, and remembers what it was to sign."""

    def __init__(self) -> None:
        self.signed: list[object] = []

    def sign(self, message: object) -> object:
        self.signed.append(message.event)  # type: ignore[attr-defined]  # a message
        return message.wire  # type: ignore[attr-defined]  # as above


@given(number=st.text(max_size=30), credential=st.binary(min_size=16, max_size=16))
def test_all_asks_have_one_length(number: str, credential: bytes) -> None:
    info = info_of("a", HUBEI, ZHEJIANG)
    one = seal_sought(KEY.public_key(), info, ByCredential(credential.hex()))
    try:
        other = seal_sought(KEY.public_key(), info, ByDocument(IdType.PASSPORT, number))
    except TooLong:
        return
    assert len(one) == len(other) == (LENGTH + 81) * 4 // 3


@pytest.mark.parametrize("rubbish", ["", "!", "AAAA", "A" * 2000])
def test_what_is_sealed_to_nobody_here_is_refused_without_a_word_of_it(rubbish: str) -> None:
    event = WatchAsked(
        id="m", ask="a", origin=HUBEI, destination=ZHEJIANG, sequence=1, purpose="scan", sealed=rubbish, until=NOW,
        at=NOW,
    )  # fmt: skip
    with pytest.raises(Refusal, match="ask-unreadable"):
        open_sought(KEY, event)


def asking(key: object = KEY.public_key()) -> Asking:
    return Asking(ZHEJIANG, Watches(), lambda *_: key, lambda: "i", lambda: "n" * 32)  # type: ignore[arg-type]


def test_a_stay_is_asked_for_within_the_limit_of_who_asks() -> None:
    document = ByDocument(IdType.PASSPORT, "E1")
    for until, expected in ((3 * DAY, 3 * DAY), (99 * DAY, 30 * DAY)):
        found = ask_of_registration(asking(), HUBEI, document, NOW + until, NOW)
        assert found is not None
        assert found.message.until == found.ask.until == NOW + expected
        assert found.ask.credential is None
    assert ask_of_registration(asking(), HUBEI, document, NOW, NOW) is None
    assert ask_of_registration(asking(None), HUBEI, document, NOW + DAY, NOW) is None


def test_the_end_of_a_scan_counts_from_when_it_was_shown() -> None:
    seen = NOW - timedelta(hours=23)
    for late, expected in ((False, seen + DAY), (True, seen + 3 * DAY)):
        found = ask_of_scan(asking(), scanned("00" * 16, HUBEI, seen_at=seen, late=late), NOW)
        assert found is not None
        assert found.ask.until == expected
    assert ask_of_scan(asking(), scanned("00" * 16, HUBEI, seen_at=NOW - DAY), NOW) is None
