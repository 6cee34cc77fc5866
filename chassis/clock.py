"""What time it is: the machine's clock, or in a demo a simulated one that all processes share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from chassis.settings import ChassisSettings


class ClockNotSetError(RuntimeError):
    """Simulated time was asked for before the first clock message came."""


class Clock(Protocol):
    """Tells the time; everything that decides anything by time is handed one."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class ClockMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """One setting of simulated time: at the real instant `wall` it was `sim`."""

    sim: datetime
    wall: datetime

    def __post_init__(self) -> None:
        """Refuse instants that name no time zone."""
        if self.sim.tzinfo is None or self.wall.tzinfo is None:
            raise ValueError("a clock message needs a time zone in both instants")


def system_now() -> datetime:
    """The machine's time, in UTC."""
    return datetime.now(UTC)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return system_now()


class SimulatedClock:
    """Flows as fast as the machine's clock, from wherever it was last set; never runs backwards.

    Without `start` it knows no time until `set` is called the first time. Setting it back makes it stand still
    until the new setting has caught up.
    """

    def __init__(self, start: datetime | None = None, wall: Callable[[], datetime] = system_now) -> None:
        self._wall = wall
        self._base: ClockMessage | None = None
        self._latest: datetime | None = None
        if start is not None:
            self.set(start, wall())

    @property
    def is_set(self) -> bool:
        """Whether it knows the time."""
        return self._base is not None

    def now(self) -> datetime:
        """The simulated instant, aware, in UTC; raises `ClockNotSetError` before the first setting."""
        if self._base is None:
            raise ClockNotSetError("the simulated clock has not been set yet")
        flowed = self._base.sim + (self._wall() - self._base.wall)
        self._latest = flowed if self._latest is None else max(self._latest, flowed)
        return self._latest

    def set(self, sim: datetime, wall: datetime) -> None:
        """Let it have been `sim` at the real instant `wall`."""
        if self._base is not None:
            self.now()  # what could be read until now is not taken back
        self._base = ClockMessage(sim.astimezone(UTC), wall.astimezone(UTC))


def encode_clock(message: ClockMessage) -> bytes:
    """The JSON of a clock message."""
    return msgspec.json.encode(message)


def decode_clock(data: bytes) -> ClockMessage:
    """A clock message from JSON; raises `msgspec.ValidationError` when it is none."""
    return msgspec.json.decode(data, type=ClockMessage)


def clock_for(settings: ChassisSettings) -> SystemClock | SimulatedClock:
    """The clock that the settings ask for; simulated time is refused outside demo mode."""
    if not settings.simulated_clock:
        return SystemClock()
    if settings.mode != "demo":
        raise ValueError("simulated time is for HC_MODE=demo alone")
    return SimulatedClock()
