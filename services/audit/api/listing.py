"""Control lists over HTTP."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.postgres.pool import Connection
from services.audit.api import intake
from services.audit.api.intake import Desk, Kind, Stamp
from services.audit.api.models import ListingIn, ListingOut, ListingPage
from services.audit.api.routes import Key, add_shared
from services.audit.handlers.listing import record_listings, withdraw_listing
from services.audit.ports.entry import EntryStore, Listing

PATH = "/v1/lists/entries"
allowed = requires("officer", own_region=True)
Officer = Annotated[Principal, Depends(allowed)]


def draft(body: ListingIn, stamp: Stamp, desk: Desk) -> Listing:
    """The listing that a body describes."""
    return Listing(
        **stamp.fields,
        evidence=body.evidence,
        subject=desk.subject(body.person),
        category=body.category,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )


def kind(store: Callable[[Connection], EntryStore[Listing]]) -> Kind[ListingIn, Listing, EntryStore[Listing]]:
    """The listing as a kind of entry, over the stores that `store` opens."""
    return Kind(ListingIn, ListingOut, ListingPage, draft, store, record_listings, withdraw_listing)


def router(desk: Desk, kind: Kind[ListingIn, Listing, EntryStore[Listing]]) -> APIRouter:
    """The routes of control lists."""
    routes = APIRouter(tags=["control lists"])

    @routes.post(PATH, status_code=201, response_model=ListingOut, summary="Enter a person on a control list")
    async def create(body: ListingIn, caller: Officer, key: Key) -> Response:
        return await intake.create(kind, desk, body, caller, key)

    @routes.put(PATH + "/{entry}", response_model=ListingOut, summary="Change an entry")
    async def change(entry: str, body: ListingIn, caller: Officer, key: Key) -> Response:
        return await intake.change(kind, desk, entry, body, caller, key)

    add_shared(routes, PATH, kind, desk, allowed)
    return routes
