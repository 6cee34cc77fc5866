"""Whether what is shown of guests is what their homes say: one check, over any kind of stores."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from healthcode.values import Color, EvidenceClass, Status
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import HomeCode, Watch
from services.recognition.domain.translation import Translation


class Shows(NamedTuple):
    """What a person counts as somewhere, and by the how manieth message."""

    status: Status
    evidence: EvidenceClass
    color: Color
    sequence: int
    reported: bool = True


class Told(NamedTuple):
    """An open watch of a person, and their last code that rests on first-hand facts."""

    watch: Watch
    code: HomeCode


class Side(Protocol):
    """What one region holds."""

    async def told(self) -> Iterable[Told]:
        """Everybody of this region who is watched elsewhere."""
        ...

    async def guests(self) -> Mapping[str, Guest]:
        """Everybody who is a guest here, by the handle."""
        ...


def wanted(told: Told, home: Translation, host: Translation) -> Shows:
    """What has to be shown there: out by the one table, in by the other."""
    status = home.to_national(told.code.color, told.code.evidence) if told.code.version else Status.UNKNOWN
    evidence = told.code.evidence
    return Shows(status, evidence, host.to_local(status, evidence).color, told.watch.sequence)


def shown(guest: Guest) -> Shows:
    """What is shown there."""
    return Shows(guest.status, guest.evidence, guest.color, guest.sequence, guest.reported)


async def differences(sides: Mapping[str, Side], tables: Mapping[str, Translation], now: datetime) -> list[str]:
    """What is not as home says: somebody shown otherwise, somebody nobody knows, and somebody whom nobody watches."""
    guests = {code: await side.guests() for code, side in sides.items()}
    faults: list[str] = []
    for code, side in sides.items():
        told = [each for each in await side.told() if each.watch.handle is not None and each.watch.until > now]
        for each in told:
            faults += _faults(each, guests[each.watch.destination], tables[code], tables[each.watch.destination])
        known = {(each.watch.destination, each.watch.handle) for each in told}
        faults += [
            f"{destination}: {guest.handle} of {code} is a guest whom nobody at home knows of"
            for destination, theirs in guests.items()
            for guest in theirs.values()
            if guest.origin == code and _is_here(guest, now) and (destination, guest.handle) not in known
        ]
    return faults


def _faults(told: Told, guests: Mapping[str, Guest], home: Translation, host: Translation) -> Iterator[str]:
    watch = told.watch
    guest, right = guests.get(watch.handle or ""), wanted(told, home, host)
    if guest is None or guest.ended:
        yield f"{watch.destination}: nobody knows {watch.handle}"
    elif shown(guest) != right:
        yield f"{watch.destination}: {watch.handle} is {shown(guest)}, and should be {right}"


def _is_here(guest: Guest, now: datetime) -> bool:
    return not guest.ended and guest.watched_until > now
