"""The HTTP edge of the issuer."""

from fastapi import APIRouter

from services.issuer.api import codes, devices, family, gate, images, keys, me, paper, places, trust
from services.issuer.api.deps import Deps

__all__ = ["Deps", "routers"]


def routers(deps: Deps) -> list[APIRouter]:
    """All routes of the issuer; what is asked most comes first, for routes are tried in their order."""
    subjects = (me, codes, gate, devices, images, family, paper, places, trust, keys)
    return [subject.router(deps) for subject in subjects]
