"""Wires recognition: only the parts that the region's data ask for.

A region that issues codes is an origin; the nation's is the hub; every other one is a destination.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.kafka.model import TopicSpec
from chassis.kafka.topics import Topics
from chassis.keys import read_hex_key, read_key
from chassis.loop import Loop
from chassis.postgres.pool import Connection
from chassis.postgres.transactions import Transactions
from chassis.run import NATIONAL, REGIONAL, Blueprint, Component, Runtime, Service
from chassis.settings import ChassisSettings, SettingsError
from healthcode.credential import Es256Key
from healthcode.pseudonym import subject_of
from healthcode.values import IdType
from services.recognition.api import Deps, catalogue_router, guest_router, trust_router
from services.recognition.api.watch import WatchDeps, watch_router
from services.recognition.bootstrap.ask import add_asking
from services.recognition.bootstrap.correction import add_corrections
from services.recognition.bootstrap.given import (
    read_encryption,
    read_others,
    read_region,
    read_signing,
    read_translation,
)
from services.recognition.bootstrap.links import link_parts
from services.recognition.bootstrap.membership import (
    as_it_counts,
    before_joining,
    covering,
    members_of,
    own_signer,
    retelling,
    standing_of,
    watched_catalogue,
)
from services.recognition.bootstrap.sharing import add_sharing, way_one
from services.recognition.bootstrap.wiring import OVER_BATCH, Parts, Wiring, new_handle, new_id
from services.recognition.config import Settings
from services.recognition.domain.guest import Host
from services.recognition.domain.home import Origin
from services.recognition.domain.sought import open_sought
from services.recognition.domain.token import sign_token
from services.recognition.domain.trust import trust_of
from services.recognition.handlers.asked import Asked
from services.recognition.handlers.guest import end_guests
from services.recognition.handlers.home import end_watches
from services.recognition.handlers.membership import Away, Hushed
from services.recognition.handlers.route import forget_routes
from services.recognition.handlers.seal import Notary
from services.recognition.handlers.trust import TrustLists
from services.recognition.ports import HomeStore
from services.recognition.store.guest import PostgresGuests
from services.recognition.store.home import PostgresHomes
from services.recognition.store.post import PostgresPost
from services.recognition.store.restored import RESTORED
from services.recognition.store.route import PostgresRoutes
from services.recognition.store.seal import PostgresSealBook
from services.recognition.store.silence import PostgresSilences
from services.recognition.store.views import PostgresViews
from services.recognition.stream.ask import holders_spec
from services.recognition.stream.crew import codes_of, crew_of
from services.recognition.stream.home import home_spec
from services.recognition.stream.national import asked_part, guest_part, hub_spec, left_part, told_spec
from services.recognition.stream.seal import countersigned_spec, notary_spec, sealed_spec
from services.recognition.stream.source import Carrier, served_specs

__all__ = ["BLUEPRINT", "build", "national_topics", "read_translation"]


async def build(runtime: Runtime) -> Service:
    """The recognition of a region. Raises SettingsError and DocumentError for what an operator has to mend."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("recognition is built with its own settings")
    region = read_region(settings)
    document, catalogue = watched_catalogue(settings)
    signer, translation = own_signer(settings, document()), read_translation(settings.regions, region)
    seen = as_it_counts(catalogue, Host(region.code, region.way, translation, new_id), runtime.clock)
    deps = Deps(runtime.clock, PostgresViews(runtime.pool), region.way, region.code, seen)
    shared = way_one(runtime, region, catalogue, signer)
    wiring = Wiring(runtime, settings, region, document, catalogue, signer, translation, deps, shared)
    parts = Parts(routers=[catalogue_router(document)])
    if "issuer" in region.services:
        _add_origin(wiring, parts)
    if "audit" in region.services:
        parts.workers += [
            runtime.worker(spec(region.code, PostgresSealBook)) for spec in (sealed_spec, countersigned_spec)
        ]
    carrier = Carrier(wiring.catalogue, wiring.signer, runtime.clock, PostgresPost)
    parts.workers += [runtime.worker(spec) for spec in served_specs(carrier, region, new_id)]
    if region.hub:
        _add_hub(wiring, parts)
    else:
        _add_destination(wiring, parts)
    links = link_parts(runtime, region, wiring.signer, document, catalogue)
    parts.workers += links.workers
    parts.steps += links.steps
    if "declaration" in region.services:
        add_corrections(wiring, parts)
    parts.workers.append(runtime.worker(told_spec(region.code, catalogue, runtime.clock, parts.told)))
    timer = Loop(parts.steps, settings.recognition_timer_seconds)
    national = runtime.relay(NATIONAL)
    workers, passing = before_joining(parts.workers, national, catalogue, region.code, runtime.clock)
    relays: list[Component] = [runtime.relay(REGIONAL), passing]
    return Service("recognition", {"worker": workers, "relay": relays, "timer": [timer]}, parts.routers)


def _add_origin(wiring: Wiring, parts: Parts) -> None:
    runtime, region = wiring.runtime, wiring.region
    origin = Origin(
        region=region.code,
        zone=ZoneInfo(region.timezone),
        translation=wiring.translation,
        serves=lambda code, now: wiring.catalogue.receives(region.code, code, now),
        ids=new_id,
        handles=new_handle,
        watches=region.watches,
    )

    sharing = wiring.way_one.at_home

    def away() -> Away:
        return standing_of(wiring.catalogue, region.code, runtime.clock.now())

    def store(connection: Connection) -> HomeStore:
        homes = PostgresHomes(connection, region.code, wiring.signer)
        plain = Hushed(homes, PostgresSilences(connection), region.code, away)
        return sharing.people(plain, connection) if sharing else plain

    homes = Transactions(runtime.pool, store)
    key = read_hex_key(wiring.settings.secrets, "pseudonym.key")

    def pseudonymise(id_type: IdType, number: str) -> str:
        return subject_of(key, id_type, number)

    async def step() -> bool:
        async with homes.begin() as home:
            return await end_watches(home, origin, runtime.clock.now(), OVER_BATCH)

    asked = Asked(origin, partial(open_sought, read_encryption(wiring.settings)), pseudonymise)
    parts.workers.append(runtime.worker(home_spec(origin, runtime.clock, store, sharing)))
    parts.workers.append(runtime.worker(holders_spec(origin, runtime.clock, store)))
    parts.told += [asked_part(asked, runtime.clock, store), left_part(origin, runtime.clock, store)]
    parts.steps += [step, retelling(runtime, store, origin, away)]
    key_of_ours = read_signing(wiring.settings)
    watching = WatchDeps(
        wiring.deps,
        pseudonymise,
        wiring.translation,
        read_others(wiring.settings.regions, region.code),
        lambda watch, holder, now: sign_token(key_of_ours, region.code, watch, holder, now),
    )
    parts.routers.append(watch_router(watching))
    if sharing:
        add_sharing(runtime, sharing, parts, pseudonymise)


def _add_hub(wiring: Wiring, parts: Parts) -> None:
    runtime = wiring.runtime

    def store(connection: Connection) -> PostgresRoutes:
        return PostgresRoutes(connection, wiring.signer)

    routes = Transactions(runtime.pool, store)

    async def step() -> bool:
        async with routes.begin() as route:
            return await forget_routes(route, runtime.clock.now(), OVER_BATCH)

    trust = Es256Key.from_pem(read_key(wiring.settings.secrets, "trust.pem"))
    notary = Notary(lambda now: trust_of(wiring.document(), now), trust)
    hub = partial(hub_spec, catalogue=wiring.catalogue, clock=runtime.clock, store=store)
    notaries = partial(notary_spec, notary=notary, clock=runtime.clock, store=PostgresSealBook)
    crews = (("hub", hub), ("notary", notaries))
    parts.workers += [crew_of(runtime, name, wiring.document, spec) for name, spec in crews]
    parts.routers.append(trust_router(TrustLists(wiring.document, trust, runtime.clock.now)))
    parts.routers.append(members_of(runtime, wiring.catalogue, wiring.document))
    parts.steps.append(step)


def _add_destination(wiring: Wiring, parts: Parts) -> None:
    runtime, region = wiring.runtime, wiring.region
    host, abroad = Host(region.code, region.way, wiring.translation, new_id), wiring.way_one.abroad

    def away() -> Away:
        return standing_of(wiring.catalogue, region.code, runtime.clock.now())

    def store(connection: Connection) -> PostgresGuests:
        return PostgresGuests(connection, region.code)

    guests = Transactions(runtime.pool, store)

    async def step() -> bool:
        async with guests.begin() as guest:
            desk = abroad.desk(guest.connection) if abroad else None
            return await end_guests(guest, host, runtime.clock.now(), OVER_BATCH, desk)

    parts.told.append(guest_part(host, runtime.clock, store, abroad))
    parts.steps += [step, covering(guests.begin, host, away, runtime.clock)]
    parts.routers.append(guest_router(wiring.deps))
    add_asking(wiring, parts, host)


def national_topics(settings: ChassisSettings, topics: Topics) -> Sequence[TopicSpec]:
    """What the hub creates on the national broker: the topics of each region that the catalogue holds."""
    if not read_region(settings).hub or not isinstance(settings, Settings):
        return ()
    document, _ = watched_catalogue(settings)
    return topics.for_nation(sorted(codes_of(document())))


BLUEPRINT: Final = Blueprint(
    "recognition",
    Path(__file__).parent.parent / "migrations",
    build,
    Settings,
    national_topics=national_topics,
    restored=RESTORED,
)
