"""Two officers of the nation decide about a region; who holds the nation's key carries it out."""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from healthcode.two_officers import Officer, Word, approved, open_to, rejected
from services.recognition.domain.catalogue import SUSPENDED_REGION, Catalogue, CatalogueError, catalogue_from
from services.recognition.ports.membership import MemberAct, MemberChange, MemberChangeBook

NOT_SO: Final = {
    MemberAct.JOIN: "it is a member already",
    MemberAct.SUSPEND: "it is no member, or is suspended already",
    MemberAct.RESUME: "it is not suspended",
    MemberAct.LEAVE: "it is no member",
}


class NotSo(Exception):  # noqa: N818 - a state, not a fault
    """A region does not stand so that this can be decided; the text says how it stands."""


class Asked(NamedTuple):
    """What is to be done with which region: of a new one its entry, as JSON; of others from when and until when."""

    act: MemberAct
    region: str
    entry: str | None = None
    begins_at: datetime | None = None
    until: datetime | None = None


def proposed(catalogue: Catalogue, asked: Asked, word: Word) -> MemberChange:
    """What another officer then decides about. Raises NotSo."""
    _fits(catalogue, asked, word.now)
    return MemberChange(**asked._asdict(), authority=word.officer.authority, **word.fields())


async def approve(
    book: MemberChangeBook, ident: str, officer: Officer, note: str | None, now: datetime
) -> MemberChange:
    """Another person of the same authority agrees. Raises UnknownProposal, SamePerson, NotOpen."""
    settled = approved(open_to(await book.lock(ident), ident, officer, now), officer, note, now)
    await book.settle(settled)
    return settled


async def reject(book: MemberChangeBook, ident: str, officer: Officer, note: str, now: datetime) -> MemberChange:
    """Turn it down, or take it back. Raises UnknownProposal, NotOpen."""
    settled = rejected(open_to(await book.lock(ident), ident, officer, now), officer, note, now)
    await book.settle(settled)
    return settled


def _fits(catalogue: Catalogue, asked: Asked, now: datetime) -> None:
    member = catalogue.member(asked.region, now)
    if member is not None and member.hub:
        raise NotSo("it is the nation's own: without its hub nobody recognises anybody")
    suspended = catalogue.away(asked.region, now) == SUSPENDED_REGION
    fits = {
        MemberAct.JOIN: member is None,
        MemberAct.SUSPEND: member is not None and not suspended,
        MemberAct.RESUME: suspended,
        MemberAct.LEAVE: member is not None,
    }
    if not fits[asked.act]:
        raise NotSo(NOT_SO[asked.act])
    if asked.act is MemberAct.JOIN:
        _check_entry(catalogue, asked, now)
    elif asked.entry is not None:
        raise NotSo("only a region that joins brings an entry: leave it out")
    if asked.until is not None and asked.until <= (asked.begins_at or now):
        raise NotSo("the suspension would end before it begins: name a later end, or none")


def _check_entry(catalogue: Catalogue, asked: Asked, now: datetime) -> None:
    try:
        entry = msgspec.json.decode(asked.entry or "null")
        (member,) = catalogue_from({"regions": [entry]}).members
    except (CatalogueError, msgspec.DecodeError, ValueError) as fault:
        raise NotSo(f"its entry cannot be used: {fault}; `python -m deploy.membership entry` writes one") from None
    if member.code != asked.region or member.hub:
        raise NotSo(f"its entry is {member.code}'s, or says that it is the hub: bring {asked.region}'s own")
    if catalogue.signer(member.signing["kid"], now) is not None:
        raise NotSo("its signing key is another region's: make keys of its own with `python -m deploy.keys`")
