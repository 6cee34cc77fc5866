"""Devices come for fresh credentials spread over time: by themselves, and when a city turns another color at once."""

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.values import Color
from services.issuer.domain import Turns, refresh_at
from services.issuer.domain.refresh import EARLIEST, HELD_SECONDS, LATEST, LONGEST_SECONDS
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import finding
from tests.unit.issuer.test_issuer_api import take

NOON = datetime(2020, 2, 11, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@given(st.binary(min_size=16, max_size=16))
def test_a_device_comes_in_the_later_half_and_before_the_end(cti: bytes) -> None:
    at = refresh_at(NOON, NOON + DAY, cti)
    assert NOON + EARLIEST * DAY <= at < NOON + LATEST * DAY
    assert at == refresh_at(NOON, NOON + DAY, cti), "however often it asks"


def test_a_city_that_came_at_once_comes_spread_the_next_day() -> None:
    hours = Counter(
        int((refresh_at(NOON, NOON + DAY, secrets.token_bytes(16)) - NOON).total_seconds()) // 1800
        for _ in range(20_000)
    )
    assert len(hours) == 20
    assert max(hours.values()) < 1.2 * 20_000 * 0.5 / 9.6, "no half hour has a fifth more than its share"


@given(st.integers(1, 200), st.integers(1, 3000))
def test_of_those_who_come_at_once_no_second_gets_more_than_may(per_second: int, people: int) -> None:
    turns = Turns(per_second, lambda: 100.0)
    answers = Counter(turns.take().come_back for _ in range(people))
    assert 1 <= answers[0] <= HELD_SECONDS * per_second + 1
    waiting = {wait: count for wait, count in answers.items() if wait}
    assert all(1 <= wait <= LONGEST_SECONDS for wait in waiting)
    if people / per_second < LONGEST_SECONDS:
        assert max(waiting.values(), default=0) <= per_second + 1


@given(st.lists(st.floats(0, 0.5), max_size=400), st.integers(1, 100))
def test_they_go_on_one_after_another_and_nobody_is_held_for_long(pauses: list[float], per_second: int) -> None:
    now, gone = 0.0, []
    turns = Turns(per_second, lambda: now)
    for pause in pauses:
        now += pause
        turn = turns.take()
        assert turn.hold <= HELD_SECONDS
        if not turn.come_back:
            gone.append(now + turn.hold)
    assert all(later - earlier >= 1 / per_second - 1e-6 for earlier, later in pairwise(gone))


@pytest.fixture
def turns() -> Turns:
    return Turns(1, lambda: 0.0)


async def test_who_comes_too_early_is_told_a_second_of_their_own(
    twin: IssuerTwin, login: Callable[..., httpx.AsyncClient], me: str
) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    client = login("citizen")
    first = await client.post("/v1/me/credentials", json={})
    made = first.json()
    assert first.status_code == 201
    assert made["issued_at"] < made["refresh_at"] < made["expires_at"]
    told = [await client.post("/v1/me/credentials", json={}) for _ in range(3)]
    assert [answer.status_code for answer in told] == [503] * 3
    assert [answer.headers["Retry-After"] for answer in told] == ["2", "3", "4"]
    assert told[0].json()["type"] == "urn:healthcode:problem:too-many-fresh-codes"
