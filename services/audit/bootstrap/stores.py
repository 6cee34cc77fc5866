"""How the audit's stores, keys and transactions are opened."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from secrets import token_hex
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from chassis.documents import read_yaml
from chassis.keys import read_hex_key, read_key
from chassis.postgres.pool import Connection
from chassis.run import Runtime
from chassis.settings import SettingsError
from chassis.watched import Watched
from healthcode.credential import Es256Key
from healthcode.pseudonym import subject_of
from healthcode.region import region_from
from services.audit.config import Settings
from services.audit.handlers.seal import Sealer
from services.audit.ports.entry import Listing, Pseudonymise, Test
from services.audit.store.arrival import PostgresArrivalStore
from services.audit.store.correction import PostgresCorrectionStore
from services.audit.store.entry import AREAS, LISTINGS, TESTS, PostgresAreaStore, PostgresEntryStore
from services.audit.store.migration import PostgresMigrationStore
from services.audit.store.policy import PostgresPolicyStore
from services.audit.store.simulation import PostgresSimulationStore
from services.audit.store.source import PostgresResidences, PostgresSourceBooks

OpenListings: TypeAlias = Callable[[Connection], PostgresEntryStore[Listing]]
OpenTests: TypeAlias = Callable[[Connection], PostgresEntryStore[Test]]
OpenAreas: TypeAlias = Callable[[Connection], PostgresAreaStore]


def entry_stores(runtime: Runtime) -> tuple[OpenListings, OpenTests, OpenAreas]:
    """How the stores of entries are opened over a connection, with the time of their events."""

    def listings(connection: Connection) -> PostgresEntryStore[Listing]:
        return PostgresEntryStore(connection, LISTINGS, runtime.region, runtime.clock.now())

    def tests(connection: Connection) -> PostgresEntryStore[Test]:
        return PostgresEntryStore(connection, TESTS, runtime.region, runtime.clock.now())

    def areas(connection: Connection) -> PostgresAreaStore:
        return PostgresAreaStore(connection, AREAS, runtime.region, runtime.clock.now())

    return listings, tests, areas


def source_books(runtime: Runtime, connection: Connection) -> PostgresSourceBooks:
    """What submissions of regions are weighed by and written to."""
    listings, tests, areas = entry_stores(runtime)
    return PostgresSourceBooks(
        PostgresResidences(connection), listings(connection), tests(connection), areas(connection)
    )


def correction_store(runtime: Runtime, connection: Connection) -> PostgresCorrectionStore:
    """Corrections, with the time of their events."""
    return PostgresCorrectionStore(connection, runtime.region, runtime.clock.now())


def policy_store(runtime: Runtime, connection: Connection) -> PostgresPolicyStore:
    """What officers put in force."""
    return PostgresPolicyStore(connection, AREAS, runtime.region, runtime.clock.now())


def migration_store(runtime: Runtime, connection: Connection) -> PostgresMigrationStore:
    """Migrations, with the time of their events."""
    return PostgresMigrationStore(connection, runtime.region, runtime.clock.now())


def arrival_store(runtime: Runtime, connection: Connection) -> PostgresArrivalStore:
    """People who arrive, with the time of their events."""
    return PostgresArrivalStore(connection, runtime.region, runtime.clock.now())


def adopted_by(settings: Settings) -> Callable[[str], str | None]:
    """Whose code a region has by the catalogue as it stands: the empty string for its own; None for no region.

    Raises SettingsError.
    """
    if settings.catalogue is None:
        return lambda _region: None
    try:
        document = Watched[dict[str, Any]](settings.catalogue, json.loads)
    except (OSError, ValueError):
        raise SettingsError(f"HC_CATALOGUE: {settings.catalogue} cannot be read") from None

    def adopted(region: str) -> str | None:
        return next((each.get("adopts") or "" for each in document()["regions"] if each["code"] == region), None)

    return adopted


def sealer_of(settings: Settings) -> Sealer:
    """Who seals the days, with the keys of the region. Raises SettingsError."""
    folder = settings.secrets
    region = region_from(read_yaml(settings.regions / settings.region / "region.yaml"))
    key = Es256Key.from_pem(read_key(folder, "seal.pem"))
    return Sealer(region.code, key, read_hex_key(folder, "salt.key"), ZoneInfo(region.timezone))


def pseudonymiser(settings: Settings) -> Pseudonymise:
    """How a document becomes a subject. Raises SettingsError."""
    return partial(subject_of, read_hex_key(settings.secrets, "pseudonym.key"))


@asynccontextmanager
async def transaction(runtime: Runtime) -> AsyncIterator[Connection]:
    """A connection in a transaction that commits when left without an error."""
    async with runtime.pool.acquire() as connection, connection.transaction():
        yield connection


@asynccontextmanager
async def trials(runtime: Runtime, *, readonly: bool = False) -> AsyncIterator[PostgresSimulationStore]:
    """The store of simulations in a transaction."""
    async with runtime.pool.acquire() as connection, connection.transaction(readonly=readonly):
        yield PostgresSimulationStore(connection)


def new_id() -> str:
    """An id for an event."""
    return token_hex(16)
