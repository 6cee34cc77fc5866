"""Two officers decide about keys; who holds the keys carries it out, and the catalogue shows that it is done."""

from datetime import datetime, timedelta
from typing import Final

from healthcode.credential import TrustEntry
from healthcode.credential.catalogued import USAGES
from healthcode.two_officers import Officer, Word, approved, open_to, rejected
from services.issuer.handlers.keys import KeyRing
from services.issuer.ports.key_change import KeyAct, KeyChange, KeyChangeBook, KeyUse

LEAD: Final = timedelta(days=8)
"""A new key is in the list a day longer before it signs than a verifier may go on with an old list (seven days)."""


class NoSuchKey(LookupError):  # noqa: N818 - named for what is wrong
    """The region has no such key for this, or it is revoked already."""


def new_key(usage: KeyUse, lead: timedelta, word: Word) -> KeyChange:
    """That another key is to sign, `lead` from now on; in whole seconds, as in the trust list."""
    return _proposed(KeyAct.ROTATE, usage, word, begins_at=(word.now + lead).replace(microsecond=0))


def no_key(keys: KeyRing, usage: KeyUse, key: str, word: Word) -> KeyChange:
    """That all is void which a key signed. Raises NoSuchKey."""
    if not any(entry.kid.hex() == key and entry.revoked_at is None for entry in keys.own(USAGES[usage])):
        raise NoSuchKey
    return _proposed(KeyAct.REVOKE, usage, word, key=key)


async def approve(book: KeyChangeBook, ident: str, officer: Officer, note: str | None, now: datetime) -> KeyChange:
    """Another person of the same authority agrees. Raises UnknownProposal, SamePerson, NotOpen."""
    settled = approved(open_to(await book.lock(ident), ident, officer, now), officer, note, now)
    await book.settle(settled)
    return settled


async def reject(book: KeyChangeBook, ident: str, officer: Officer, note: str, now: datetime) -> KeyChange:
    """Turn it down, or take it back. Raises UnknownProposal, NotOpen."""
    settled = rejected(open_to(await book.lock(ident), ident, officer, now), officer, note, now)
    await book.settle(settled)
    return settled


def is_done(change: KeyChange, own: list[TrustEntry]) -> bool:
    """Whether the region's keys are as was decided. `own`: those of that use, by the catalogue.

    A new key is announced for as long as was decided from when that is carried out: it may begin later.
    """
    if change.begins_at is not None:
        return any(entry.not_before >= change.begins_at for entry in own)
    return any(entry.kid.hex() == change.key and entry.revoked_at is not None for entry in own)


def _proposed(
    act: KeyAct, usage: KeyUse, word: Word, *, key: str | None = None, begins_at: datetime | None = None
) -> KeyChange:
    return KeyChange(
        act=act, usage=usage, key=key, begins_at=begins_at, authority=word.officer.authority, **word.fields()
    )
