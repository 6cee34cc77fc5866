"""The destination asks: who was scanned or registers here is watched, once the region of their code agrees."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.events import CredentialScanned, WatchAsked
from healthcode.region import Watches
from healthcode.values import Purpose
from services.recognition.domain.sought import ByCredential, ByDocument, Sought, info_of, seal_sought

FIRST: Final = 1
State = Literal["asked", "opened", "refused"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask as the destination keeps it: of a credential its digest, of a document nothing.

    `handle`: that of the watch, once it is opened. `until`: so long it is of use.
    """

    ask: str
    origin: str
    purpose: Purpose
    seen_at: datetime
    asked_at: datetime
    until: datetime
    credential: bytes | None = None
    state: State = "asked"
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """The region that asks. `key`: what is sealed to for a region, None where it cannot be asked.

    `ids` makes ids of messages, `names` random names of 128 bits.
    """

    region: str
    watches: Watches
    key: Callable[[str, datetime], ec.EllipticCurvePublicKey | None]
    ids: Callable[[], str]
    names: Callable[[], str]


class Asked(NamedTuple):
    """What is kept, and what is sent."""

    ask: Ask
    message: WatchAsked


def digest_of(credential: str) -> bytes:
    """By what a credential's id is found again: the id itself would join the regions that keep it."""
    return sha256(b"hc-scanned-1" + bytes.fromhex(credential)).digest()


def ask_of_scan(asking: Asking, scanned: CredentialScanned, now: datetime) -> Asked | None:
    """Ask about who showed a credential; None where nobody can be asked, or it would be of no use any more."""
    hours = asking.watches.late_hours if scanned.late else asking.watches.scan_hours
    ask = Ask(
        ask=asking.names(),
        origin=scanned.origin,
        purpose=Purpose.LATE if scanned.late else Purpose.SCAN,
        seen_at=scanned.seen_at,
        asked_at=now,
        until=scanned.seen_at + timedelta(hours=hours),
        credential=digest_of(scanned.credential),
    )
    return _asked(asking, ask, ByCredential(scanned.credential), now)


def ask_of_registration(
    asking: Asking, origin: str, document: ByDocument, until: datetime, now: datetime
) -> Asked | None:
    """Ask about who registers; None as above. Raises TooLong for what is no document's number."""
    longest = now + timedelta(days=asking.watches.registration_days)
    ask = Ask(
        ask=asking.names(),
        origin=origin,
        purpose=Purpose.REGISTRATION,
        seen_at=now,
        asked_at=now,
        until=min(until, longest),
    )
    return _asked(asking, ask, document, now)


def _asked(asking: Asking, ask: Ask, sought: Sought, now: datetime) -> Asked | None:
    key = asking.key(ask.origin, now)
    if key is None or ask.origin == asking.region or ask.until <= now:
        return None
    message = WatchAsked(
        id=asking.ids(),
        ask=ask.ask,
        origin=ask.origin,
        destination=asking.region,
        sequence=FIRST,
        purpose=ask.purpose.value,
        sealed=seal_sought(key, info_of(ask.ask, ask.origin, asking.region), sought),
        until=ask.until,
        at=now,
    )
    return Asked(ask, message)
