"""Levels of areas over HTTP."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.postgres.pool import Connection
from services.audit.api import intake
from services.audit.api.intake import Desk, Kind, Stamp
from services.audit.api.models import AreaIn, AreaOut, AreaPage
from services.audit.api.routes import Key, add_shared
from services.audit.handlers.area import record_areas, withdraw_area
from services.audit.ports.entry import AreaLevel, AreaStore

PATH = "/v1/areas"
allowed = requires("officer", own_region=True)
Officer = Annotated[Principal, Depends(allowed)]


def draft(body: AreaIn, stamp: Stamp, _desk: Desk) -> AreaLevel:
    """The level that a body describes."""
    return AreaLevel(
        **stamp.fields,
        evidence=body.evidence,
        area=body.area,
        level=body.level,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )


def kind(store: Callable[[Connection], AreaStore]) -> Kind[AreaIn, AreaLevel, AreaStore]:
    """The area as a kind of entry, over the stores that `store` opens."""
    return Kind(AreaIn, AreaOut, AreaPage, draft, store, record_areas, withdraw_area)


def router(desk: Desk, kind: Kind[AreaIn, AreaLevel, AreaStore]) -> APIRouter:
    """The routes of areas; what is read of storms comes before the routes with an entry in them."""
    routes = APIRouter(tags=["areas"])

    @routes.post(PATH, status_code=201, response_model=AreaOut, summary="Enter an area's level")
    async def create(body: AreaIn, caller: Officer, key: Key) -> Response:
        return await intake.create(kind, desk, body, caller, key)

    @routes.put(PATH + "/{entry}", response_model=AreaOut, summary="Change an area's level")
    async def change(entry: str, body: AreaIn, caller: Officer, key: Key) -> Response:
        return await intake.change(kind, desk, entry, body, caller, key)

    add_shared(routes, PATH, kind, desk, allowed)
    return routes
