"""A declaration service behind HTTP for tests: people with tokens, a clock, and what was published."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import httpx

from chassis.clock import SimulatedClock
from chassis.http.app import create_app
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.events import Event
from healthcode.identity import check_digit
from healthcode.pseudonym import subject_of
from healthcode.values import IdType
from services.declaration.api import BODIES, Edge, router
from services.declaration.domain.ids import TAIL_BYTES, time_id
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.gathering import Gathering
from services.declaration.ports import Units
from services.declaration.store.vault import MasterVault

REGION = "330000"
START = datetime(2020, 2, 11, 1, 0, tzinfo=UTC)  # nine in the morning in Hangzhou
PSEUDONYM_KEY = bytes(range(32))
MASTER_KEY = bytes(range(32, 64))

pseudonym = partial(subject_of, PSEUDONYM_KEY)


def number(serial: int, prefix: str = "330106", birth: str = "19900307") -> str:
    """A well-formed resident identity number."""
    first = f"{prefix}{birth}{serial:03d}"
    return first + check_digit(first)


MING, HONG, CHILD = number(1), number(2), number(3, birth="20150601")


def subject(id_number: str) -> str:
    """The pseudonym of a resident."""
    return pseudonym(IdType.RESIDENT_ID, id_number)


def basic(id_number: str = MING, **changes: Any) -> dict[str, Any]:
    """Basic information."""
    person = {
        "name": "王小明",
        "id_type": "resident_id",
        "id_number": id_number,
        "phone": "13800000000",
        "address": "文三路 90 号",
        "residence": "330106",
    }
    return person | changes


def declaration(id_number: str = MING, **health: Any) -> dict[str, Any]:
    """A clean declaration, its health information changed as said."""
    clean = {"temperature": 36.5, "symptoms": [], "contact": False, "stays": [], "promise": True}
    return {"basic": basic(id_number), "health": clean | health}


def document(id_number: str = MING) -> dict[str, Any]:
    """A person by document."""
    return {"id_type": "resident_id", "id_number": id_number}


class Published(Protocol):
    """What was published so far, in order."""

    def __call__(self) -> Awaitable[Sequence[Event]]: ...


@dataclass
class Office:
    """The service and those who speak to it."""

    http: httpx.AsyncClient
    identity: DemoIdentity
    clock: SimulatedClock
    desk: Desk
    units: Units
    published: Published

    def citizen(self, id_number: str | None = MING, sub: str | None = None) -> dict[str, str]:
        """The headers of a citizen whose identity was verified, or was not."""
        known = {"id_type": "resident_id", "id_number": id_number} if id_number else {}
        return self._bearer(sub or f"citizen-{id_number}", ["citizen"], **known)

    def counter(self, region: str | None = REGION) -> dict[str, str]:
        """The headers of an officer at a counter."""
        return self._bearer("counter-1", ["counter"], **({"region": region} if region else {}))

    def employer(self, sub: str = "employer-1") -> dict[str, str]:
        """The headers of an employer."""
        return self._bearer(sub, ["employer"])

    def answering(self, authority: str, role: str = "officer") -> dict[str, str]:
        """The headers of an officer of an authority of this region."""
        return self._bearer(f"{role}-{authority}", [role], region=REGION, authority=authority)

    def _bearer(self, sub: str, roles: list[str], **claims: str) -> dict[str, str]:
        given: dict[str, Any] = {"roles": roles, **claims}
        return {"Authorization": f"Bearer {self.identity.token(sub, **given)}"}

    async def declared(self, body: dict[str, Any], headers: dict[str, str]) -> str:
        """The id of a declaration that has to be accepted."""
        answer = await self.http.post("/v1/declarations", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def receipt(self, ident: str, headers: dict[str, str]) -> httpx.Response:
        """What the receipt says."""
        return await self.http.get(f"/v1/declarations/{ident}", headers=headers)

    def pass_time(self, **by: float) -> None:
        """Let time pass."""
        later = self.clock.now() + timedelta(**by)
        self.clock.set(later, self.clock._wall())


def open_office(make_units: Callable[[Callable[[], datetime]], Units], published: Published) -> Office:
    """The service over any stores."""
    clock = SimulatedClock(START, wall=lambda: START)
    desk = Desk(
        subject_of=pseudonym,
        vault=MasterVault(MASTER_KEY),
        now=clock.now,
        zone=ZoneInfo("Asia/Shanghai"),
        new_id=lambda at: time_id(at, os.urandom(TAIL_BYTES)),
    )
    units = make_units(clock.now)
    identity = DemoIdentity()
    settings = ChassisSettings(
        region=REGION, kafka_bootstrap="localhost:9092", database_url="postgresql://localhost/none"
    )
    app = create_app(
        title="declaration",
        version="0",
        settings=settings,
        clock=clock,
        checks=[],
        authenticator=identity.authenticator(REGION),
        bodies=BODIES,
    )
    app.include_router(router(Edge(desk, units, Gathering(units, clock.now), REGION)))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://declaration")
    return Office(http, identity, clock, desk, units, published)
