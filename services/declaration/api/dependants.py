"""Dependants: registered and listed by their guardian."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Response

from chassis.http.auth import Principal, requires
from services.declaration.api import examples
from services.declaration.api.answers import DependantAnswer, DependantsAnswer
from services.declaration.api.edge import Edge, Key
from services.declaration.api.guardian_models import DependantModel
from services.declaration.api.problems import explained
from services.declaration.handlers import dependant as handlers
from services.declaration.ports import Unit

Guardian = Annotated[Principal, Depends(requires("citizen"))]


def dependant_router(edge: Edge) -> APIRouter:
    """The routes of dependants."""
    routes = APIRouter()

    @routes.post(
        "/v1/dependants", status_code=201, response_model=DependantAnswer, summary="Register a dependant (添加被监护人)"
    )
    async def register(
        principal: Guardian,
        key: Key,
        body: Annotated[DependantModel, Body(openapi_examples=examples.shown(examples.DEPENDANT))],
    ) -> Response:
        """From then on the guardian declares, checks in and travels for them under `for`. Again: renews it.

        It serves those who do not declare for themselves. Once the person declares under their own login, what the
        guardian states waits for their confirmation.
        """
        caller = edge.caller(principal)

        async def work(unit: Unit) -> DependantAnswer:
            dependant = await handlers.register(edge.desk, unit, caller, body.registering())
            return DependantAnswer.of(dependant, None, edge.desk.today(edge.desk.now()))

        return await edge.write(principal, key, work, status=201)

    @routes.get("/v1/dependants", response_model=DependantsAnswer, summary="List one's dependants (我的被监护人)")
    async def listed(principal: Guardian) -> Response:
        """The caller's own registrations, ended ones too."""
        caller = edge.caller(principal)
        with explained():
            async with edge.units.begin() as unit:
                known = await handlers.registered(edge.desk, unit, caller)
        today = edge.desk.today(edge.desk.now())
        answer = DependantsAnswer(items=[DependantAnswer.of(dependant, name, today) for dependant, name in known])
        return Response(answer.model_dump_json(), media_type="application/json")

    return routes
