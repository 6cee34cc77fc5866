"""What people let clients see: asked, given, listed, taken back."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.postgres.pool import Connection
from services.subscription.api.desk import Citizen, ClientId, Desk, Key
from services.subscription.api.models import Card, ConsentIn, ConsentList, ConsentOut
from services.subscription.api.problems import as_problems
from services.subscription.api.render import card_of, consent_out, language
from services.subscription.handlers.client import UnknownClient
from services.subscription.handlers.consent import Agreed, give, withdraw


def router(desk: Desk) -> APIRouter:
    """`/v1/me/clients`."""
    routes = APIRouter(prefix="/v1/me/clients", tags=["who may see one's code"])

    @routes.get("", summary="Everybody who may see one's code")
    async def read_consents(caller: Citizen, request: Request) -> ConsentList:
        """With the name that each of them has of one, and no other has."""
        lang = language(request)
        async with desk.begin() as connection:
            found = await desk.feed(connection).page(desk.subject(caller))
        return ConsentList(items=[consent_out(consent, client, desk.name, lang) for consent, client in found])

    @routes.get("/{client}", summary="Who asks to see one's code")
    async def read_card(client: ClientId, _: Citizen, request: Request) -> Card:
        """Its name, what it is for and what it may do, before one agrees."""
        with as_problems():
            async with desk.begin() as connection:
                found = (await desk.feed(connection).clients([client])).get(client)
            if found is None or found.terms is None:
                raise UnknownClient
        return card_of(found, language(request))

    @routes.put("/{client}", response_model=ConsentOut, summary="Let a client see one's code")
    async def agree(client: ClientId, caller: Citizen, request: Request, said: ConsentIn, key: Key) -> Response:
        """Until a time; again: until another time. What it is told begins with the code as it stands."""
        subject, lang = desk.subject(caller), language(request)

        async def work(connection: Connection) -> ConsentOut:
            feed = desk.feed(connection)
            agreed = Agreed(subject, client, said.until, said.reference)
            consent, who = await give(feed, desk.name, agreed, desk.now(), desk.ids)
            return consent_out(consent, who, desk.name, lang)

        return await desk.once(caller, key, 200, work)

    @routes.delete("/{client}", status_code=204, summary="Let a client see nothing more")
    async def take_back(client: ClientId, caller: Citizen) -> Response:
        """At once; it is told that, and nothing else."""
        with as_problems():
            async with desk.begin() as connection:
                feed = desk.feed(connection)
                await withdraw(feed, desk.name, desk.subject(caller), client, desk.now(), desk.ids)
        return Response(status_code=204)

    return routes
