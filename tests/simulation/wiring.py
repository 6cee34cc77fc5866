"""The real parts of one region, built from the same specs as in production, over the twins."""

import json
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from joserfc.jwk import ECKey

from chassis.documents import read_yaml
from chassis.kafka.topics import Topics, load_topics
from chassis.loop import Loop, Once, Step
from chassis.postgres.pool import Connection, Pool
from chassis.postgres.transactions import Transactions
from chassis.run import NATIONAL, REGIONAL, Component, Runtime
from chassis.settings import ChassisSettings
from chassis.stream.model import Committed, Delivery, StreamSpec
from deploy.keys import make_keys
from healthcode.region import Region, region_from
from services.audit.bootstrap import read_policies
from services.audit.domain import PolicySet
from services.audit.handlers.policy import Book, register_policies
from services.audit.handlers.review import Judge
from services.audit.handlers.storm import advance_storms
from services.audit.handlers.timer import fire_timers
from services.audit.store.entry import AREAS, LISTINGS, TESTS, PostgresAreaStore, PostgresEntryStore
from services.audit.store.policy import PostgresPolicyStore
from services.audit.store.review import PostgresReviewStore
from services.audit.store.schedule import PostgresScheduleStore
from services.audit.stream.intake import area_spec, listing_spec, test_spec
from services.audit.stream.person import PersonReader
from services.audit.stream.review import review_spec
from services.declaration.domain.ids import TAIL_BYTES, time_id
from services.declaration.domain.people import Basic, Sealed
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.gathering import Gathering
from services.declaration.store.keys import KeyStore
from services.declaration.store.unit import StoredUnit, StoredUnits
from services.declaration.stream import receipts_spec
from services.issuer.domain import Lifetime
from services.issuer.store.credentials import PostgresCredentials
from services.issuer.store.ledger import PostgresLedger, PostgresLedgers
from services.issuer.store.tally import Tally
from services.issuer.stream.findings import findings_spec
from services.issuer.stream.timer import expiring, forgetting
from services.recognition.bootstrap import read_translation
from services.recognition.domain.catalogue import Catalogue, catalogue_from
from services.recognition.domain.guest import Host
from services.recognition.domain.home import Origin
from services.recognition.domain.message import Signer
from services.recognition.domain.translation import Translation
from services.recognition.handlers.guest import end_guests
from services.recognition.handlers.home import end_watches
from services.recognition.handlers.route import forget_routes
from services.recognition.store.guest import PostgresGuests
from services.recognition.store.home import PostgresHomes
from services.recognition.store.route import PostgresRoutes
from services.recognition.stream.home import home_spec
from services.recognition.stream.national import guest_part, hub_spec, told_spec
from tests.simulation.officers import Officers

REGIONS: Final = ("100000", "330000", "420000", "620000")
FOLDER: Final = Path("regions")
START: Final = datetime(2020, 2, 12, 1, 0, tzinfo=UTC)
SERVICES: Final = ("declaration", "audit", "issuer", "recognition")
CHUNK: Final = 3  # small, so that sweeps and timers take several steps
STORM_SECONDS: Final = 0.4
TIMER_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Country:
    """What all regions and seeds have in common: the regions' data, the catalogue and its keys."""

    topics: Topics
    regions: dict[str, Region]
    policies: dict[str, tuple[PolicySet, str]]
    translations: dict[str, Translation]
    signers: dict[str, Signer]
    catalogue: Catalogue


@cache
def country() -> Country:
    """Read and made once; the keys are of this run alone, and nothing depends on which they are."""
    regions = {code: region_from(read_yaml(FOLDER / code / "region.yaml")) for code in REGIONS}
    with tempfile.TemporaryDirectory() as folder:
        path = make_keys(Path(folder), FOLDER, list(REGIONS), valid_from=START - timedelta(days=30))
        catalogue = catalogue_from(json.loads(path.read_text("utf-8")))
        signers = {
            code: Signer(ECKey.import_key(json.loads((Path(folder) / code / "signing.jwk").read_text("utf-8"))))
            for code in REGIONS
        }
    policies = {}
    for code, region in regions.items():
        if "audit" in region.services:
            found, digest = read_policies(FOLDER / code / "policy", START)
            policies[code] = PolicySet(found), digest
    translations = {code: read_translation(FOLDER, region) for code, region in regions.items()}
    return Country(load_topics(Path("deploy/kafka/topics.yaml")), regions, policies, translations, signers, catalogue)


class NoKeys(KeyStore):
    """What is sealed here needs none."""

    def __init__(self) -> None:
        pass

    async def put(self, keys: Sequence[tuple[bytes, str, bytes]]) -> None:
        del keys


class OpenVault:
    """Implements Vault; what a person is called matters to nothing that is simulated."""

    def seal(self, subject: str, basic: Basic) -> Sealed:
        del basic
        return Sealed(subject.encode(), b"-")

    def open(self, subject: str, sealed: Sealed) -> Basic:
        raise NotImplementedError

    def seal_text(self, subject: str, text: str) -> Sealed:
        raise NotImplementedError

    def open_text(self, subject: str, sealed: Sealed) -> str:
        raise NotImplementedError


class PlainReader(PersonReader):
    """Takes what stands for a sealed person for the subject."""

    def __init__(self) -> None: ...

    def subject(self, sealed: str) -> str:
        return sealed


Seen = Callable[[str, Connection, Sequence[Delivery]], None]
"""Hears of what a consumer has handled in a transaction, by schema and consumer."""


@dataclass
class Office:
    """The declaration service as those see it who declare."""

    desk: Desk
    units: StoredUnits
    gathering: Gathering


@dataclass
class Parts:
    """What one process runs."""

    components: dict[str, Component] = field(default_factory=dict)
    office: Office | None = None
    officers: Officers | None = None


SIMULATED: Final = ("declaration", "audit", "issuer", "recognition")
"""Nothing depends on the other services."""


class Wiring:
    """Builds the services of a region for one process. `runtimes` holds that process's own, by service."""

    def __init__(self, code: str, runtimes: dict[str, Runtime], random: Random, seen: Seen) -> None:
        self.code = code
        self.region = country().regions[code]
        self.runtimes = runtimes
        self.random = random
        self.seen = seen
        self.clock = runtimes["recognition"].clock
        self.zone = ZoneInfo(self.region.timezone)

    def parts(self, roles: Sequence[str]) -> Parts:
        """The components of some roles, as `audit.worker`."""
        parts = Parts()
        for service in SIMULATED:
            if service not in self.region.services:
                continue
            built: dict[str, list[Component]] = getattr(self, f"_{service}")(parts)
            for role, components in built.items():
                if f"{service}.{role}" in roles:
                    parts.components |= {f"{service}.{role}.{n}": each for n, each in enumerate(components)}
        return parts

    def _declaration(self, parts: Parts) -> dict[str, list[Component]]:
        runtime, now = self.runtimes["declaration"], self.clock.now
        desk = Desk(lambda _type, number: number, OpenVault(), now, self.zone, self._time_id)
        units = StoredUnits(runtime.pool, self.code, now, NoKeys())
        parts.office = Office(desk, units, Gathering(units, now))
        spec = receipts_spec(self.code, lambda connection: StoredUnit(connection, self.code, now, NoKeys()))
        return {"worker": [self._worker(runtime, spec)], "relay": [runtime.relay()]}

    def _audit(self, parts: Parts) -> dict[str, list[Component]]:
        runtime, clock, code = self.runtimes["audit"], self.clock, self.code
        policies, digest = country().policies[code]
        book = Book(policies, self.zone)
        judge = Judge(policies, self.zone, self.new_id)

        @asynccontextmanager
        async def changing() -> AsyncIterator[PostgresPolicyStore]:
            async with _begin(runtime.pool) as connection:
                yield PostgresPolicyStore(connection, AREAS, code, clock.now())

        parts.officers = Officers(book, changing, clock)

        def areas(connection: Connection) -> PostgresAreaStore:
            return PostgresAreaStore(connection, AREAS, code, clock.now())

        specs = [
            listing_spec(code, clock, PlainReader(), lambda c: PostgresEntryStore(c, LISTINGS, code, clock.now())),
            test_spec(code, clock, PlainReader(), lambda c: PostgresEntryStore(c, TESTS, code, clock.now())),
            area_spec(code, clock, areas),
        ]

        async def register() -> None:
            async with changing() as store:
                await register_policies(store, digest, clock.now())

        async def timers() -> bool:
            async with _begin(runtime.pool) as connection:
                return await fire_timers(PostgresScheduleStore(connection, code), clock.now(), CHUNK, self.new_id)

        async def storms() -> bool:
            async with _begin(runtime.pool) as connection:
                return await advance_storms(PostgresScheduleStore(connection, code), clock.now(), CHUNK, self.new_id)

        review = review_spec(code, judge, clock, partial(PostgresReviewStore, region=code))
        return {
            "worker": [self._worker(runtime, review)],
            "intake": [self._worker(runtime, spec) for spec in specs],
            "timer": [Once(register), Loop([timers], STORM_SECONDS), Loop([storms], STORM_SECONDS)],
            "relay": [runtime.relay()],
        }

    def _issuer(self, _: Parts) -> dict[str, list[Component]]:
        runtime = self.runtimes["issuer"]
        lifetime = Lifetime(self.region.code_days, self.zone)
        spec = findings_spec(self.code, lambda c: PostgresLedger(c, self.code), lifetime, self.clock, self.new_id)

        async def count_colors() -> bool:
            async with _begin(runtime.pool) as connection:
                await Tally(connection).sum_up()
            return False

        steps = [
            count_colors,
            expiring(PostgresLedgers(runtime.pool, self.code), self.clock, self.new_id),
            forgetting(PostgresCredentials(runtime.pool), self.clock),
        ]
        timer = Loop(steps, TIMER_SECONDS)
        return {"worker": [self._worker(runtime, spec)], "relay": [runtime.relay()], "timer": [timer]}

    def _recognition(self, _: Parts) -> dict[str, list[Component]]:
        runtime, code = self.runtimes["recognition"], self.code
        catalogue, translation, signer = country().catalogue, country().translations[code], country().signers[code]
        specs: list[StreamSpec] = []
        steps: list[Step] = []
        if "issuer" in self.region.services:
            origin = Origin(code, self.zone, translation, catalogue.hosts, self.new_id, self.new_id)

            def homes(connection: Connection) -> PostgresHomes:
                return PostgresHomes(connection, code, signer)

            specs.append(home_spec(origin, self.clock, homes))
            steps.append(
                self._step(Transactions(runtime.pool, homes), lambda s, now: end_watches(s, origin, now, CHUNK))
            )
        if self.region.hub:

            def routes(connection: Connection) -> PostgresRoutes:
                return PostgresRoutes(connection, signer)

            specs += [hub_spec(each, catalogue, self.clock, routes) for each in REGIONS]
            steps.append(self._step(Transactions(runtime.pool, routes), lambda s, now: forget_routes(s, now, CHUNK)))
        else:
            host = Host(code, self.region.way, translation, self.new_id)

            def guests(connection: Connection) -> PostgresGuests:
                return PostgresGuests(connection, code)

            specs.append(told_spec(code, catalogue, self.clock, [guest_part(host, self.clock, guests)]))
            steps.append(self._step(Transactions(runtime.pool, guests), lambda s, now: end_guests(s, host, now, CHUNK)))
        return {
            "worker": [self._worker(runtime, spec) for spec in specs],
            "relay": [runtime.relay(REGIONAL), runtime.relay(NATIONAL)],
            "timer": [Loop(steps, TIMER_SECONDS)],
        }

    def _step(self, transactions: "Transactions[Any]", work: Callable[[Any, datetime], Any]) -> Step:
        async def step() -> bool:
            async with transactions.begin() as store:
                return bool(await work(store, self.clock.now()))

        return step

    def _worker(self, runtime: Runtime, spec: StreamSpec) -> Component:
        """The worker of a spec, whose handled records are seen."""
        name = f"{runtime.service}.{spec.consumer}"

        async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> Committed | None:
            committed = await spec.handle(connection, deliveries)
            self.seen(name, connection, deliveries)
            return committed

        return runtime.worker(replace(spec, handle=handle))

    def new_id(self) -> str:
        """An id that nobody else has."""
        return f"{self.random.getrandbits(128):032x}"

    def _time_id(self, at: datetime) -> str:
        return time_id(at, self.random.randbytes(TAIL_BYTES))


@asynccontextmanager
async def _begin(pool: Pool) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction():
        yield connection


def settings_of(code: str) -> ChassisSettings:
    """As much of the settings as the parts ask for."""
    return ChassisSettings.model_construct(region=code)
