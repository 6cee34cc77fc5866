"""The routes that every kind of entry has alike."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response, StreamingResponse

from chassis.http.auth import Principal
from chassis.http.idempotency import IdempotencyKey, idempotency_key
from chassis.http.rates import charge
from chassis.http.wording import language_of
from services.audit.api import bulk, intake
from services.audit.api.intake import PAGE, B, Desk, Kind, S, authority_of
from services.audit.api.models import BulkOut, EntryOut
from services.audit.ports.entry import R

Key = Annotated[IdempotencyKey | None, Depends(idempotency_key)]
Caller = Callable[..., Awaitable[Principal]]


def add_shared(routes: APIRouter, path: str, kind: Kind[B, R, S], desk: Desk, allowed: Caller) -> None:
    """Add bulk, withdrawal, and what reads under a path; `allowed` says who may use them."""

    @routes.post(path + "/bulk", openapi_extra=bulk.BODY, summary="Enter many at once")
    async def enter_many(
        request: Request,
        caller: Annotated[Principal, Depends(allowed)],
        key: Key,
        content_type: Annotated[str, Header()] = bulk.NDJSON,
        accept_language: Annotated[str, Header()] = "",
        *,
        preview: Annotated[bool, Query(description="say what would become of each line, and enter nothing")] = False,
    ) -> BulkOut:
        body = await request.body()
        charge(request, caller.client, body.count(b"\n"))
        media = content_type.partition(";")[0].strip().lower()
        language = language_of(accept_language)
        sent = bulk.Sent(body, media, preview)
        return await bulk.enter_all(kind, desk, sent, caller, key, language)

    add_reading(routes, path, kind, desk, allowed)

    @routes.post(path + "/{entry}/withdrawal", response_model=kind.out, summary="Withdraw an entry")
    async def withdraw(entry: str, caller: Annotated[Principal, Depends(allowed)], key: Key) -> Response:
        return await intake.withdraw(kind, desk, entry, caller, key)


def add_reading(routes: APIRouter, path: str, kind: Kind[B, R, S], desk: Desk, allowed: Caller) -> None:
    """Add export, list and one under a path."""

    @routes.get(
        path + "/export",
        summary="All of the authority's own entries, one in JSON on each line",
        response_class=StreamingResponse,
        responses={200: {"content": {bulk.NDJSON: {"schema": {"type": "string"}}}}},
    )
    async def export(caller: Annotated[Principal, Depends(allowed)]) -> StreamingResponse:
        return StreamingResponse(intake.export(kind, desk, authority_of(caller)), media_type=bulk.NDJSON)

    @routes.get(path, response_model=kind.page, summary="The authority's own entries")
    async def entries(
        caller: Annotated[Principal, Depends(allowed)],
        cursor: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    ) -> BaseModel:
        return await intake.page(kind, desk, authority_of(caller), cursor, limit)

    @routes.get(path + "/{entry}", response_model=kind.out, summary="One of the authority's own entries")
    async def show(entry: str, caller: Annotated[Principal, Depends(allowed)]) -> EntryOut:
        return await intake.show(kind, desk, entry, caller)
