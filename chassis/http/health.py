"""Whether a process lives, whether it can serve, and its metrics; for machines, on the service's own port."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel

from chassis import metrics
from chassis.http.problems import Problem
from chassis.http.standard import NOT_READY

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


def health_router(checks: Sequence[Check], timeout_seconds: float = TIMEOUT_SECONDS) -> APIRouter:
    """The routes `/health/live`, `/health/ready` and `/metrics`; outside the published interface."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> Health:
        return Health(status="live")

    @router.get("/health/ready")
    async def ready() -> Health:
        results = await asyncio.gather(*(_passes(check, timeout_seconds) for check in checks))
        failing = [check.name for check, passed in zip(checks, results, strict=True) if not passed]
        if failing:
            raise Problem(NOT_READY, headers={"Retry-After": "1"}, extensions={"failing": failing})
        return Health(status="ready")

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
        log.warning("check_failed", check=check.name, error=type(error).__name__)
        return False
    return True
