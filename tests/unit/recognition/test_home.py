from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from healthcode.events import Event, StatusReported, WatchEnded, WatchOpened
from healthcode.values import Attestation, Color, EvidenceClass, Status
from services.recognition.domain.home import Home, Origin, declare, recolor, trip_end
from services.recognition.domain.translation import identity
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, code, trip

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def origin() -> Origin:
    return Origin(HUBEI, SHANGHAI, identity(), lambda region, _: region != "510000", lambda: "i", lambda: "h")


def test_a_watch_lasts_to_the_midnight_of_the_region_after_the_last_day() -> None:
    assert trip_end(trip("s", ZHEJIANG), SHANGHAI) == datetime(2020, 2, 20, 16, tzinfo=UTC)


def test_an_open_return_is_watched_for_thirty_days_from_the_departure() -> None:
    later = trip("s", ZHEJIANG, until=None, since=date(2020, 3, 1))
    assert trip_end(later, SHANGHAI) == datetime(2020, 3, 31, 16, tzinfo=UTC)
    gone = trip("s", ZHEJIANG, until=None, since=date(2020, 1, 1))
    assert trip_end(gone, SHANGHAI) == datetime(2020, 3, 12, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "journey", [trip("s", HUBEI), trip("s", "510000"), trip("s", ZHEJIANG, until=date(2020, 2, 10))]
)
def test_a_trip_at_home_to_nowhere_or_over_opens_nothing(origin: Origin, journey: Event) -> None:
    step = declare(origin, Home(), journey, NOW)  # type: ignore[arg-type]  # a trip, as parametrized
    assert step == (Home(), [])


def test_the_first_message_announces_and_the_second_tells_the_color(origin: Origin) -> None:
    home = recolor(origin, Home(), code("s", Color.YELLOW, 1, EvidenceClass.TRAVELLED), NOW).home
    announced, told = declare(origin, home, trip("s", ZHEJIANG), NOW).messages
    assert isinstance(announced, WatchOpened)
    assert isinstance(told, StatusReported)
    assert (announced.sequence, told.sequence) == (1, 2)
    assert (told.status, told.evidence) == (Status.MEDIUM, EvidenceClass.TRAVELLED)


def test_a_restored_issuer_overtakes_and_its_past_does_not(origin: Origin) -> None:
    newer = code("s", Color.GREEN, 1, EvidenceClass.NONE, incarnation=2)
    home = recolor(origin, Home(), newer, NOW).home
    assert recolor(origin, home, code("s", Color.RED, 9, EvidenceClass.LISTED), NOW).home == home


def test_nothing_is_told_under_a_watch_whose_end_has_come(origin: Origin) -> None:
    home = declare(origin, Home(), trip("s", ZHEJIANG), NOW).home
    late = recolor(origin, home, code("s", Color.RED, 1, EvidenceClass.LISTED), NOW + timedelta(days=30))
    assert late.messages == []
    assert late.home.code.color is Color.RED


def test_a_code_that_moves_ends_all_its_watches(origin: Origin) -> None:
    home = declare(origin, Home(), trip("s", ZHEJIANG), NOW).home
    waiting = trip("s", ZHEJIANG, attestation=Attestation.OTHER)
    home = declare(origin, home, waiting, NOW).home
    moved = code("s", Color.CANCELLED, 2, EvidenceClass.NONE, moved_to="620000")
    step = recolor(origin, home, moved, NOW)
    (ended,) = step.messages
    assert isinstance(ended, WatchEnded)
    assert ended.sequence == 3
    assert step.home.watches == {}
