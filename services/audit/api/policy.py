"""Which policies there are, over HTTP."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from chassis.clock import Clock
from chassis.http.auth import requires
from services.audit.domain import Policy, PolicySet


class PolicyOut(BaseModel):
    """A policy pack; the one in force judges everybody."""

    policy: str
    version: str
    effective: datetime
    in_force: bool


class PoliciesOut(BaseModel):
    """All packs of the region, by the time from which they count."""

    policies: list[PolicyOut]


def router(policies: Sequence[Policy], clock: Clock) -> APIRouter:
    """The route of policies."""
    routes = APIRouter(tags=["policies"])
    by_date = PolicySet(policies)

    @routes.get("/v1/policies", summary="The region's policies", dependencies=[Depends(requires())])
    async def show() -> PoliciesOut:
        present = by_date.at(clock.now())
        return PoliciesOut(
            policies=[
                PolicyOut(policy=each.policy, version=each.version, effective=each.effective, in_force=each is present)
                for each in sorted(policies, key=lambda policy: policy.effective)
            ]
        )

    return routes
