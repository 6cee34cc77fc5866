"""Results of tests over HTTP."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.postgres.pool import Connection
from services.audit.api import intake
from services.audit.api.intake import Desk, Kind, Stamp
from services.audit.api.models import TestIn, TestOut, TestPage
from services.audit.api.routes import Key, add_shared
from services.audit.handlers.test import record_tests, withdraw_test
from services.audit.ports.entry import EntryStore, Test

PATH = "/v1/tests"
allowed = requires("laboratory", "officer", own_region=True)
Laboratory = Annotated[Principal, Depends(allowed)]


def draft(body: TestIn, stamp: Stamp, desk: Desk) -> Test:
    """The test that a body describes."""
    return Test(
        **stamp.fields,
        evidence=body.evidence,
        subject=desk.subject(body.person),
        kind=body.kind,
        result=body.result,
        sampled_at=body.sampled_at,
    )


def kind(store: Callable[[Connection], EntryStore[Test]]) -> Kind[TestIn, Test, EntryStore[Test]]:
    """The test as a kind of entry, over the stores that `store` opens."""
    return Kind(TestIn, TestOut, TestPage, draft, store, record_tests, withdraw_test)


def router(desk: Desk, kind: Kind[TestIn, Test, EntryStore[Test]]) -> APIRouter:
    """The routes of tests."""
    routes = APIRouter(tags=["tests"])

    @routes.post(PATH, status_code=201, response_model=TestOut, summary="Enter a result")
    async def create(body: TestIn, caller: Laboratory, key: Key) -> Response:
        return await intake.create(kind, desk, body, caller, key)

    @routes.put(PATH + "/{entry}", response_model=TestOut, summary="Change a result")
    async def change(entry: str, body: TestIn, caller: Laboratory, key: Key) -> Response:
        return await intake.change(kind, desk, entry, body, caller, key)

    add_shared(routes, PATH, kind, desk, allowed)
    return routes
