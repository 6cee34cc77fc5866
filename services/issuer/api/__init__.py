"""The HTTP edge of the issuer."""

from fastapi import APIRouter

from services.issuer.api import codes, family, gate, images, me, paper, trust
from services.issuer.api.deps import Deps

__all__ = ["Deps", "routers"]


def routers(deps: Deps) -> list[APIRouter]:
    """All routes of the issuer; what is asked most comes first, for routes are tried in their order."""
    return [subject.router(deps) for subject in (me, codes, gate, images, family, paper, trust)]
