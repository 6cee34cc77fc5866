"""How each connector is, and letting a held one go on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem, problem_type
from chassis.http.standard import NOT_FOUND
from services.connector.handlers.status import Office, fault_page, let_go, status_of

Officer = Annotated[Principal, Depends(requires("officer", "ops", own_region=True))]
Name = Annotated[str, Path(max_length=32)]

NOT_HELD = problem_type(
    "connector-not-held",
    409,
    "3701",
    "The connector is not held",
    "该连接器并未暂停",
    detail_en="There is nothing to release; GET /v1/connectors says how each one is.",
    detail_zh="无需放行；各连接器的状态见 GET /v1/connectors。",
)
EXAMPLE: dict[str, Any] = {
    "connector": "cdc-contacts", "source": "浙江省疾控中心", "held": None, "standing": 1204, "unmet": 0, "faults": 2,
    "mark": "2020-02-11 08:00:00+00", "sweeping": False, "pulled_at": "2020-02-11T08:00:10Z",
    "swept_at": "2020-02-11T07:00:00Z",
}  # fmt: skip


class ConnectorOut(BaseModel):
    """How far a connector is."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    connector: str
    source: str
    held: str | None = Field(description="many_faults, many_gone: it waits for an officer; null: it works")
    standing: int = Field(description="entries that stand")
    unmet: int = Field(description="entries that the sweep under way has not met (yet)")
    faults: int = Field(description="rows that cannot be read")
    mark: str | None = Field(description="the highest watermark taken")
    sweeping: bool
    pulled_at: datetime | None = Field(description="when all changes had been taken last")
    swept_at: datetime | None = Field(description="when all rows had been looked at last")


class FaultOut(BaseModel):
    """A row that cannot be read: what is wrong with which field, never its value."""

    key: str
    code: str
    field: str
    since: datetime


class ReleaseIn(BaseModel):
    """Why a held connector may go on."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=500, examples=["the hospital closed its old ward's list"])


def router(offices: Mapping[str, Office], clock: Clock) -> APIRouter:
    """`/v1/connectors`."""
    routes = APIRouter(prefix="/v1/connectors", tags=["connectors"])

    def office(name: str) -> Office:
        if name not in offices:
            raise Problem(NOT_FOUND)
        return offices[name]

    @routes.get("", summary="How each connector is")
    async def connectors(_: Officer) -> list[ConnectorOut]:
        return [ConnectorOut.model_validate(await status_of(one)) for one in offices.values()]

    @routes.get("/{name}/faults", summary="Rows that cannot be read, by key")
    async def faults(
        _: Officer,
        name: Name,
        cursor: Annotated[str, Query(max_length=100)] = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
    ) -> list[FaultOut]:
        return [FaultOut.model_validate(fault) for fault in await fault_page(office(name), cursor, limit)]

    @routes.post("/{name}/release", summary="Let a held connector go on")
    async def release(caller: Officer, name: Name, body: ReleaseIn) -> ConnectorOut:
        held = office(name)
        if not await let_go(held, body.reason, caller.sub, clock.now()):
            raise Problem(NOT_HELD)
        return ConnectorOut.model_validate(await status_of(held))

    return routes
