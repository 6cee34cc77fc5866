"""Dead letters over HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from chassis.http.auth import Principal
from chassis.http.idempotency import IdempotencyKey, idempotency_key
from chassis.http.problems import Problem
from chassis.http.standard import INVALID, NOT_FOUND
from chassis.ops import acts
from chassis.ops.caller import OPERATOR
from chassis.ops.content import content
from chassis.ops.deed import deed
from chassis.ops.desk import OpsDesk
from chassis.ops.letters import Letter, LetterName
from chassis.ops.models import (
    MOST,
    Choice,
    LetterId,
    LetterOut,
    LetterPage,
    LetterShown,
    OutcomeOut,
    OutcomePage,
    Purpose,
)
from chassis.ops.paging import BadCursor, Page, first_places, page, places_of
from chassis.ops.problems import BAD_CURSOR
from chassis.ops.replay import Outcome, drop, replay
from chassis.postgres.pool import Connection
from chassis.stream.model import Committed

Caller = Annotated[Principal, OPERATOR]
Key = Annotated[IdempotencyKey | None, Depends(idempotency_key)]
Decide = Callable[[Connection, Sequence[Letter], int], Awaitable[list[Outcome]]]


def add_letter_routes(routes: APIRouter, desk: OpsDesk) -> None:
    """List, show, replay, drop."""

    @routes.get("/dead-letters", summary="Dead letters nobody has decided on", dependencies=[OPERATOR])
    async def dead_letters(
        topic: Annotated[str | None, Query(max_length=249)] = None,
        code: Annotated[str | None, Query(max_length=64, description="the letters' `reason`")] = None,
        cursor: Annotated[str | None, Query(max_length=4000)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> LetterPage:
        found = await _page(desk, topic, code, cursor, limit)
        return LetterPage(letters=[LetterOut.of(letter) for letter in found.letters], next=found.cursor)

    @routes.post("/dead-letters/{letter}/show", summary="One letter; that it was looked at, and why, is on record")
    async def show(letter: LetterId, purpose: Purpose, caller: Caller) -> LetterShown:
        found = await desk.box.find([LetterName.parse(letter)])
        if not found:
            raise Problem(NOT_FOUND)
        async with desk.begin() as connection:
            operator = acts.Operator(caller.sub, caller.client_id, purpose.purpose)
            await acts.begin(connection, operator, "dead-letter.show", [letter])
            still_open = bool(await acts.still_open(connection, found))
        shown = content(found[0].record, personal=desk.personal(found[0].topic))
        return LetterShown(letter=LetterOut.of(found[0]), open=still_open, content=shown)

    @routes.post("/dead-letters/replay", summary="Handle letters once more", response_model=OutcomePage)
    async def replay_letters(choice: Choice, caller: Caller, key: Key) -> Response:
        after: list[Committed] = []

        async def work(connection: Connection, letters: Sequence[Letter], act: int) -> list[Outcome]:
            return await replay(connection, desk, letters, act, after)

        return await _decide(desk, caller, key, "dead-letter.replay", choice, work, after)

    @routes.post("/dead-letters/drop", summary="Decide that nothing is to be done", response_model=OutcomePage)
    async def drop_letters(choice: Choice, caller: Caller, key: Key) -> Response:
        return await _decide(desk, caller, key, "dead-letter.drop", choice, drop)


async def _page(desk: OpsDesk, topic: str | None, code: str | None, cursor: str | None, limit: int) -> Page:
    try:
        places = places_of(desk, cursor) if cursor else await first_places(desk, topic)
    except BadCursor:
        raise Problem(BAD_CURSOR) from None
    return await page(desk, places, code, limit)


async def _decide(
    desk: OpsDesk,
    caller: Principal,
    key: IdempotencyKey | None,
    act: str,
    choice: Choice,
    decide: Decide,
    after: Sequence[Committed] = (),
) -> Response:
    """Decide on the chosen letters, all of one request in one transaction."""
    if (choice.letters is None) is not choice.all:
        raise Problem(INVALID)
    if choice.letters is not None:
        found = Page(await desk.box.find([LetterName.parse(name) for name in choice.letters]))
    else:
        found = await _page(desk, choice.topic, choice.code, choice.cursor, MOST)
    names = [letter.id for letter in found.letters]

    async def work(connection: Connection, number: int) -> OutcomePage:
        outcomes = await decide(connection, found.letters, number)
        return OutcomePage(
            act=number,
            outcomes=[OutcomeOut(id=each.letter.id, outcome=each.what, why=each.why) for each in outcomes],
            missing=[name for name in choice.letters or () if name not in names],
            looked_at=found.looked_at,
            left=found.left,
            next=found.cursor,
        )

    return await deed(desk, caller, key, (act, names, choice.reason), work, after)
