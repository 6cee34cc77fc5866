"""Parked subjects over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from chassis.http.auth import Principal
from chassis.http.idempotency import IdempotencyKey, idempotency_key
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.ops import acts, parked
from chassis.ops.caller import OPERATOR
from chassis.ops.content import content
from chassis.ops.deed import deed
from chassis.ops.desk import OpsDesk
from chassis.ops.models import (
    MOST,
    Drop,
    Dropped,
    ParkedOut,
    ParkedPage,
    ParkedRecordOut,
    ParkedShown,
    Purpose,
    Release,
    Released,
)
from chassis.postgres.pool import Connection
from chassis.stream.model import Committed, StreamSpec

Caller = Annotated[Principal, OPERATOR]
Key = Annotated[IdempotencyKey | None, Depends(idempotency_key)]
KeyHash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the key")]
SUBJECT = "/parked/{consumer}/{key_hash}"


def add_parked_routes(routes: APIRouter, desk: OpsDesk) -> None:
    """List, show, release, drop."""

    @routes.get("/parked", summary="Subjects whose records wait", dependencies=[OPERATOR])
    async def subjects(
        consumer: Annotated[str | None, Query(max_length=64)] = None,
        cursor: Annotated[int, Query(ge=0, le=2**62)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> ParkedPage:
        rows = await parked.subjects(desk.pool, consumer, cursor, limit + 1)
        following = rows[limit - 1]["first"] if len(rows) > limit else None
        return ParkedPage(subjects=[ParkedOut.model_validate(dict(row)) for row in rows[:limit]], next=following)

    @routes.post(SUBJECT + "/show", summary="A subject's first records; that they were looked at is on record")
    async def show(consumer: str, key_hash: KeyHash, purpose: Purpose, caller: Caller) -> ParkedShown:
        async with desk.begin() as connection:
            rows = await parked.records(connection, _spec(desk, consumer).consumer, key_hash, MOST)
            if not rows:
                raise Problem(NOT_FOUND)
            operator = acts.Operator(caller.sub, caller.client_id, purpose.purpose)
            await acts.begin(connection, operator, "parked.show", [f"{consumer}/{key_hash}"])
        return ParkedShown(
            records=[
                ParkedRecordOut(
                    place=f"{row['topic']}/{row['partition']}/{row['record_offset']}",
                    reason=row["reason"],
                    parked_at=row["parked_at"],
                    content=content(parked.record_of(row), personal=desk.personal(row["topic"])),
                )
                for row in rows
            ]
        )

    @routes.post(SUBJECT + "/release", summary="Handle a subject's records in order", response_model=Released)
    async def release(consumer: str, key_hash: KeyHash, body: Release, caller: Caller, key: Key) -> Response:
        spec = _spec(desk, consumer)
        after: list[Committed] = []

        async def work(connection: Connection, _act: int) -> Released:
            if not await parked.records(connection, consumer, key_hash, 1):
                raise Problem(NOT_FOUND)
            found = await parked.release(connection, desk.service, spec, key_hash, body.after, after)
            return Released.model_validate(found)

        act = ("parked.release", [f"{consumer}/{key_hash}"], body.reason)
        return await deed(desk, caller, key, act, work, after)

    @routes.post(SUBJECT + "/drop", summary="Forget a subject's first record, or all", response_model=Dropped)
    async def drop(consumer: str, key_hash: KeyHash, body: Drop, caller: Caller, key: Key) -> Response:
        spec = _spec(desk, consumer)

        async def work(connection: Connection, _act: int) -> Dropped:
            first_only = body.records == "first"
            places = await parked.drop(connection, spec.consumer, key_hash, first_only=first_only)
            if not places:
                raise Problem(NOT_FOUND)
            return Dropped(places=places)

        return await deed(desk, caller, key, ("parked.drop", [f"{consumer}/{key_hash}"], body.reason), work)


def _spec(desk: OpsDesk, consumer: str) -> StreamSpec:
    if consumer not in desk.specs:
        raise Problem(NOT_FOUND)
    return desk.specs[consumer]
