"""Wires the issuer."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.backlog import held_back, outbox_of
from chassis.documents import read_yaml
from chassis.loop import Loop
from chassis.postgres.pool import Connection
from chassis.run import Blueprint, Component, Runtime, Service
from chassis.settings import SettingsError
from chassis.stream.model import StreamSpec
from healthcode.region import Region, region_from
from services.issuer.api import PANELS, Deps, routers
from services.issuer.bootstrap.deps import deps_of, new_id
from services.issuer.config import Settings
from services.issuer.domain import Lifetime
from services.issuer.handlers.reissue import Press
from services.issuer.store.abroad import PostgresListsAbroad
from services.issuer.store.clients import PostgresClientBook, PostgresGrants
from services.issuer.store.family import PostgresFamily
from services.issuer.store.ledger import PostgresLedger
from services.issuer.store.lookups import PostgresLookupLog
from services.issuer.store.places import PostgresPasses
from services.issuer.store.restored import RESTORED
from services.issuer.store.scans import PostgresHolders
from services.issuer.store.tally import Tally, show
from services.issuer.stream.abroad import fetching
from services.issuer.stream.clients import clients_spec
from services.issuer.stream.family import family_spec
from services.issuer.stream.findings import findings_spec
from services.issuer.stream.holders import holders_spec
from services.issuer.stream.keys import TURN_SECONDS, forgetting_replacements, reissuing
from services.issuer.stream.moved import moved_spec
from services.issuer.stream.timer import (
    expiring,
    forgetting,
    forgetting_days,
    forgetting_lookups,
    forgetting_passes,
)


async def build(runtime: Runtime) -> Service:
    """The issuer of a region."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("the issuer is built with its own settings")
    region = region_from(read_yaml(settings.regions / settings.region / "region.yaml"))
    deps = deps_of(runtime, settings, region)
    roles: dict[str, list[Component]] = {
        "worker": [runtime.worker(spec) for spec in _specs(runtime, region)],
        "relay": [runtime.relay()],
        "timer": _timers(runtime, settings, deps),
    }
    return Service("issuer", roles, routers(deps), panels=PANELS)


def _specs(runtime: Runtime, region: Region) -> list[StreamSpec]:
    """What the workers consume."""
    lifetime = Lifetime(region.code_days, ZoneInfo(region.timezone))

    def ledger_over(connection: Connection) -> PostgresLedger:
        return PostgresLedger(connection, region.code)

    return [
        findings_spec(region.code, ledger_over, lifetime, runtime.clock, new_id),
        clients_spec(region.code, PostgresClientBook),
        family_spec(region.code, PostgresFamily, runtime.clock),
        holders_spec(region.code, partial(PostgresHolders, region=region.code), runtime.clock),
        *([moved_spec(region.code, ledger_over, runtime.clock, new_id)] if region.hub else []),
    ]


def _timers(runtime: Runtime, settings: Settings, deps: Deps) -> list[Component]:
    """What time does, lists that are fetched, and the making anew of what a revoked key signed."""
    pool, clock = runtime.pool, runtime.clock

    async def count_colors() -> bool:
        async with pool.acquire() as connection, connection.transaction():
            people = await Tally(connection).sum_up()
        show(people)
        return False

    steps = [
        held_back("issuer expiry", outbox_of(pool), expiring(deps.ledgers, clock, new_id)),
        forgetting(deps.credentials, clock),
        forgetting_lookups(PostgresLookupLog(pool), clock, timedelta(days=settings.issuer_lookup_days)),
        forgetting_days(PostgresGrants(pool), clock),
        forgetting_passes(PostgresPasses(pool), clock, timedelta(days=settings.issuer_pass_days)),
        forgetting_replacements(deps.reissues, clock),
        count_colors,
    ]
    lists = fetching(PostgresListsAbroad(pool), deps.keys.believed, settings.issuer_abroad, clock)
    press = Press(deps.signer, deps.places, deps.new_cti)
    remake = reissuing(deps.reissues, deps.keys, press, clock, settings.issuer_reissue_per_second)
    every = settings.issuer_timer_seconds
    return [Loop(steps, every), Loop([lists], every), Loop([remake], TURN_SECONDS)]


BLUEPRINT: Final = Blueprint("issuer", Path(__file__).parents[1] / "migrations", build, Settings, restored=RESTORED)
