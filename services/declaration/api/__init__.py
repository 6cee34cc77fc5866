"""The HTTP edge: parse, call a handler, map errors."""

from typing import Final

from fastapi import APIRouter

from chassis.http.body import BodyRule
from services.declaration.api.batches import CSV, LIMIT, NDJSON, batch_router
from services.declaration.api.corrections import correction_router
from services.declaration.api.dependants import dependant_router
from services.declaration.api.edge import Edge
from services.declaration.api.guardians import guardian_router
from services.declaration.api.statements import statement_router

BODIES: Final = {"/v1/batches": BodyRule(LIMIT, frozenset({NDJSON, CSV}))}


def router(edge: Edge) -> APIRouter:
    """All routes of the service."""
    routes = APIRouter(tags=["declaration"])
    for part in (statement_router, dependant_router, guardian_router, batch_router, correction_router):
        routes.include_router(part(edge))
    return routes


__all__ = ["BODIES", "Edge", "router"]
