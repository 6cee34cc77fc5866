"""Apply to use codes: an integrator applies, and reads how that stands."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.postgres.pool import Connection
from services.subscription.api.desk import Desk, Integrator, Key, account_of
from services.subscription.api.models import ApplicationIn, ClientOut
from services.subscription.api.render import client_out, language
from services.subscription.domain import Application
from services.subscription.handlers.client import apply


def router(desk: Desk) -> APIRouter:
    """`/v1/clients` as integrators use it."""
    routes = APIRouter(prefix="/v1/clients", tags=["apply to use codes"])

    @routes.post("", status_code=201, response_model=ClientOut, summary="Apply to use codes")
    async def apply_for_codes(caller: Integrator, request: Request, said: ApplicationIn, key: Key) -> Response:
        """Two officers decide; the account of the token that this is sent with is the one that is let in."""
        account, lang = account_of(caller), language(request)
        wanted = tuple(dict.fromkeys(said.scopes))
        application = Application(name=said.name, contact=said.contact, purpose=said.purpose, wanted=wanted)

        async def work(connection: Connection) -> ClientOut:
            registry = desk.registry(connection)
            client = await apply(registry, application, account, caller.sub, desk.now(), desk.new_client())
            return client_out(client, desk.region, lang)

        return await desk.once(caller, key, 201, work)

    @routes.get("/own", summary="How one's own application stands")
    async def read_own(caller: Integrator, request: Request) -> ClientOut:
        """The client of the account that asks: what was granted, until when, and where its topic is."""
        async with desk.begin() as connection:
            client = await desk.registry(connection).of_account(account_of(caller))
        if client is None:
            raise Problem(NOT_FOUND)
        return client_out(client, desk.region, language(request))

    return routes
