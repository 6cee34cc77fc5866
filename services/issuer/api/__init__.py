"""The HTTP edge of the issuer."""

from typing import Final

from fastapi import APIRouter

from services.issuer.api import codes, devices, family, gate, images, keys, me, paper, places, reports, trust
from services.issuer.api.deps import Deps

__all__ = ["PANELS", "Deps", "routers"]

PANELS: Final = (
    r"/v1/codes/[^/]+/history",
    r"/v1/me/code\.(svg|png)",
    r"/v1/me/(dependants|lookups|passes|passes/searches)",
    r"/v1/places/[^/]+/passes",
    r"/v1/keys(/changes)?",
)
"""What a page can do without; never a code, what verifies it, or what takes its place."""


def routers(deps: Deps) -> list[APIRouter]:
    """All routes of the issuer; what is asked most comes first, for routes are tried in their order."""
    subjects = (me, codes, gate, devices, images, family, paper, places, reports, trust, keys)
    return [subject.router(deps) for subject in subjects]
