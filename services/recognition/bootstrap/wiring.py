"""What all parts of a region's recognition are made from, and what they bring."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter

from chassis.loop import Step
from chassis.run import Component, Runtime
from healthcode.region import Region
from services.recognition.api import Deps
from services.recognition.config import Settings
from services.recognition.domain.catalogue import LiveCatalogue
from services.recognition.domain.message import Signer
from services.recognition.domain.translation import Translation
from services.recognition.stream.national import Part
from services.recognition.stream.sharing import Abroad, AtHome

HANDLE_BYTES: Final = 16
OVER_BATCH: Final = 500


@dataclass
class Parts:
    """What the region's parts bring."""

    workers: list[Component] = field(default_factory=list)
    told: list[Part] = field(default_factory=list)
    """What they take of what the hub tells."""
    steps: list[Step] = field(default_factory=list)
    routers: list[APIRouter] = field(default_factory=list)


@dataclass(frozen=True)
class WayOne:
    """What this region shares of its own people, and opens of others."""

    at_home: AtHome | None
    abroad: Abroad | None


@dataclass(frozen=True)
class Wiring:
    """What all parts are made from."""

    runtime: Runtime
    settings: Settings
    region: Region
    document: Callable[[], dict[str, Any]]
    """The catalogue as it stands: its keys and members change while processes run."""
    catalogue: LiveCatalogue
    signer: Signer
    translation: Translation
    deps: Deps
    way_one: WayOne


def new_id() -> str:
    """An id of an event."""
    return uuid.uuid4().hex


def new_handle() -> str:
    """A name that nobody can guess."""
    return secrets.token_hex(HANDLE_BYTES)
