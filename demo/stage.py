"""The stage: broker, database, keys, identity provider and region processes, from nothing; all stopped at the end."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chassis.clock_follower import TOPIC as CLOCK_TOPIC
from chassis.documents import read_yaml
from chassis.kafka.model import UnknownTopic
from chassis.kafka.real import KafkaBroker
from chassis.kafka.topics import load_topics
from chassis.keys import read_hex_key
from chassis.migrate import ensure_database, with_database
from chassis.settings import ChassisSettings
from demo.clock import DemoClock
from demo.identity import ISSUER, DemoIdentity
from demo.population import Person
from demo.processes import RegionProcesses
from demo.settings import NATION, REGIONS, ROOT, START, DemoError
from deploy.keys import make_keys
from deploy.local.launch import Progress
from deploy.local.stack import Stack, embedded_stack, remove_data
from healthcode.pseudonym import subject_of
from healthcode.region import region_from
from healthcode.values import IdType

TOPICS: Final = ROOT / "deploy/kafka/topics.yaml"
KEYS_FROM: Final = START.replace(month=1, day=1)


@dataclass(frozen=True)
class Stage:
    """What the demonstration plays on. `databases` and `urls` are by region; `keys` holds a folder a region."""

    stack: Stack
    broker: KafkaBroker
    clock: DemoClock
    identity: DemoIdentity
    keys: Path
    logs: Path
    databases: Mapping[str, str]
    settings: ChassisSettings
    processes: RegionProcesses = field(repr=False)

    @property
    def urls(self) -> Mapping[str, str]:
        """Where each region's HTTP edge listens."""
        return self.processes.urls

    @property
    def pages(self) -> Mapping[str, str]:
        """Where each region's own pages are, of those that have some."""
        return {region: f"{url}/app/" for region, url in self.urls.items() if _has_pages(region)}

    def subject(self, person: Person) -> str:
        """The pseudonym of a person where they declared; the demonstration made that region's key."""
        key = read_hex_key(self.keys / person.region, "pseudonym.key")
        return subject_of(key, IdType.RESIDENT_ID, person.id_number)

    async def open_regions(self, identity_url: str) -> None:
        """Start the region processes and wait until they are ready; `identity_url` must be served by now."""
        for region in REGIONS:
            self.processes.start(region, self._environment(region, identity_url))
        await self.processes.ready()

    async def failure(self) -> Exception:
        """Wait until something of the stage ends by itself, and return what to tell about it."""
        waiting = [asyncio.ensure_future(self.processes.failure()), asyncio.ensure_future(self.stack.failure())]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for task in waiting:
                task.cancel()

    def _environment(self, region: str, identity_url: str) -> dict[str, str]:
        pages = {
            "HC_PORTAL_AUTHORIZE_URL": identity_url + "/authorize",
            "HC_PORTAL_EXCHANGE_URL": identity_url + "/token/code",
            "HC_PORTAL_NATION": self.urls[NATION],
        }
        return {
            **(pages if _has_pages(region) else {}),
            "HC_MODE": "demo",
            "HC_SIMULATED_CLOCK": "true",
            "HC_LOG_FORMAT": "json",
            "HC_SECRETS": str(self.keys / region),
            "HC_CATALOGUE": str(self.keys / "catalogue.json"),
            "HC_JWKS_URL": identity_url + "/jwks.json",
            "HC_JWT_ISSUER": ISSUER,
            "KAFKA_BOOTSTRAP": self.stack.kafka_bootstrap,
            "DATABASE_URL": self.databases[region],
        }


@asynccontextmanager
async def set_stage(data: Path, progress: Progress) -> AsyncIterator[Stage]:
    """Broker and database with empty topics and databases, keys, and the clock at its start; no region yet.

    What an earlier run left in `data` is removed first. Raises StackError, and DemoError when a broker given by the
    environment already holds our topics.
    """
    _clear(data, progress)
    logs = data / "logs"
    async with AsyncExitStack() as exits:
        stack = await exits.enter_async_context(embedded_stack(data, progress=progress))
        broker = KafkaBroker(stack.kafka_bootstrap, client_id="healthcode-demo")
        exits.push_async_callback(broker.close)
        await _refuse_used(broker)
        topics = load_topics(TOPICS)
        # The hub would make the national ones, but the other regions do not wait for it.
        await broker.create_topics([*topics.shared(), *topics.for_nation(REGIONS)])
        make_keys(data / "keys", ROOT / "regions", list(REGIONS), valid_from=KEYS_FROM)
        processes = RegionProcesses(REGIONS, logs)
        exits.push_async_callback(processes.stop)
        yield Stage(
            stack=stack,
            broker=broker,
            clock=await DemoClock.start(broker, START),
            identity=DemoIdentity(),
            keys=data / "keys",
            logs=logs,
            databases=await _databases(stack.database_url),
            settings=_settings(stack),
            processes=processes,
        )


def _has_pages(region: str) -> bool:
    return "portal" in region_from(read_yaml(ROOT / "regions" / region / "region.yaml")).services


def _clear(data: Path, progress: Progress) -> None:
    remove_data(data, progress)
    for left in (data / "keys", data / "logs"):
        shutil.rmtree(left, ignore_errors=True)


async def _refuse_used(broker: KafkaBroker) -> None:
    try:
        await broker.partitions(CLOCK_TOPIC)
    except UnknownTopic:
        return
    raise DemoError(
        "The broker of KAFKA_BOOTSTRAP already holds topics named hc.*: the demonstration counts from empty ones. "
        "Name another broker, or unset KAFKA_BOOTSTRAP and DATABASE_URL and one is started here."
    )


async def _databases(admin_url: str) -> dict[str, str]:
    for region in REGIONS:
        if not await ensure_database(admin_url, f"hc_{region}"):
            raise DemoError(
                f"The server of DATABASE_URL already has a database hc_{region}: the demonstration begins with empty "
                "ones. Drop it, name another server, or unset DATABASE_URL and one is started here."
            )
    return {region: with_database(admin_url, f"hc_{region}") for region in REGIONS}


def _settings(stack: Stack) -> ChassisSettings:
    """Those of the demonstration's own HTTP edge."""
    return ChassisSettings(
        region=NATION,
        mode="demo",
        kafka_bootstrap=stack.kafka_bootstrap,
        database_url=stack.database_url,
        jwt_issuer=ISSUER,
    )
