"""The HTTP edge of subscription."""

from fastapi import APIRouter

from services.subscription.api import clients, consents, officers
from services.subscription.api.desk import Desk

__all__ = ["Desk", "routers"]


def routers(desk: Desk) -> list[APIRouter]:
    """All routes of subscription."""
    return [subject.router(desk) for subject in (clients, officers, consents)]
