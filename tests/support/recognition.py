"""Facts and regions for the journeys of recognition."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from deploy.keys import make_keys
from healthcode.envelope import Encoded, decode, topic_name
from healthcode.events import (
    CodeChanged,
    CredentialScanned,
    Event,
    GuestChanged,
    HolderFound,
    HolderWanted,
    TripDeclared,
)
from healthcode.values import Attestation, Color, EvidenceClass, IdType
from services.recognition.domain.ask import Ask
from services.recognition.domain.catalogue import Catalogue, catalogue_from
from services.recognition.domain.message import Signer

NATION, ZHEJIANG, HUBEI, GANSU = "100000", "330000", "420000", "620000"
REGIONS = (NATION, ZHEJIANG, HUBEI, GANSU)
NOW = datetime(2020, 2, 11, 1, 0, tzinfo=UTC)

_numbers = itertools.count(1)


def national(region: str) -> str:
    """The topic from the hub to a region."""
    return topic_name("national", f"{region}.v1")


def inbox(region: str) -> str:
    """The topic from a region to the hub."""
    return topic_name("national", f"{region}.inbox.v1")


@dataclass
class TestClock:
    """A clock that stands until it is moved."""

    __test__ = False
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Nation:
    """Four regions with their keys."""

    folder: Path
    document: dict[str, Any] = field(repr=False)

    @classmethod
    def made_in(cls, folder: Path) -> "Nation":
        path = make_keys(folder, Path("regions"), list(REGIONS), valid_from=NOW - timedelta(days=1))
        return cls(folder, json.loads(path.read_text("utf-8")))

    @property
    def catalogue(self) -> Catalogue:
        return catalogue_from(self.document)

    def signer(self, region: str) -> Signer:
        return Signer(ECKey.import_key(json.loads((self.folder / region / "signing.jwk").read_text("utf-8"))))

    def encryption(self, region: str) -> ec.EllipticCurvePrivateKey:
        key = ECKey.import_key(json.loads((self.folder / region / "encryption.jwk").read_text("utf-8")))
        assert key.private_key is not None
        return key.private_key


class World(Protocol):
    """The recognition of all regions, in memory or on a database."""

    nation: Nation
    clock: TestClock

    async def happen(self, region: str, *events: Event) -> None:
        """Publish events of other services on the region's topics, and wait until all is quiet."""
        ...

    async def send(self, *wires: Encoded) -> None:
        """Write to any topic, and wait until all is quiet."""
        ...

    async def let_pass(self, time: timedelta) -> None:
        """Let time pass, and the timers see it."""
        ...

    async def written(self, topic: str) -> Sequence[Encoded]:
        """What is on a topic."""
        ...

    def subject(self, region: str, number: str) -> str:
        """Who has that passport, as a region knows them."""
        ...

    async def register(self, region: str, origin: str, number: str, until: datetime) -> Ask:
        """Somebody registers in a region, by a passport of another one."""
        ...

    async def ask(self, region: str, ask: str) -> Ask | None:
        """What a region has asked under a name."""
        ...

    async def ask_about(self, region: str, credential: str) -> Ask | None:
        """What a region has asked about a credential, and what became of it."""
        ...


def pseudonym(id_type: IdType, number: str) -> str:
    """A subject that can be told in a test."""
    return f"{id_type}-{number}"


def scanned(credential: str, origin: str, **more: Any) -> CredentialScanned:
    """A credential that a checkpoint has seen."""
    values: dict[str, Any] = {"id": f"scan-{next(_numbers)}", "seen_at": NOW, "at": NOW}
    return CredentialScanned(credential=credential, origin=origin, **{**values, **more})


async def wanted(world: World, region: str) -> list[HolderWanted]:
    """What recognition asked a region's issuer."""
    events = [decode(wire.headers, wire.value) for wire in await world.written(f"hc.{region}.holders.v1")]
    return [event for event in events if isinstance(event, HolderWanted)]


async def find(world: World, region: str, subject: str | None) -> None:
    """The region's issuer answers its last question."""
    asked = (await wanted(world, region))[-1]
    found = HolderFound(
        id=f"{asked.id}.found",
        ask=asked.ask,
        destination=asked.destination,
        purpose=asked.purpose,
        until=asked.until,
        subject=subject,
        at=world.clock.now(),
    )
    await world.happen(region, found)


async def guests_of(world: World, region: str) -> list[GuestChanged]:
    """What a region published of its guests."""
    return [msgspec.json.decode(w.value, type=GuestChanged) for w in await world.written(f"hc.{region}.guests.v1")]


async def reasons(world: World, topic: str) -> list[str]:
    """Why records of a topic went to its dead letters."""
    return [dict(wire.headers)["hc_reason"].decode() for wire in await world.written(f"{topic}.dlq")]


def trip(subject: str, destination: str, **more: Any) -> TripDeclared:
    """A trip of ten days from today."""
    values: dict[str, Any] = {
        "id": f"trip-{next(_numbers)}",
        "subject": subject,
        "at": NOW,
        "attestation": Attestation.SELF,
        "destination": destination,
        "area": destination,
        "since": date(2020, 2, 11),
        "until": date(2020, 2, 20),
    }
    return TripDeclared(**{**values, **more})


def code(subject: str, color: Color, version: int, evidence: EvidenceClass, **more: Any) -> CodeChanged:
    """A code from the issuer."""
    values: dict[str, Any] = {
        "id": f"code-{next(_numbers)}",
        "subject": subject,
        "incarnation": 1,
        "version": version,
        "previous": Color.PENDING,
        "color": color,
        "act": "may_enter",
        "since": NOW,
        "policy": "p",
        "policy_version": "1",
        "finding": "f",
        "cause": "c",
        "evidence": evidence,
        "changed_at": NOW,
    }
    return CodeChanged(**{**values, **more})
