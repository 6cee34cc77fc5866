"""Whether a process lives, whether it can serve, and its metrics; for machines, on the service's own port."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis import metrics
from chassis.http.problems import Problem
from chassis.http.standard import NOT_READY
from chassis.log import describe

TIMEOUT_SECONDS = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a service cannot serve without; `probe` raises when it is away."""

    name: str
    probe: Callable[[], Awaitable[object]]


class Health(BaseModel):
    """The answer of a process that is well."""

    status: str


class Readiness(Health):
    """The answer of one that serves; `held`: which of its components cannot work for now, and why."""

    held: Mapping[str, str]


def health_router(
    checks: Sequence[Check],
    held: Callable[[], Mapping[str, str]] = dict,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> APIRouter:
    """The routes `/health/live`, `/health/ready` and `/metrics`; outside the published interface.

    A component that is held makes no process unready: the others serve on, and a load balancer must let them.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Health:
        return Health(status="live")

    @router.get("/health/ready")
    async def ready() -> Readiness:
        results = await asyncio.gather(*(_passes(check, timeout_seconds) for check in checks))
        for check, passed in zip(checks, results, strict=True):
            metrics.CHECK_PASSES.labels(check.name).set(passed)
        failing = [check.name for check, passed in zip(checks, results, strict=True) if not passed]
        if failing:
            raise Problem(NOT_READY, headers={"Retry-After": "1"}, extensions={"failing": failing})
        return Readiness(status="ready", held=held())

    @router.get("/metrics")
    async def exposed() -> Response:
        text, media_type = metrics.render()
        return Response(text, media_type=media_type)

    return router


async def _passes(check: Check, timeout_seconds: float) -> bool:
    try:
        async with asyncio.timeout(timeout_seconds):
            await check.probe()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that the check fails
        log.warning("check_failed", check=check.name, error=describe(error))
        return False
    return True
