from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import (
    ClockMessage,
    ClockNotSetError,
    SimulatedClock,
    SystemClock,
    clock_for,
    decode_clock,
    encode_clock,
)
from chassis.settings import ChassisSettings

START = datetime(2020, 2, 11, tzinfo=UTC)


class Wall:
    def __init__(self) -> None:
        self.at = datetime(2025, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def settings(**more: object) -> ChassisSettings:
    fields = {"region": "330000", "kafka_bootstrap": "b:1", "database_url": "postgresql://x/y"}
    return ChassisSettings.model_validate(fields | more)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_simulated_time_flows_with_real_time() -> None:
    wall = Wall()
    clock = SimulatedClock(START, wall)
    wall.at += timedelta(seconds=90)
    assert clock.now() == START + timedelta(seconds=90)


def test_a_setting_counts_from_the_instant_it_was_made() -> None:
    wall = Wall()
    clock = SimulatedClock(START, wall)
    made = wall.at
    wall.at += timedelta(seconds=5)
    clock.set(START + timedelta(days=1), made)
    assert clock.now() == START + timedelta(days=1, seconds=5)


def test_it_knows_no_time_before_it_is_set() -> None:
    wall = Wall()
    clock = SimulatedClock(wall=wall)
    assert not clock.is_set
    with pytest.raises(ClockNotSetError):
        clock.now()
    clock.set(START, wall.at)
    assert clock.now() == START


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(0, 100), st.booleans()), max_size=20))
def test_it_never_runs_backwards(steps: list[tuple[int, int, bool]]) -> None:
    wall = Wall()
    clock = SimulatedClock(START, wall)
    before = clock.now()
    for jump, pause, read in steps:
        clock.set(clock.now() + timedelta(seconds=jump) if read else START + timedelta(seconds=jump), wall.at)
        wall.at += timedelta(seconds=pause)
        assert clock.now() >= before
        before = clock.now()


def test_a_clock_message_survives_its_json() -> None:
    message = ClockMessage(sim=START, wall=datetime(2025, 1, 1, 8, tzinfo=UTC))
    assert encode_clock(message) == b'{"sim":"2020-02-11T00:00:00Z","wall":"2025-01-01T08:00:00Z"}'
    assert decode_clock(encode_clock(message)) == message


def test_a_clock_message_without_a_time_zone_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="time zone"):
        decode_clock(b'{"sim":"2020-02-11T00:00:00","wall":"2025-01-01T08:00:00Z"}')


def test_the_clock_follows_the_settings() -> None:
    assert isinstance(clock_for(settings()), SystemClock)
    assert isinstance(clock_for(settings(mode="demo", simulated_clock=True)), SimulatedClock)


def test_simulated_time_is_refused_outside_demo_mode() -> None:
    forced = settings(mode="demo", simulated_clock=True).model_copy(update={"mode": "production"})
    with pytest.raises(ValueError, match="HC_MODE=demo"):
        clock_for(forced)
