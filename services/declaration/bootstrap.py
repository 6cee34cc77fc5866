"""The one place that wires the service."""

import json
import os
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
import structlog
from joserfc.jwk import ECKey

from chassis.documents import read_yaml
from chassis.http.health import Check
from chassis.http.idempotency import FORGET_SECONDS, forgetting
from chassis.keys import read_hex_key, read_key
from chassis.loop import Loop
from chassis.migrate import MigrationError, ensure_database, migrate
from chassis.postgres.pool import Connection, open_pool
from chassis.run import Blueprint, Runtime, Service
from chassis.settings import ChassisSettings, SettingsError
from chassis.watched import Watched
from healthcode.pseudonym import subject_of
from healthcode.region import region_from
from services.declaration.api import BODIES, Edge, router
from services.declaration.config import Settings
from services.declaration.domain.ids import TAIL_BYTES, time_id
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.gathering import Gathering
from services.declaration.handlers.handover import Post
from services.declaration.store.keys import SCHEMA, KeyStore
from services.declaration.store.restored import RESTORED
from services.declaration.store.seals import IntakeSeals
from services.declaration.store.unit import StoredUnit, StoredUnits
from services.declaration.store.vault import MasterVault
from services.declaration.stream import arrival_spec, corrections_spec, handover_spec, receipts_spec

log = structlog.get_logger()


async def build(runtime: Runtime) -> Service:
    """The service from its parts. Raises SettingsError or DocumentError when keys or the region's data are missing."""
    settings, now = runtime.settings, runtime.clock.now
    if not isinstance(settings, Settings):
        raise SettingsError("the declaration service is built with its own settings")
    if settings.mode == "production" and settings.keys_url is None:
        log.warning("keys_beside_data", detail="HC_KEYS_URL is not set: a restored server brings destroyed keys back")
    region = region_from(read_yaml(settings.regions / runtime.region / "region.yaml"))
    desk = Desk(
        subject_of=partial(subject_of, read_hex_key(settings.secrets, "pseudonym.key")),
        vault=MasterVault(read_hex_key(settings.secrets, "master.key")),
        now=now,
        zone=ZoneInfo(region.timezone),
        new_id=lambda at: time_id(at, os.urandom(TAIL_BYTES)),
    )
    pool = await open_pool(settings.keys_address, SCHEMA)
    keys = KeyStore(pool)
    units = StoredUnits(runtime.pool, runtime.region, now, keys)
    edge = Edge(desk, units, Gathering(units, now), runtime.region)
    forget = Loop([forgetting(runtime.pool, now)], FORGET_SECONDS)

    def unit_over(connection: Connection) -> StoredUnit:
        return StoredUnit(connection, runtime.region, now, keys)

    specs = [receipts_spec(runtime.region, unit_over), corrections_spec(runtime.region, unit_over)]
    if region.hub and settings.catalogue is not None:
        specs.append(handover_spec(Post(desk, _seals(settings), region.code), unit_over))
    if region.succeeds is not None:
        specs.append(arrival_spec(Post(desk, _seals(settings), region.code), unit_over))
    return Service(
        "declaration",
        {"worker": [runtime.worker(spec) for spec in specs], "relay": [runtime.relay()], "timer": [forget]},
        routers=[router(edge)],
        bodies=BODIES,
        checks=[Check("keys", lambda: pool.fetchval("SELECT 1"))],
        closing=[pool.close],
    )


def _seals(settings: Settings) -> IntakeSeals:
    """Seals to other regions by the catalogue. Raises SettingsError."""
    if settings.catalogue is None:
        raise SettingsError("HC_CATALOGUE is missing: a region that takes people over answers by it")
    own = ECKey.import_key(json.loads(read_key(settings.secrets, "intake.jwk")))
    try:
        return IntakeSeals(Watched(settings.catalogue, json.loads), own)
    except (OSError, ValueError):
        raise SettingsError(f"HC_CATALOGUE: {settings.catalogue} cannot be read") from None


async def prepare(settings: ChassisSettings) -> None:
    """Bring the database of keys up to date; where it lies beside the data, make it. Raises MigrationError."""
    if not isinstance(settings, Settings):
        raise SettingsError("the declaration service is built with its own settings")
    if settings.keys_url is None:
        try:
            await ensure_database(settings.database_url, settings.keys_database)
        except asyncpg.InsufficientPrivilegeError:
            raise MigrationError(
                f"the database {settings.keys_database} is missing and may not be made here:"
                " create it, or set HC_KEYS_URL to another server"
            ) from None
    await migrate(settings.keys_address, SCHEMA, MIGRATIONS / "keys")


MIGRATIONS: Final = Path(__file__).parent / "migrations"
BLUEPRINT: Final = Blueprint("declaration", MIGRATIONS, build, Settings, prepare=prepare, restored=RESTORED)
