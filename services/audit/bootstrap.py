"""Wires the audit."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from joserfc.jwk import ECKey

from chassis.backlog import held_back, outbox_of
from chassis.documents import DocumentError, read_yaml
from chassis.http.body import BodyRule
from chassis.http.idempotency import FORGET_SECONDS, forgetting
from chassis.keys import read_hex_key, read_key
from chassis.loop import Loop, Once
from chassis.postgres.pool import Connection
from chassis.run import Blueprint, Component, Runtime, Service
from chassis.settings import SettingsError
from healthcode.pseudonym import subject_of
from healthcode.region import region_from
from services.audit.api import (
    activation,
    area,
    bulk,
    correction,
    decision,
    finding,
    listing,
    policy,
    proposal,
    simulation,
    storm,
    test,
)
from services.audit.api.intake import Desk
from services.audit.api.texts import Reasons
from services.audit.config import Settings
from services.audit.domain import NoPolicy, Policy, PolicyError, PolicySet, load_policies
from services.audit.handlers.correction import escalate_overdue
from services.audit.handlers.policy import Book, register_policies, standing_policies
from services.audit.handlers.review import Judge
from services.audit.handlers.simulation import Simulator
from services.audit.handlers.storm import advance_storms
from services.audit.handlers.timer import fire_timers
from services.audit.ports.entry import Decision, Listing, Pseudonymise, Test
from services.audit.ports.schedule import Pending, Storm
from services.audit.store.correction import PostgresCorrectionStore
from services.audit.store.entry import AREAS, DECISIONS, LISTINGS, TESTS, PostgresAreaStore, PostgresEntryStore
from services.audit.store.finding import PostgresFindingStore
from services.audit.store.policy import PostgresPolicyStore
from services.audit.store.proposal import PostgresProposalStore
from services.audit.store.restored import RESTORED
from services.audit.store.review import PostgresReviewStore
from services.audit.store.schedule import PostgresScheduleStore
from services.audit.store.simulation import PostgresSimulationStore
from services.audit.stream import measures
from services.audit.stream.correction import correction_spec
from services.audit.stream.intake import area_spec, listing_spec, test_spec
from services.audit.stream.person import PersonReader
from services.audit.stream.review import review_spec

OpenListings: TypeAlias = Callable[[Connection], PostgresEntryStore[Listing]]
OpenTests: TypeAlias = Callable[[Connection], PostgresEntryStore[Test]]
OpenAreas: TypeAlias = Callable[[Connection], PostgresAreaStore]


async def build(runtime: Runtime) -> Service:
    """The audit of a region. Raises DocumentError or SettingsError: what it cannot run on."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("the audit is built with its own settings")
    folder = settings.regions / settings.region
    region = region_from(read_yaml(folder / "region.yaml"))
    found, digest = read_policies(folder / "policy", runtime.clock.now())
    book = Book(PolicySet(found), ZoneInfo(region.timezone))
    judge = Judge(book.base, book.timezone, _new_id)
    worker = review_spec(region.code, judge, runtime.clock, partial(PostgresReviewStore, region=region.code))
    roles: dict[str, list[Component]] = {
        "worker": [runtime.worker(worker)],
        "intake": _intake(runtime, settings),
        "timer": _timers(runtime, settings, book, digest),
        "relay": [runtime.relay()],
    }
    return Service("audit", roles, _routers(runtime, settings, judge, book), bodies=_bodies())


def _stores(runtime: Runtime) -> tuple[OpenListings, OpenTests, OpenAreas]:
    """How the stores of entries are opened over a connection, with the time of their events."""

    def listings(connection: Connection) -> PostgresEntryStore[Listing]:
        return PostgresEntryStore(connection, LISTINGS, runtime.region, runtime.clock.now())

    def tests(connection: Connection) -> PostgresEntryStore[Test]:
        return PostgresEntryStore(connection, TESTS, runtime.region, runtime.clock.now())

    def areas(connection: Connection) -> PostgresAreaStore:
        return PostgresAreaStore(connection, AREAS, runtime.region, runtime.clock.now())

    return listings, tests, areas


def _intake(runtime: Runtime, settings: Settings) -> list[Component]:
    """One worker for each topic of outsiders, so that a paused one holds nothing else up."""
    reader = PersonReader(ECKey.import_key(json.loads(read_key(settings.secrets, "intake.jwk"))), _pseudonyms(settings))
    listings, tests, areas = _stores(runtime)
    return [
        runtime.worker(listing_spec(runtime.region, runtime.clock, reader, listings)),
        runtime.worker(test_spec(runtime.region, runtime.clock, reader, tests)),
        runtime.worker(area_spec(runtime.region, runtime.clock, areas)),
        runtime.worker(correction_spec(runtime.region, partial(_corrections, runtime), runtime.clock, _new_id)),
    ]


def _timers(runtime: Runtime, settings: Settings, book: Book, files: str) -> list[Component]:
    clock, region = runtime.clock, runtime.region

    async def timers() -> bool:
        async with _begin(runtime) as connection:
            store = PostgresScheduleStore(connection, region)
            return await fire_timers(store, clock.now(), settings.audit_timer_chunk, _new_id)

    async def storms() -> bool:
        async with _begin(runtime) as connection:
            store = PostgresScheduleStore(connection, region)
            return await advance_storms(store, clock.now(), settings.audit_storm_chunk, _new_id)

    async def pending(now: datetime) -> Pending:
        async with runtime.pool.acquire() as connection:
            return await PostgresScheduleStore(connection, region).pending(now)

    async def escalations() -> bool:
        async with _begin(runtime) as connection:
            store = _corrections(runtime, connection)
            return await escalate_overdue(store, clock.now(), settings.audit_timer_chunk, _new_id)

    async def register() -> None:
        async with _begin(runtime) as connection:
            await register_policies(_policies(runtime, connection), files, clock.now())

    simulator = Simulator(book, settings.audit_simulation_chunk)

    async def trial() -> bool:
        return await simulator.step(partial(_trying, runtime, readonly=True), partial(_trying, runtime), clock.now())

    return [
        Once(register),
        Loop([held_back("audit timers", outbox_of(runtime.pool), timers)], settings.audit_timer_seconds),
        Loop([storms], settings.audit_timer_seconds),
        Loop([measures.measuring(pending, clock)], measures.SECONDS),
        Loop([escalations], settings.audit_timer_seconds),
        Loop([trial], settings.audit_timer_seconds),
        Loop([forgetting(runtime.pool, clock.now)], FORGET_SECONDS),
    ]


def _routers(runtime: Runtime, settings: Settings, judge: Judge, book: Book) -> list[APIRouter]:
    listings, tests, areas = _stores(runtime)
    desk = Desk(runtime.clock, _new_id, _pseudonyms(settings), partial(_begin, runtime))

    async def storms(connection: Connection, before: int | None, limit: int) -> list[Storm]:
        return await PostgresScheduleStore(connection, runtime.region).storms(before, limit)

    reasons = Reasons.read(settings.regions / settings.region)
    policies = partial(_policies, runtime)
    proposals = PostgresProposalStore

    async def rules(connection: Connection) -> frozenset[str]:
        return (await standing_policies(policies(connection), book)).rules

    def decisions(connection: Connection) -> PostgresEntryStore[Decision]:
        return PostgresEntryStore(connection, DECISIONS, runtime.region, runtime.clock.now())

    return [
        storm.router(desk, storms),
        listing.router(desk, listing.kind(listings)),
        test.router(desk, test.kind(tests)),
        area.router(desk, area.kind(areas), proposals),
        finding.router(PostgresFindingStore(runtime.pool), judge, runtime.clock, reasons),
        policy.router(desk, policies, book, reasons.keys),
        activation.router(desk, proposals, policies, book, reasons.keys),
        simulation.router(desk, simulation.Trials(PostgresSimulationStore, policies, areas, book, reasons.keys)),
        decision.router(desk, proposals, decisions, rules, reasons.keys),
        correction.router(desk, correction.Books(partial(_corrections, runtime), listings, tests, proposals)),
        proposal.router(
            desk,
            proposals,
            proposal.together(
                decision.applies_over(decisions, rules, reasons.keys),
                activation.applies_over(policies, book, reasons.keys),
                area.applies_over(areas),
            ),
        ),
    ]


def _corrections(runtime: Runtime, connection: Connection) -> PostgresCorrectionStore:
    return PostgresCorrectionStore(connection, runtime.region, runtime.clock.now())


def _policies(runtime: Runtime, connection: Connection) -> PostgresPolicyStore:
    return PostgresPolicyStore(connection, AREAS, runtime.region, runtime.clock.now())


def _bodies() -> dict[str, BodyRule]:
    return {f"{path}/bulk": bulk.RULE for path in (listing.PATH, test.PATH, area.PATH)}


def _pseudonyms(settings: Settings) -> Pseudonymise:
    return partial(subject_of, read_hex_key(settings.secrets, "pseudonym.key"))


@asynccontextmanager
async def _begin(runtime: Runtime) -> AsyncIterator[Connection]:
    async with runtime.pool.acquire() as connection, connection.transaction():
        yield connection


@asynccontextmanager
async def _trying(runtime: Runtime, *, readonly: bool = False) -> AsyncIterator[PostgresSimulationStore]:
    async with runtime.pool.acquire() as connection, connection.transaction(readonly=readonly):
        yield PostgresSimulationStore(connection)


def read_policies(folder: Path, now: datetime) -> tuple[list[Policy], str]:
    """The policies of a folder, one of them in force now, and a digest of the files.

    Raises DocumentError that names file and line: without a policy that judges, every record would fail.
    """
    texts = {file: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    try:
        policies = load_policies({str(file): text for file, text in texts.items()})
        policies.at(now)
    except PolicyError as error:
        raise DocumentError(str(error)) from None
    except (NoPolicy, ValueError) as error:
        raise DocumentError(f"{folder}: {error}") from None
    return list(policies.policies), hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()


def _new_id() -> str:
    return token_hex(16)


BLUEPRINT: Final = Blueprint("audit", Path(__file__).parent / "migrations", build, Settings, restored=RESTORED)
