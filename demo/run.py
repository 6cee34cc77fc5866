"""The demonstration from start to end: the stage, the page, the story, and then either the books or a live trickle."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from chassis.documents import read_yaml
from chassis.kafka.topics import load_topics
from chassis.run import stop_on_signals
from chassis.server import HttpServer
from demo.actions import Actions
from demo.books import Account, Watched, audit_books
from demo.cast import cast
from demo.days import Days, many
from demo.follower import Follower
from demo.intake import Intake
from demo.ledger import read_ledger
from demo.overseer import Overseer
from demo.population import Population
from demo.quiet import quiet_of
from demo.reasons import Reasons
from demo.report import Screen
from demo.scenario import Scenario, Sent
from demo.settings import REGIONS, ROOT, Plan
from demo.stage import TOPICS, Stage, set_stage
from demo.tally import Tally
from demo.trickle import trickle
from demo.web import Sources, create_edge
from deploy.local.preflight import LOOPBACK, free_port, port_is_free
from healthcode.region import Region, region_from

REGION_DATA: Final = ROOT / "regions"
# When a process has died, a request to it fails first; that the process died, and why, says more.
REASON_SECONDS: Final = 0.5


async def run(plan: Plan, screen: Screen) -> list[str]:
    """Run the demonstration; what is wrong with the books, nothing when all is right or nobody asked.

    Raises DemoError and StackError, which say what to do. Ends what it started, also on Ctrl-C.
    """
    stop = stop_on_signals()
    async with set_stage(plan.data, screen.say) as stage:
        crew = Crew()
        wrong = await _unless_stopped(_on_stage(plan, screen, stage, crew), stop, stage, crew)
    return ["it was stopped before they could be checked"] if plan.once and stop.is_set() else wrong


async def _check(stage: Stage, follower: Follower, intake: Intake, sent: Sent, screen: Screen) -> list[str]:
    """Check the books; what is wrong."""
    now = stage.clock.now()
    watches = await many(intake.watches, sent.travellers)
    watched = [
        Watched(person.region, stage.subject(person), watch["destination"], watch["handle"])
        for person, found in zip(sent.travellers, watches, strict=True)
        for watch in found
    ]
    account = Account(sent.accepted, sent.people, watched, follower.dead_letters(), now)
    wrong = audit_books(await read_ledger(stage.broker), account, REGION_DATA)
    if not wrong:
        screen.say(f"the books balance: {len(sent.accepted):,} acts of {sent.people:,} people, {len(watched):,} trips")
    return wrong


class Crew:
    """Components that run beside the work."""

    def __init__(self) -> None:
        self.failure: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        """What the first that failed raised."""

    @asynccontextmanager
    async def beside(self, component: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
        """Run a component while within."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(component, stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def _run(self, component: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        try:
            await component(stop)
        except Exception as failure:  # noqa: BLE001 - whoever waits for the failure raises it
            if not self.failure.done():
                self.failure.set_result(failure)


async def _unless_stopped(
    work: Coroutine[Any, Any, list[str]], stop: asyncio.Event, stage: Stage, crew: Crew
) -> list[str]:
    """The work's result; nothing when it was stopped before; raises what ended by itself beside it."""
    playing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    failing = asyncio.create_task(stage.failure())
    others: tuple[asyncio.Future[Any], ...] = (stopping, failing, crew.failure)
    try:
        await asyncio.wait({playing, *others}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done() and playing.exception() is not None:
            await asyncio.wait({failing}, timeout=REASON_SECONDS)
        for failed in (failing, crew.failure):
            if failed.done() and not stop.is_set():
                raise failed.result()
        return await playing if playing.done() else []
    finally:
        for task in (playing, *others):
            task.cancel()
        await asyncio.gather(playing, *others, return_exceptions=True)


def _folders() -> dict[str, Region]:
    """What each region says of itself."""
    return {region: region_from(read_yaml(REGION_DATA / region / "region.yaml")) for region in REGIONS}


def _overseen() -> list[str]:
    """The regions that have an oversight."""
    return [region for region, data in _folders().items() if "oversight" in data.services]


async def _on_stage(plan: Plan, screen: Screen, stage: Stage, crew: Crew) -> list[str]:
    population = Population(plan.seed)
    follower = Follower(stage.broker, load_topics(TOPICS), stage.clock, Tally(Reasons.read(REGION_DATA, REGIONS)))
    follower.ways = {region: data.way.value for region, data in _folders().items()}
    intake = Intake(stage.urls, stage.identity)
    async with AsyncExitStack() as exits:
        exits.push_async_callback(intake.close)
        quiet = await exits.enter_async_context(quiet_of(stage.databases, REGION_DATA, follower, stage.clock))
        days = Days(stage.clock, intake, quiet)
        actions = Actions(population, intake, follower, days)
        overseer = Overseer(stage.urls, _overseen(), stage.identity)
        app = create_edge(
            Sources(follower, actions, overseer, stage.pages), stage.identity, stage.settings, stage.clock
        )
        port = plan.port if port_is_free(plan.port) else free_port()
        url = f"http://{LOOPBACK}:{port}"
        await exits.enter_async_context(crew.beside(HttpServer(app, LOOPBACK, port).run))
        screen.say(f"regions: starting; their logs are in {stage.logs}")
        await stage.open_regions(url)
        await exits.enter_async_context(crew.beside(follower.run))
        await exits.enter_async_context(crew.beside(overseer.run))
        screen.say(f"live page: {url}")
        scenario = Scenario(cast(population.people(plan.people)), intake, follower, days, screen)
        with screen.working():
            await scenario.play()
        screen.regions(follower.snapshot())
        screen.topics(follower.tally.topics)
        if plan.once:
            return await _check(stage, follower, intake, scenario.sent, screen)
        actions.open()
        follower.phase = "live"
        for region, address in stage.urls.items():
            screen.say(f"{region} answers at {address}, for whom {url}/token makes a token")
        for region, address in stage.pages.items():
            screen.say(f"pages of {region}: {address} (citizen), {address}checkpoint, {address}console")
        screen.say(f"live at {url}; Ctrl-C ends it")
        await trickle(population, intake, follower, days)
    return []
