"""The origin is asked: it opens a watch on the person under a handle of its own, or says no and not why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from healthcode.events import HolderFound, HolderWanted, WatchAsked, WatchRefused
from healthcode.values import Purpose
from services.recognition.domain.home import Home, Origin, Step, Watch, open_watch
from services.recognition.domain.sought import ByCredential, ByDocument, Sought

REFUSED: Final = 2
"""The number of a refusal: that of the ask is 1."""
MOST_WATCHES: Final = 50
"""Of one person by one region; whoever asks for more is guessing, or broken."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, under which name, for what and until when."""

    ask: str
    destination: str
    purpose: str
    until: datetime


def asker_of(event: WatchAsked | HolderFound) -> Asker:
    """Who asked, in the ask or in what the issuer found for it."""
    return Asker(event.ask, event.destination, event.purpose, event.until)


def wanted(event: WatchAsked, sought: ByCredential, now: datetime) -> HolderWanted:
    """The question to the region's own issuer."""
    return HolderWanted(
        id=event.id,
        ask=event.ask,
        destination=event.destination,
        purpose=event.purpose,
        until=event.until,
        credential=sought.credential,
        at=now,
    )


def answer(origin: Origin, home: Home, subject: str, asker: Asker, now: datetime) -> Step:
    """The person after the ask: watched, or not. One that was answered before changes nothing."""
    if asker.ask in home.watches:
        return Step(home, [])
    until = min(asker.until, now + longest(origin, asker.purpose))
    same = sum(watch.destination == asker.destination and watch.tells(now) for watch in home.watches.values())
    stranger = asker.purpose == Purpose.REGISTRATION and home.code.version == 0
    if stranger or until <= now or same >= MOST_WATCHES or not origin.serves(asker.destination, now):
        return Step(home, [refuse(origin, asker, now)])
    watch = Watch(asker.ask, subject, asker.destination, until, purpose=asker.purpose)
    return open_watch(origin, home, watch, now, ask=asker.ask)


def fits(event: WatchAsked, sought: Sought) -> bool:
    """Whether a region may ask so for that: documents can be guessed, so what holds for them must not be got around."""
    by_document = isinstance(sought, ByDocument)
    return by_document == (event.purpose == Purpose.REGISTRATION)


def longest(origin: Origin, purpose: str) -> timedelta:
    """How long a region lets itself be asked about a person at once; not at all for what it does not know."""
    return {
        Purpose.SCAN.value: timedelta(hours=origin.watches.scan_hours),
        Purpose.LATE.value: timedelta(hours=origin.watches.late_hours),
        Purpose.REGISTRATION.value: timedelta(days=origin.watches.registration_days),
    }.get(purpose, timedelta(0))


def refuse(origin: Origin, asker: Asker, now: datetime) -> WatchRefused:
    """No, and not why: who is not known here must not be told from who is."""
    return WatchRefused(
        id=origin.ids(),
        ask=asker.ask,
        origin=origin.region,
        destination=asker.destination,
        sequence=REFUSED,
        at=now,
    )
