"""Guardians: seen by the person, allowed by them or by a counter, ended by either."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Response

from chassis.http.auth import Principal, requires
from services.declaration.api import examples
from services.declaration.api.answers import DependantAnswer, DependantsAnswer
from services.declaration.api.edge import Edge, Key
from services.declaration.api.guardian_models import ConsentModel, SightingModel
from services.declaration.api.models import ID_PATTERN
from services.declaration.api.problems import explained
from services.declaration.domain.dependant import Dependant
from services.declaration.domain.people import COUNTER
from services.declaration.handlers import guardianship as handlers
from services.declaration.ports import Unit

Citizen = Annotated[Principal, Depends(requires("citizen"))]
Counter = Annotated[Principal, Depends(requires(COUNTER, own_region=True))]
Ident = Annotated[str, Path(pattern=ID_PATTERN, description="the id of the registration")]


def guardian_router(edge: Edge) -> APIRouter:
    """The routes of guardians."""
    routes = APIRouter()

    def written(act: Callable[[Unit], Awaitable[Dependant]]) -> Callable[[Unit], Awaitable[DependantAnswer]]:
        async def work(unit: Unit) -> DependantAnswer:
            return DependantAnswer.of(await act(unit), None, edge.desk.today(edge.desk.now()))

        return work

    @routes.get("/v1/guardians", response_model=DependantsAnswer, summary="Who has registered me (我的监护人)")
    async def listed(principal: Citizen) -> Response:
        """Each by the name that they are known by here, masked; ended ones too."""
        with explained():
            async with edge.units.begin() as unit:
                known = await handlers.guardians(edge.desk, unit, edge.caller(principal))
        today = edge.desk.today(edge.desk.now())
        answer = DependantsAnswer(items=[DependantAnswer.of(each, name, today) for each, name in known])
        return Response(answer.model_dump_json(), media_type="application/json")

    @routes.post("/v1/guardians/{ident}/consent", response_model=DependantAnswer, summary="Let them show my code")
    async def consent(
        principal: Citizen,
        key: Key,
        ident: Ident,
        body: Annotated[ConsentModel, Body(openapi_examples=examples.shown(examples.CONSENT))],
    ) -> Response:
        """To the end of the day `until`, or until either of the two ends it."""
        caller = edge.caller(principal)
        work = written(lambda unit: handlers.consent(edge.desk, unit, caller, ident, body.until))
        return await edge.write(principal, key, work, status=200)

    @routes.post("/v1/guardians/{ident}/documents", response_model=DependantAnswer, summary="Both documents were seen")
    async def documents(
        principal: Counter,
        key: Key,
        ident: Ident,
        body: Annotated[SightingModel, Body(openapi_examples=examples.shown(examples.SIGHTING))],
    ) -> Response:
        """For a child, or for somebody who has no login. The numbers are not kept."""
        work = written(lambda unit: handlers.attest(edge.desk, unit, ident, body.sighting()))
        return await edge.write(principal, key, work, status=200)

    @routes.post("/v1/guardians/{ident}/end", response_model=DependantAnswer, summary="End it (解除监护登记)")
    async def end(principal: Citizen, key: Key, ident: Ident) -> Response:
        """By either of the two, at once: nothing is declared or shown under it any more."""
        caller = edge.caller(principal)
        work = written(lambda unit: handlers.end(edge.desk, unit, caller, ident))
        return await edge.write(principal, key, work, status=200)

    return routes
