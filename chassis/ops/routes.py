"""The operators' routes of one service: `/v1/ops/<service>/…`, the same for each."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from chassis.http.auth import Principal
from chassis.http.idempotency import IdempotencyKey, idempotency_key
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.kafka.model import TopicPartition
from chassis.ops import acts, offsets
from chassis.ops.caller import OPERATOR
from chassis.ops.deed import deed
from chassis.ops.desk import OpsDesk
from chassis.ops.models import MOST, ActOut, ActPage, OffsetOut, Offsets, Resume
from chassis.ops.problems import OUTSIDE_LOG, WITHIN_LOG
from chassis.ops.routes_letters import add_letter_routes
from chassis.ops.routes_parked import add_parked_routes
from chassis.postgres.pool import Connection


class Services(BaseModel):
    """The services whose operations this server has."""

    services: list[str]


def ops_index(desks: Sequence[OpsDesk]) -> APIRouter:
    """`/v1/ops`: which services there are, for who wants to ask all of them."""
    routes = APIRouter(prefix="/v1/ops", tags=["operations"])

    @routes.get("", summary="The services that can be operated here", dependencies=[OPERATOR])
    async def services() -> Services:
        return Services(services=[desk.service for desk in desks])

    return routes


def ops_router(desk: OpsDesk) -> APIRouter:
    """All of them; the caller needs the role `ops` in this region."""
    routes = APIRouter(prefix=f"/v1/ops/{desk.service}", tags=[f"operations of {desk.service}"])
    add_letter_routes(routes, desk)
    add_parked_routes(routes, desk)
    _add_offset_routes(routes, desk)

    @routes.get("/acts", summary="What operators did: who, when, why", dependencies=[OPERATOR])
    async def done(
        cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> ActPage:
        rows = await acts.page(desk.pool, cursor, limit + 1)
        following = rows[limit - 1]["id"] if len(rows) > limit else None
        return ActPage(acts=[ActOut.model_validate(dict(row)) for row in rows[:limit]], next=following)

    return routes


def _add_offset_routes(routes: APIRouter, desk: OpsDesk) -> None:
    @routes.get("/offsets", summary="Where the consumers stand", dependencies=[OPERATOR])
    async def standing() -> Offsets:
        found = await offsets.standings(desk.pool, desk.specs.values(), desk.broker_of)
        return Offsets(offsets=[OffsetOut.model_validate(each) for each in found])

    @routes.post("/offsets/resume", summary="Let a held partition go on", response_model=OffsetOut)
    async def resume(
        body: Resume,
        caller: Annotated[Principal, OPERATOR],
        key: Annotated[IdempotencyKey | None, Depends(idempotency_key)],
    ) -> Response:
        spec, tp = desk.specs.get(body.consumer), TopicPartition(body.topic, body.partition)
        if spec is None or tp.topic not in (*spec.topics, *spec.background):
            raise Problem(NOT_FOUND)
        bounds = (await desk.broker_of(spec.lane).bounds(tp.topic)).get(tp)
        if bounds is None:
            raise Problem(NOT_FOUND)

        async def work(connection: Connection, _act: int) -> OffsetOut:
            try:
                return OffsetOut.model_validate(await offsets.resume(connection, spec, tp, bounds, body.to))
            except offsets.NothingToResume:
                raise Problem(NOT_FOUND) from None
            except offsets.OutsideLog as found:
                kind = WITHIN_LOG if isinstance(found, offsets.WithinLog) else OUTSIDE_LOG
                raise Problem(kind, extensions=_places(found.standing)) from None

        target = f"{body.consumer}/{tp.topic}/{tp.partition}"
        return await deed(desk, caller, key, ("offsets.resume", [target], body.reason), work)


def _places(standing: offsets.Standing) -> dict[str, int | None]:
    return {"position": standing.position, "begin": standing.begin, "end": standing.end}
