"""The HTTP edge: parse, call a handler, map errors."""

from typing import Final

from fastapi import APIRouter

from chassis.http.body import BodyRule
from services.declaration.api.batches import CSV, LIMIT, NDJSON, batch_router
from services.declaration.api.corrections import correction_router
from services.declaration.api.dependants import dependant_router
from services.declaration.api.edge import Edge
from services.declaration.api.statements import statement_router

BODIES: Final = {"/v1/batches": BodyRule(LIMIT, frozenset({NDJSON, CSV}))}


def router(edge: Edge) -> APIRouter:
    """All routes of the service."""
    routes = APIRouter(tags=["declaration"])
    for part in (statement_router(edge), dependant_router(edge), batch_router(edge), correction_router(edge)):
        routes.include_router(part)
    return routes


__all__ = ["BODIES", "Edge", "router"]
