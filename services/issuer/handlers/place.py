"""Places and who is let in there: by scanning the place's code, or by showing one's own."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from healthcode.credential import Malformed, NotTrusted, TrustList, split
from healthcode.credential.place import read_place
from healthcode.events import CodeChanged
from services.issuer.domain.place import LONGEST_SEARCH, Kept, Pass, Place, Search, lets_in
from services.issuer.handlers.code import NotDeclared
from services.issuer.ports import Views
from services.issuer.ports.place import Passes, PlaceBook


class UnknownPlace(LookupError):  # noqa: N818 - named for what is wrong
    """No code of an open place of this region."""


class WrongSpan(ValueError):  # noqa: N818 - named for what is wrong
    """A span that ends before it begins, or is longer than may be searched at once."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of it: where, with which code, and, for who was let in, the pass."""

    place: Place
    code: CodeChanged
    entry: Pass | None


async def place_behind(places: PlaceBook, trust: TrustList, region: str, text: str, now: datetime) -> Place:
    """The open place of this region whose code that is. Raises UnknownPlace."""
    try:
        read = read_place(text, trust, now)
    except (Malformed, NotTrusted):
        raise UnknownPlace from None
    place = await places.find(read.place) if read.region == region else None
    if place is None or place.closed_at is not None:
        raise UnknownPlace
    return place


async def enter(
    views: Views, passes: Passes, place: Place, subject: str, now: datetime, new_number: Callable[[], str]
) -> Entered:
    """Somebody has scanned the code of a place: let in by their code as it stands now. Raises NotDeclared."""
    code = await views.code(subject)
    if code is None:
        raise NotDeclared
    return await let_in(passes, place, code, now, new_number(), "scanned")


async def let_in(
    passes: Passes, place: Place, code: CodeChanged, now: datetime, number: str, how: Literal["scanned", "shown"]
) -> Entered:
    """Write down who is let in; of who is not, nothing is."""
    if not lets_in(code):
        return Entered(place, code, None)
    entry = Pass(place=place.id, subject=code.subject, at=now, color=code.color, number=number, how=how)
    await passes.record(entry)
    return Entered(place, code, entry)


async def search_passes(passes: Passes, search: Search, limit: int) -> list[Kept]:
    """What an officer looks for; that they did is on record first. Raises WrongSpan."""
    if not search.since < search.until <= search.since + LONGEST_SEARCH:
        raise WrongSpan
    return await passes.search(search, limit)


async def is_repeated(passes: Passes, text: str, now: datetime) -> bool:
    """Whether the very proof in a live code was shown before, to whomever of the region; a picture has none.

    By time, place and r: the other half of a signature anybody can change.
    """
    proof, _ = split(text)
    if proof is None:
        return False
    digest = hashlib.sha256(proof.at.to_bytes(4, "big") + proof.place + proof.signature[:32]).digest()
    return await passes.is_repeated(digest, now)
