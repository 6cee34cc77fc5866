"""Wires the audit."""

import json
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from joserfc.jwk import ECKey

from chassis.documents import read_yaml
from chassis.keys import read_key
from chassis.run import Blueprint, Component, Runtime, Service
from chassis.settings import SettingsError
from healthcode.region import Region, region_from
from services.audit.bootstrap.folder import read_policies
from services.audit.bootstrap.routers import body_rules, routes_of
from services.audit.bootstrap.stores import (
    arrival_store,
    correction_store,
    entry_stores,
    migration_store,
    new_id,
    pseudonymiser,
    source_books,
)
from services.audit.bootstrap.timers import migration_part, sweep_part, timer_parts
from services.audit.config import Settings
from services.audit.domain import PolicySet
from services.audit.handlers.policy import Book
from services.audit.handlers.review import Judge
from services.audit.store.restored import RESTORED
from services.audit.store.review import PostgresReviewStore
from services.audit.store.seal import PostgresSealStore
from services.audit.stream.correction import correction_spec
from services.audit.stream.intake import area_spec, listing_spec, test_spec
from services.audit.stream.migration import answer_spec, arrival_spec, passing
from services.audit.stream.person import PersonReader
from services.audit.stream.review import review_spec
from services.audit.stream.seal import countersigned_spec
from services.audit.stream.source import source_spec


async def build(runtime: Runtime) -> Service:
    """The audit of a region. Raises DocumentError or SettingsError: what it cannot run on."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("the audit is built with its own settings")
    folder = settings.regions / settings.region
    region = region_from(read_yaml(folder / "region.yaml"))
    found, digest = read_policies(folder / "policy", runtime.clock.now())
    book = Book(PolicySet(found), ZoneInfo(region.timezone))
    judge = Judge(book.base, book.timezone, new_id)
    worker = review_spec(
        region.code,
        judge,
        runtime.clock,
        partial(PostgresReviewStore, region=region.code),
        arrivals=region.succeeds is not None,
    )
    roles: dict[str, list[Component]] = {
        "worker": [runtime.worker(worker)],
        "intake": intake_parts(runtime, settings, region),
        "timer": [*timer_parts(runtime, settings, book, digest), sweep_part(runtime, settings, judge)],
        "relay": [runtime.relay()],
    }
    if region.hub:
        roles["timer"] = [*roles["timer"], migration_part(runtime, settings)]
    return Service("audit", roles, routes_of(runtime, settings, judge, book, region), bodies=body_rules())


def intake_parts(runtime: Runtime, settings: Settings, region: Region) -> list[Component]:
    """One worker for each topic of outsiders, so that a paused one holds nothing else up."""
    reader = PersonReader(
        ECKey.import_key(json.loads(read_key(settings.secrets, "intake.jwk"))), pseudonymiser(settings)
    )
    listings, tests, areas = entry_stores(runtime)
    outsiders = [
        listing_spec(runtime.region, runtime.clock, reader, listings),
        test_spec(runtime.region, runtime.clock, reader, tests),
        area_spec(runtime.region, runtime.clock, areas),
    ]
    if region.adopts is not None:
        # While another region's audit judges, what outsiders write here is for that one: recognition feeds it there.
        outsiders = [passing(spec) for spec in outsiders]
    if region.hub:
        outsiders.append(source_spec(runtime.region, runtime.clock, reader, partial(source_books, runtime), new_id))
        outsiders.append(answer_spec(runtime.region, partial(migration_store, runtime)))
    if region.succeeds is not None:
        outsiders.append(arrival_spec(runtime.region, runtime.clock, partial(arrival_store, runtime), new_id))
    return [
        *(runtime.worker(spec) for spec in outsiders),
        runtime.worker(correction_spec(runtime.region, partial(correction_store, runtime), runtime.clock, new_id)),
        runtime.worker(countersigned_spec(runtime.region, partial(PostgresSealStore, region=runtime.region))),
    ]


BLUEPRINT: Final = Blueprint("audit", Path(__file__).parents[1] / "migrations", build, Settings, restored=RESTORED)
