"""The audit's routes."""

from functools import partial

from fastapi import APIRouter

from chassis.http.body import BodyRule
from chassis.postgres.pool import Connection
from chassis.run import Runtime
from healthcode.region import Region
from services.audit.api import (
    activation,
    area,
    bulk,
    correction,
    decision,
    finding,
    listing,
    migration,
    policy,
    proposal,
    replay,
    seal,
    simulation,
    storm,
    test,
    words,
)
from services.audit.api.intake import Desk
from services.audit.api.texts import Reasons
from services.audit.bootstrap.folder import read_retention
from services.audit.bootstrap.stores import (
    adopted_by,
    correction_store,
    entry_stores,
    migration_store,
    new_id,
    policy_store,
    pseudonymiser,
    sealer_of,
    transaction,
)
from services.audit.config import Settings
from services.audit.handlers.policy import Book, standing_policies
from services.audit.handlers.review import Judge
from services.audit.ports.entry import Decision
from services.audit.ports.schedule import Storm
from services.audit.store.arrival import compared
from services.audit.store.entry import DECISIONS, PostgresEntryStore
from services.audit.store.finding import PostgresFindingStore
from services.audit.store.history import PostgresHistoryStore
from services.audit.store.proposal import PostgresProposalStore
from services.audit.store.schedule import PostgresScheduleStore
from services.audit.store.seal import PostgresSeals
from services.audit.store.simulation import PostgresSimulationStore


def routes_of(runtime: Runtime, settings: Settings, judge: Judge, book: Book, region: Region) -> list[APIRouter]:
    """All of them."""
    listings, tests, areas = entry_stores(runtime)
    desk = Desk(runtime.clock, new_id, pseudonymiser(settings), partial(transaction, runtime))

    async def storms(connection: Connection, before: int | None, limit: int) -> list[Storm]:
        return await PostgresScheduleStore(connection, runtime.region).storms(before, limit)

    reasons = Reasons.read(settings.regions / settings.region)
    history, days = PostgresHistoryStore(runtime.pool), read_retention(settings.regions / settings.region).findings
    policies = partial(policy_store, runtime)
    proposals = PostgresProposalStore

    async def rules(connection: Connection) -> frozenset[str]:
        return (await standing_policies(policies(connection), book)).rules

    def decisions(connection: Connection) -> PostgresEntryStore[Decision]:
        return PostgresEntryStore(connection, DECISIONS, runtime.region, runtime.clock.now())

    moving: list[APIRouter] = []
    migrations, adopted = partial(migration_store, runtime), adopted_by(settings)
    if region.hub:
        moving.append(migration.router(desk, proposals, migrations, lambda code: adopted(code) == runtime.region))
    if region.succeeds is not None:
        moving.append(migration.arrivals_router(partial(compared, runtime.pool)))
    return [
        *moving,
        storm.router(desk, storms),
        listing.router(desk, listing.kind(listings)),
        test.router(desk, test.kind(tests)),
        area.router(desk, area.kind(areas), proposals),
        finding.router(
            finding.Books(PostgresFindingStore(runtime.pool), history, judge, reasons, runtime.clock, days),
            pseudonymiser(settings),
        ),
        replay.router(history, PostgresFindingStore(runtime.pool), judge),
        seal.router(PostgresSeals(runtime.pool), sealer_of(settings), pseudonymiser(settings)),
        policy.router(desk, policies, book, reasons.keys),
        words.router(desk, policies, book, reasons),
        activation.router(desk, proposals, policies, book, reasons.keys),
        simulation.router(desk, simulation.Trials(PostgresSimulationStore, policies, areas, book, reasons.keys)),
        decision.router(desk, proposals, decisions, rules, reasons.keys),
        correction.router(desk, correction.Books(partial(correction_store, runtime), listings, tests, proposals)),
        proposal.router(
            desk,
            proposals,
            proposal.together(
                decision.applies_over(decisions, rules, reasons.keys),
                activation.applies_over(policies, book, reasons.keys),
                area.applies_over(areas),
                migration.applies_over(migrations),
            ),
        ),
    ]


def body_rules() -> dict[str, BodyRule]:
    """The routes that take bodies of their own size."""
    return {f"{path}/bulk": bulk.RULE for path in (listing.PATH, test.PATH, area.PATH)}
