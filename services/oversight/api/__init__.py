"""The HTTP edge of oversight."""

from fastapi import APIRouter

from services.oversight.api import alarms, counts, live, people
from services.oversight.api.deps import Deps

__all__ = ["Deps", "routers"]


def routers(deps: Deps) -> list[APIRouter]:
    """All routes of oversight."""
    return [subject.router(deps) for subject in (counts, people, alarms, live)]
