"""The audit's routes that take two officers or try a change, over a pool; and the officers who call them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from chassis.clock import Clock
from chassis.http.app import create_app
from chassis.postgres.pool import Connection, Pool
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.pseudonym import subject_of
from services.audit.api import activation, area, bulk, listing, policy, proposal, simulation
from services.audit.api.intake import Desk
from services.audit.api.texts import Reasons
from services.audit.domain import PolicySet, load_policy
from services.audit.handlers.policy import Book
from services.audit.handlers.simulation import Simulator
from services.audit.ports.entry import Listing
from services.audit.store.entry import AREAS, LISTINGS, PostgresAreaStore, PostgresEntryStore
from services.audit.store.policy import PostgresPolicyStore
from services.audit.store.proposal import PostgresProposalStore
from services.audit.store.simulation import PostgresSimulationStore

REGION: Final = "330000"
KEY: Final = bytes(32)
IDENTITY: Final = DemoIdentity()
FOLDER: Final = Path("regions") / REGION
HANGZHOU: Final = FOLDER / "policy" / "2020-02-11.yaml"
ZHEJIANG: Final = FOLDER / "policy" / "2020-06-15.yaml"
WHY: Final = "decided by the headquarters of the province"
STEP: Final = 7


def hangzhou() -> Book:
    """The region's files as they are before the summer."""
    return Book(PolicySet([load_policy(HANGZHOU.read_text("utf-8"), HANGZHOU.name)]), ZoneInfo("Asia/Shanghai"))


def token(person: str, role: str = "officer") -> str:
    """A token of a verified person of the one authority."""
    return IDENTITY.token(f"sub-{person}", roles=[role], authority="cdc-330100", region=REGION, person=person)


class AuditOffice:
    """The routes, and the step that takes a simulation on."""

    def __init__(self, pool: Pool, clock: Clock, book: Book) -> None:
        self.pool, self.clock, self.book = pool, clock, book
        self.simulator = Simulator(book, STEP)
        self.app = self._app()

    async def step(self) -> bool:
        """A step of the simulation."""
        return await self.simulator.step(partial(self._trying, readonly=True), self._trying, self.clock.now())

    async def tried(self) -> None:
        """Take the simulation to its end."""
        while await self.step():
            pass

    def client(self, person: str = "wang", role: str = "officer") -> httpx.AsyncClient:
        """A caller."""
        headers = {"authorization": f"Bearer {token(person, role)}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://audit", headers=headers)

    async def post(self, path: str, person: str = "wang", **body: Any) -> dict[str, Any]:
        """What a write answers that is accepted."""
        async with self.client(person) as client:
            answer = await client.post(path, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def approved(self, path: str, **body: Any) -> dict[str, Any]:
        """A proposal of one officer, approved by another."""
        found = await self.post(path, **body, why=WHY)
        return await self.post(f"{proposal.PATH}/{found['id']}/approval", "li")

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[Connection]:
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _trying(self, *, readonly: bool = False) -> AsyncIterator[PostgresSimulationStore]:
        async with self.pool.acquire() as connection, connection.transaction(readonly=readonly):
            yield PostgresSimulationStore(connection)

    def _app(self) -> FastAPI:
        numbers = count()
        desk = Desk(self.clock, lambda: f"id{next(numbers):04}", partial(subject_of, KEY), self._begin)
        reasons = Reasons.read(FOLDER).keys

        def areas(connection: Connection) -> PostgresAreaStore:
            return PostgresAreaStore(connection, AREAS, REGION, self.clock.now())

        def listings(connection: Connection) -> PostgresEntryStore[Listing]:
            return PostgresEntryStore(connection, LISTINGS, REGION, self.clock.now())

        def policies(connection: Connection) -> PostgresPolicyStore:
            return PostgresPolicyStore(connection, AREAS, REGION, self.clock.now())

        app = create_app(
            title="audit",
            version="0",
            settings=ChassisSettings(region=REGION, kafka_bootstrap="-", database_url="postgresql://-"),
            clock=self.clock,
            checks=[],
            authenticator=IDENTITY.authenticator(REGION),
            bodies={f"{path}/bulk": bulk.RULE for path in (area.PATH, listing.PATH)},
        )
        applies = proposal.together(activation.applies_over(policies, self.book, reasons), area.applies_over(areas))
        for router in (
            area.router(desk, area.kind(areas), PostgresProposalStore),
            listing.router(desk, listing.kind(listings)),
            policy.router(desk, policies, self.book, reasons),
            activation.router(desk, PostgresProposalStore, policies, self.book, reasons),
            simulation.router(desk, simulation.Trials(PostgresSimulationStore, policies, areas, self.book, reasons)),
            proposal.router(desk, PostgresProposalStore, applies),
        ):
            app.include_router(router)
        return app
