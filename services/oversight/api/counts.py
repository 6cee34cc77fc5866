"""Counts over HTTP."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, NamedTuple

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.http.body import Moment
from chassis.http.problems import FieldError, Problem
from chassis.http.standard import INVALID
from chassis.http.wording import field_text
from healthcode.values import Color
from services.oversight.api.deps import Deps, Reader, cursor_of, place_of
from services.oversight.api.models import CountOut, CountPage
from services.oversight.domain.count import Dimension, Kind
from services.oversight.ports import CountRow
from services.oversight.ports import Query as CountQuery

SIZES: Final = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
DAY: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=366)


class Place(NamedTuple):
    """Where a page of counts ends."""

    since: datetime
    area: str
    color: str
    value: str


By = Literal["area", "color", "rule", "cause", "source", "category", "previous"]
field_text(
    "one_dimension",
    "Name one of rule, cause, source, category and previous at most.",
    "rule、cause、source、category、previous 至多选一个。",
)
field_text("too_wide", "Ask for 366 days at most.", "最多查询 366 天。")
field_text("not_before", "`since` lies before `until`.", "since 须早于 until。")


class Asked(BaseModel):
    """Which counts."""

    kind: Kind = Field(Kind.CHANGED, description="what happened")
    since: Moment | None = Field(None, description="default: a day before `until`", examples=["2020-02-11T00:00:00Z"])
    until: Moment | None = Field(
        None, description="default: now, by the region's clock", examples=["2020-02-12T00:00:00Z"]
    )
    by: list[By] = Field(
        [],
        description="apart by these; of rule, cause, source, category and previous one",
        examples=[["rule", "color"]],
    )
    window: Literal["5m", "1h", "1d"] = Field("1h", description="the windows' size; days are the region's own")
    area: str | None = Field(None, pattern="^[0-9]{6}$", description="one prefecture alone", examples=["330100"])
    color: Color | None = None
    cursor: str | None = Field(None, max_length=500, description="`next` of the page before")
    limit: int = Field(100, ge=1, le=1000)


def router(deps: Deps) -> APIRouter:
    """`/v1/oversight/counts`."""
    routes = APIRouter(prefix="/v1/oversight", tags=["oversight"])

    @routes.get("/counts")
    async def list_counts(_: Reader, asked: Annotated[Asked, Query()]) -> CountPage:
        """How often something happened, by windows of event time; a change with two rules counts once under each."""
        now = deps.clock.now()
        until = asked.until or now
        query = CountQuery(
            kind=asked.kind,
            since=asked.since or until - DAY,
            until=until,
            size=SIZES[asked.window],
            origin=now.astimezone(deps.zone).replace(hour=0, minute=0, second=0, microsecond=0),
            by_area="area" in asked.by,
            by_color="color" in asked.by,
            dimension=_dimension(asked.by),
            area=asked.area,
            color=asked.color,
            after=place_of(asked.cursor, Place),
            limit=asked.limit + 1,
        )
        _check_span(query)
        rows = await deps.views.counts(query)
        return CountPage(
            items=[_out(row, query, now - deps.lateness) for row in rows[: asked.limit]],
            next=cursor_of(rows[asked.limit - 1][:4]) if len(rows) > asked.limit else None,
            as_of=await deps.views.latest(),
        )

    return routes


def _dimension(by: Sequence[By]) -> Dimension:
    chosen = [Dimension(name) for name in dict.fromkeys(by) if name not in ("area", "color")]
    if len(chosen) > 1:
        raise Problem(INVALID, errors=[FieldError("one_dimension", parameter="query:by")])
    return chosen[0] if chosen else Dimension.ALL


def _check_span(query: CountQuery) -> None:
    if query.since >= query.until:
        raise Problem(INVALID, errors=[FieldError("not_before", parameter="query:since")])
    if query.until - query.since > LONGEST:
        raise Problem(INVALID, errors=[FieldError("too_wide", parameter="query:since")])


def _out(row: CountRow, query: CountQuery, final: datetime) -> CountOut:
    return CountOut(
        since=row.since,
        until=row.since + query.size,
        area=row.area if query.by_area else None,
        color=row.color if query.by_color else None,
        value=row.value if query.dimension is not Dimension.ALL else None,
        count=row.n,
        final=row.since + query.size <= final,
    )
