"""Declarations, check-ins, trips, confirmations, and the receipts of all of them."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Response

from chassis import trace
from chassis.http.auth import Principal, requires
from chassis.http.idempotency import Stored
from services.declaration.api import examples
from services.declaration.api.answers import AcceptedAnswer, ReceiptAnswer
from services.declaration.api.edge import Edge, Key, claim_of
from services.declaration.api.models import (
    ID_PATTERN,
    CheckInModel,
    ConfirmationModel,
    DeclarationModel,
    TripModel,
)
from services.declaration.api.problems import explained
from services.declaration.domain.batch import Said
from services.declaration.domain.statement import Statement
from services.declaration.handlers import statement as handlers
from services.declaration.ports import Answer, Unit

Speaker = Annotated[Principal, Depends(requires("citizen", "counter"))]
Person = Annotated[Principal, Depends(requires("citizen"))]
Reader = Annotated[Principal, Depends(requires("citizen", "counter", "employer"))]
Ident = Annotated[str, Path(pattern=ID_PATTERN, description="the id that the acceptance gave")]


def statement_router(edge: Edge) -> APIRouter:
    """The routes of everything that a person states."""
    routes = APIRouter()

    async def stated(principal: Principal, key: Key, said: Said) -> Response:
        speech = handlers.Speech(edge.caller(principal), said, _accepted, claim_of(principal, key))
        with explained():
            outcome = await handlers.state(edge.desk, edge.units, edge.gathering, speech)
        return Stored(outcome.answer.status, outcome.answer.body).response(replayed=outcome.replayed)

    @routes.post(
        "/v1/declarations", status_code=202, response_model=AcceptedAnswer, summary="Declare health (健康申报)"
    )
    async def declare(
        principal: Speaker,
        key: Key,
        body: Annotated[DeclarationModel, Body(openapi_examples=examples.shown(examples.DECLARATION))],
    ) -> Response:
        """Both blocks of GB/T 38962-2020. Who vouches is decided by the login, never by the body.

        The person when the verified identity of the login is theirs; a registered guardian under `for`; a counter
        that saw the document; else nobody, until the person confirms it.
        """
        return await stated(principal, key, body.said())

    @routes.post("/v1/check-ins", status_code=202, response_model=AcceptedAnswer, summary="Check in today (每日打卡)")
    async def check_in(
        principal: Speaker,
        key: Key,
        body: Annotated[CheckInModel, Body(openapi_examples=examples.shown(examples.CHECK_IN))],
    ) -> Response:
        """One a day of the region's own calendar. A second one of the same day corrects the first: the later counts."""
        return await stated(principal, key, body.said())

    @routes.post("/v1/trips", status_code=202, response_model=AcceptedAnswer, summary="Declare a trip (行程申报)")
    async def trip(
        principal: Speaker,
        key: Key,
        body: Annotated[TripModel, Body(openapi_examples=examples.shown(examples.TRIP))],
    ) -> Response:
        """It begins within 60 days and lasts a year at most."""
        return await stated(principal, key, body.said())

    @routes.post(
        "/v1/declarations/{declaration_id}/confirmation",
        status_code=202,
        response_model=AcceptedAnswer,
        summary="Confirm or contest what another declared (本人确认)",
    )
    async def confirm(
        principal: Person,
        key: Key,
        declaration_id: Ident,
        body: Annotated[ConfirmationModel, Body(openapi_examples=examples.shown(examples.CONFIRMATION))],
    ) -> Response:
        """For the person concerned alone; of several answers the latest counts. Check-ins and trips go by this, too."""
        caller = edge.caller(principal)

        async def work(unit: Unit) -> AcceptedAnswer:
            return AcceptedAnswer.of(
                await handlers.confirm(edge.desk, unit, caller, declaration_id, agreed=body.agreed)
            )

        return await edge.write(principal, key, work)

    @routes.get(
        "/v1/declarations/{declaration_id}", response_model=ReceiptAnswer, summary="Read a receipt (查询受理进度)"
    )
    async def receipt(
        principal: Reader,
        declaration_id: Ident,
    ) -> Response:
        """How far a declaration, check-in, trip or confirmation has come; for who made it and the person concerned.

        Who declared for another without standing sees that stages were reached, but not that person's colors.
        """
        caller = edge.caller(principal)
        with explained():
            async with edge.units.begin() as unit:
                found = await handlers.receipt(unit, caller, declaration_id)
        return Response(ReceiptAnswer.of(found, caller).model_dump_json(), media_type="application/json")

    return routes


def _accepted(statement: Statement) -> Answer:
    trace.sets_off(statement.subject)
    return Answer(202, AcceptedAnswer.of(statement).model_dump_json().encode())
