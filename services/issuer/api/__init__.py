"""The HTTP edge of the issuer."""

from fastapi import APIRouter

from services.issuer.api import codes, gate, images, me, trust
from services.issuer.api.deps import Deps

__all__ = ["Deps", "router"]


def router(deps: Deps) -> APIRouter:
    """All routes of the issuer."""
    routes = APIRouter()
    for subject in (codes, me, images, gate, trust):
        routes.include_router(subject.router(deps))
    return routes
