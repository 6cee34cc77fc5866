"""What officers do with clients: two let them in, one may hold them or put them out, and everything is on record."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from chassis.http.auth import Principal
from chassis.postgres.pool import Connection
from healthcode.two_officers import standing
from services.subscription.api.desk import ClientId, Desk, Key, OfficerCaller, officer_of
from services.subscription.api.models import (
    ClientOut,
    ClientPage,
    NoteIn,
    ProposalList,
    ProposalOut,
    Record,
    TermsIn,
    WhyIn,
)
from services.subscription.api.problems import as_problems
from services.subscription.api.render import act_out, client_out, language, proposal_out
from services.subscription.domain import Client, Terms
from services.subscription.handlers.client import approve, locked, propose, reject, revoke, suspend

MOST = 100
ProposalId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=["0190f3c2a0b14d5e8f6a7b8c9d0e1f2a"])]
Cursor = Annotated[str, Query(pattern="^[a-z2-7]{0,13}$", description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MOST)]


def router(desk: Desk) -> APIRouter:
    """`/v1/clients` as officers use it."""
    routes = APIRouter(prefix="/v1/clients", tags=["apply to use codes"])
    _add_reading(routes, desk)
    _add_proposals(routes, desk)
    _add_stops(routes, desk)
    return routes


def _add_reading(routes: APIRouter, desk: Desk) -> None:
    @routes.get("", summary="All clients")
    async def read_clients(_: OfficerCaller, request: Request, cursor: Cursor = "", limit: Limit = 20) -> ClientPage:
        """By their ids, whatever they may do."""
        async with desk.begin() as connection:
            found = await desk.registry(connection).page(cursor, limit + 1)
        items = [client_out(client, desk.region, language(request)) for client in found[:limit]]
        return ClientPage(items=items, next=found[limit - 1].id if len(found) > limit else None)

    @routes.get("/{client}", summary="One client")
    async def read_client(client: ClientId, _: OfficerCaller, request: Request) -> ClientOut:
        """As it stands."""
        with as_problems():
            async with desk.begin() as connection:
                found = await locked(desk.registry(connection), client)
        return client_out(found, desk.region, language(request))

    @routes.get("/{client}/record", summary="What became of a client")
    async def read_record(client: ClientId, _: OfficerCaller, limit: Limit = MOST) -> Record:
        """Who did what, when and why, newest first."""
        with as_problems():
            async with desk.begin() as connection:
                registry = desk.registry(connection)
                await locked(registry, client)
                acts = await registry.acts(client, limit)
        return Record(items=[act_out(act) for act in acts])


def _add_proposals(routes: APIRouter, desk: Desk) -> None:
    path = "/{client}/proposals"

    @routes.post(path, status_code=202, response_model=ProposalOut, summary="Propose what a client is granted")
    async def propose_terms(client: ClientId, caller: OfficerCaller, said: TermsIn, key: Key) -> Response:
        """The first time, to renew or change it, or to let one go on that was suspended; another person approves."""
        officer = officer_of(caller)
        terms = Terms(
            scopes=tuple(dict.fromkeys(said.scopes)),
            per_day=said.per_day,
            per_second=said.per_second,
            expires_at=said.expires_at,
        )

        async def work(connection: Connection) -> ProposalOut:
            registry = desk.registry(connection)
            return proposal_out(await propose(registry, client, terms, said.why, officer, desk.now(), desk.ids()))

        return await desk.once(caller, key, 202, work)

    @routes.get(path, summary="What was proposed for a client")
    async def read_proposals(client: ClientId, _: OfficerCaller, limit: Limit = 20) -> ProposalList:
        """Newest first."""
        with as_problems():
            async with desk.begin() as connection:
                registry = desk.registry(connection)
                await locked(registry, client)
                found = await registry.proposals(client, limit)
        return ProposalList(items=[proposal_out(standing(each, desk.now())) for each in found])

    @routes.post(path + "/{proposal}/approval", response_model=ProposalOut, summary="Approve, as another person")
    async def approve_terms(
        client: ClientId, proposal: ProposalId, caller: OfficerCaller, said: NoteIn, key: Key
    ) -> Response:
        """The client is let in within seconds."""
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            registry = desk.registry(connection)
            return proposal_out(await approve(registry, client, proposal, officer, said.note, desk.now()))

        return await desk.once(caller, key, 200, work)

    @routes.post(path + "/{proposal}/rejection", response_model=ProposalOut, summary="Turn down, or take back")
    async def reject_terms(
        client: ClientId, proposal: ProposalId, caller: OfficerCaller, said: WhyIn, key: Key
    ) -> Response:
        """The client stands as before."""
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            registry = desk.registry(connection)
            return proposal_out(await reject(registry, client, proposal, officer, said.why, desk.now()))

        return await desk.once(caller, key, 200, work)


def _add_stops(routes: APIRouter, desk: Desk) -> None:
    async def stopped(
        client: str, caller: Principal, why: str, key: Key, request: Request, stop: Callable[..., Awaitable[Client]]
    ) -> Response:
        officer, lang = officer_of(caller), language(request)

        async def work(connection: Connection) -> ClientOut:
            after = await stop(desk.registry(connection), client, officer, why, desk.now())
            return client_out(after, desk.region, lang)

        return await desk.once(caller, key, 200, work)

    @routes.post("/{client}/suspension", response_model=ClientOut, summary="Let a client do nothing for now")
    async def suspend_client(
        client: ClientId, caller: OfficerCaller, said: WhyIn, key: Key, request: Request
    ) -> Response:
        """One officer is enough to stop; to go on takes new terms by two."""
        return await stopped(client, caller, said.why, key, request, suspend)

    @routes.post("/{client}/revocation", response_model=ClientOut, summary="Put a client out for good")
    async def revoke_client(
        client: ClientId, caller: OfficerCaller, said: WhyIn, key: Key, request: Request
    ) -> Response:
        """Or turn an application down. All that people let it see ends with it."""
        return await stopped(client, caller, said.why, key, request, revoke)
