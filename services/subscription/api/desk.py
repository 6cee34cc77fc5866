"""What the routes are built from, and a write that is done once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Path
from pydantic import BaseModel
from starlette.responses import Response

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.idempotency import IdempotencyKey, Stored, claim, complete, idempotency_key
from chassis.http.problems import Problem
from chassis.postgres.pool import Connection, Pool
from healthcode.identity import InvalidIdNumber
from healthcode.two_officers import Officer
from healthcode.values import IdType
from services.subscription.api.problems import IDENTITY_UNVERIFIED, NO_ACCOUNT, OFFICER_UNVERIFIED, as_problems
from services.subscription.ports import Feed, Name, Registry

Key = Annotated[IdempotencyKey | None, Depends(idempotency_key)]
ClientId = Annotated[
    str,
    Path(
        pattern="^[a-z2-7]{13}$", examples=["k3v7q2m5x6aab"], description="a client's id, as `POST /v1/clients` gave it"
    ),
]
Integrator = Annotated[Principal, Depends(requires("integrator", own_region=True))]
OfficerCaller = Annotated[Principal, Depends(requires("officer", own_region=True))]
Citizen = Annotated[Principal, Depends(requires("citizen"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Stores, ids and keys; made by bootstrap."""

    region: str
    clock: Clock
    ids: Callable[[], str]
    new_client: Callable[[], str]
    pool: Pool
    registry: Callable[[Connection], Registry]
    feed: Callable[[Connection], Feed]
    subject_of: Callable[[IdType, str], str]
    name: Name

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """A transaction that commits when left without an error."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection

    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    async def once(
        self,
        caller: Principal,
        key: IdempotencyKey | None,
        status: int,
        work: Callable[[Connection], Awaitable[BaseModel]],
    ) -> Response:
        """Do a write in one transaction, once for an Idempotency-Key; a refused one leaves nothing behind."""
        with as_problems():
            async with self.begin() as connection:
                stored = await claim(connection, caller.client, key, self.now()) if key else None
                if stored is not None:
                    return stored.response()
                answer = Stored(status, (await work(connection)).model_dump_json().encode())
                if key:
                    await complete(connection, caller.client, key, answer)
        return answer.response(replayed=False)

    def subject(self, caller: Principal) -> str:
        """The caller's own pseudonym, by the document that the identity provider has checked; 403 without one."""
        try:
            return self.subject_of(IdType(caller.id_type or ""), caller.id_number or "")
        except (InvalidIdNumber, ValueError):
            raise Problem(IDENTITY_UNVERIFIED) from None


def account_of(caller: Principal) -> str:
    """The client that a token was given to; 403 for a token of none."""
    if not caller.client_id:
        raise Problem(NO_ACCOUNT)
    return caller.client_id


def officer_of(caller: Principal) -> Officer:
    """The officer behind an account: a verified person who acts for an authority; 403 for others."""
    if not caller.person or not caller.authority:
        raise Problem(OFFICER_UNVERIFIED)
    return Officer(caller.sub, caller.person, caller.authority)
