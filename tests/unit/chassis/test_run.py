import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from chassis import metrics, run
from chassis.held import SETTLED_SECONDS, Held
from chassis.kafka.model import BrokerError, Fenced, OffsetOutOfRange, PublishFailed, TopicPartition, UnknownTopic
from chassis.run import run_all, supervise, unless
from chassis.stream.model import TooManyDeadLetters

SECONDS = 10
OUT_OF_RANGE = OffsetOutOfRange(TopicPartition("t", 0), stored=9, begin=0, end=3)


class Part:
    """A component that does what it is told at each of its runs."""

    def __init__(self, *steps: Exception | Callable[[asyncio.Event], Awaitable[None]]) -> None:
        self.steps = list(steps)
        self.runs = 0

    async def run(self, stop: asyncio.Event) -> None:
        self.runs += 1
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        await step(stop)


async def until_stopped(stop: asyncio.Event) -> None:
    await stop.wait()


async def at_once(_stop: asyncio.Event) -> None:
    return None


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BACKOFF_SECONDS", 0.0)


@pytest.mark.parametrize(
    "failure",
    [
        BrokerError("away"),
        Fenced("another"),
        PublishFailed("?"),
        UnknownTopic("t"),
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.AdminShutdownError("restart"),
        asyncpg.CannotConnectNowError("starting"),
        asyncpg.ReadOnlySQLTransactionError("a standby now"),
        asyncpg.TooManyConnectionsError("full"),
        asyncpg.DiskFullError("full"),
        asyncpg.LockNotAvailableError("locked"),
        asyncpg.DeadlockDetectedError("dead"),
        asyncpg.InvalidCachedStatementError("migrated"),
        ConnectionResetError("reset"),
        TimeoutError("slow"),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_what_passes_is_tried_again(failure: Exception) -> None:
    part = Part(failure, failure, at_once)
    await asyncio.wait_for(supervise("part", part, asyncio.Event()), SECONDS)
    assert part.runs == 3


async def test_a_cancellation_that_nobody_asked_for_passes() -> None:
    async def cancelled(_stop: asyncio.Event) -> None:
        waited_for: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waited_for.cancel()
        await waited_for

    part = Part(cancelled, at_once)
    await asyncio.wait_for(supervise("part", part, asyncio.Event()), SECONDS)
    assert part.runs == 2


async def test_one_that_somebody_asked_for_ends_it() -> None:
    part = Part(until_stopped)
    running = asyncio.create_task(supervise("part", part, asyncio.Event()))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert part.runs == 1


@pytest.mark.parametrize(
    "failure",
    [TooManyDeadLetters("limit"), OUT_OF_RANGE, KeyError("a bug"), asyncpg.UndefinedTableError("no migration")],
    ids=lambda failure: type(failure).__name__,
)
async def test_what_does_not_pass_is_raised_at_once(failure: Exception) -> None:
    part = Part(failure)
    with pytest.raises(type(failure)):
        await asyncio.wait_for(supervise("part", part, asyncio.Event()), SECONDS)
    assert part.runs == 1


async def test_it_is_tried_again_for_as_long_as_it_takes_and_counted() -> None:
    part = Part(*[BrokerError("away")] * 200, at_once)
    await asyncio.wait_for(supervise("patient", part, asyncio.Event()), SECONDS)
    assert part.runs == 201
    assert metrics.value("hc_component_restarts_total", component="patient") == 200


async def test_pauses_grow_to_their_bound_and_a_healthy_minute_starts_them_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def note(_stop: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(run, "_pause", note)
    monkeypatch.setattr(run, "BACKOFF_SECONDS", 1.0)
    await supervise("part", Part(*[BrokerError("away")] * 7, at_once), asyncio.Event())
    assert pauses == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0])
    pauses.clear()
    monkeypatch.setattr(run, "HEALTHY_SECONDS", -1.0)
    await supervise("part", Part(*[BrokerError("away")] * 3, at_once), asyncio.Event())
    assert pauses == pytest.approx([0.2, 0.2, 0.2])


async def test_a_component_that_fails_is_held_with_its_reason_and_the_others_run() -> None:
    held, stop = Held(), asyncio.Event()
    failing, well = Part(UnknownTopic("hc.national.330000.v1")), Part(until_stopped)
    running = asyncio.create_task(run_all({"failing": failing, "well": well}, stop, held))
    async with asyncio.timeout(SECONDS):
        while failing.runs < 100:
            await asyncio.sleep(0)
    assert list(held.reasons()) == ["failing"]
    assert "hc.national.330000.v1 does not exist: run migrate" in held.reasons()["failing"]
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, SECONDS)


def test_who_runs_again_for_a_while_is_no_longer_held() -> None:
    seconds = 0.0
    held = Held(lambda: seconds)
    held.hold("relay", "away", 2.0)
    seconds = 2.0 + SETTLED_SECONDS - 0.1
    assert held.reasons() == {"relay": "away"}
    seconds = 2.0 + SETTLED_SECONDS
    assert held.reasons() == {}


async def test_stopping_ends_the_pause_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BACKOFF_SECONDS", 3600.0)
    part, stop = Part(BrokerError("away")), asyncio.Event()
    task = asyncio.create_task(supervise("part", part, stop))
    asyncio.get_running_loop().call_later(0.05, stop.set)
    await asyncio.wait_for(task, SECONDS)


async def test_nothing_is_started_after_the_stop() -> None:
    part, stop = Part(at_once), asyncio.Event()
    stop.set()
    await run_all({"part": part}, stop)
    assert part.runs == 0


async def test_who_fails_for_good_lets_the_others_end_what_they_have_in_hand() -> None:
    """Requests in hand are answered, a batch in hand is finished; and the error is the component's own."""
    finished: list[str] = []
    started = asyncio.Event()

    async def bad(_stop: asyncio.Event) -> None:
        await started.wait()
        raise KeyError("a bug")

    async def careful(stop: asyncio.Event) -> None:
        started.set()
        await stop.wait()
        await asyncio.sleep(0.01)
        finished.append("careful")

    with pytest.raises(KeyError, match="a bug"):
        await asyncio.wait_for(run_all({"bad": Part(bad), "good": Part(careful)}, asyncio.Event()), SECONDS)
    assert finished == ["careful"]


async def test_all_run_side_by_side_until_the_stop() -> None:
    parts, stop = {str(n): Part(until_stopped) for n in range(3)}, asyncio.Event()
    running = asyncio.create_task(run_all(parts, stop))
    async with asyncio.timeout(SECONDS):
        while {part.runs for part in parts.values()} != {1}:
            await asyncio.sleep(0)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, SECONDS)


async def test_work_is_cancelled_when_the_stop_comes_first() -> None:
    cancelled = asyncio.Event()

    async def work() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return 1

    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)
    assert await asyncio.wait_for(unless(stop, work()), SECONDS) is None
    assert cancelled.is_set()


async def test_work_gives_its_result_or_its_error() -> None:
    async def one() -> int:
        return 1

    async def none() -> int:
        raise KeyError

    assert await unless(asyncio.Event(), one()) == 1
    with pytest.raises(KeyError):
        await unless(asyncio.Event(), none())
