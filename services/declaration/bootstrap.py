"""The one place that wires the service."""

import os
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.documents import read_yaml
from chassis.http.idempotency import FORGET_SECONDS, forgetting
from chassis.keys import read_hex_key
from chassis.loop import Loop
from chassis.postgres.pool import Connection
from chassis.run import Blueprint, Runtime, Service
from healthcode.pseudonym import subject_of
from healthcode.region import region_from
from services.declaration.api import BODIES, Edge, router
from services.declaration.domain.ids import TAIL_BYTES, time_id
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.gathering import Gathering
from services.declaration.store.unit import StoredUnit, StoredUnits
from services.declaration.store.vault import MasterVault
from services.declaration.stream import corrections_spec, receipts_spec


async def build(runtime: Runtime) -> Service:
    """The service from its parts. Raises SettingsError or DocumentError when keys or the region's data are missing."""
    settings, now = runtime.settings, runtime.clock.now
    region = region_from(read_yaml(settings.regions / runtime.region / "region.yaml"))
    desk = Desk(
        subject_of=partial(subject_of, read_hex_key(settings.secrets, "pseudonym.key")),
        vault=MasterVault(read_hex_key(settings.secrets, "master.key")),
        now=now,
        zone=ZoneInfo(region.timezone),
        new_id=lambda at: time_id(at, os.urandom(TAIL_BYTES)),
    )
    units = StoredUnits(runtime.pool, runtime.region, now)
    edge = Edge(desk, units, Gathering(units, now), runtime.region)
    forget = Loop([forgetting(runtime.pool, now)], FORGET_SECONDS)

    def unit_over(connection: Connection) -> StoredUnit:
        return StoredUnit(connection, runtime.region, now)

    specs = [receipts_spec(runtime.region, unit_over), corrections_spec(runtime.region, unit_over)]
    return Service(
        "declaration",
        {"worker": [runtime.worker(spec) for spec in specs], "relay": [runtime.relay()], "timer": [forget]},
        routers=[router(edge)],
        bodies=BODIES,
    )


BLUEPRINT: Final = Blueprint("declaration", Path(__file__).parent / "migrations", build)
