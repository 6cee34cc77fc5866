"""A key was revoked: everyone who lives under it gets another credential, set by set, wherever it was stopped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from healthcode.credential import Claims, encode
from services.issuer.domain import Code, NothingToShow, StatusPlace, Terms, claims_for
from services.issuer.handlers.credential import TRIES, ListsFull, Signer
from services.issuer.ports import Issued, Places
from services.issuer.ports.reissue import Living, ReissueBook, Replacement, Run

SETTLED: Final = timedelta(minutes=1)
"""After that no process signs with the revoked key any more, and a last pass finds what one still did."""


@dataclass(frozen=True, slots=True)
class Press:
    """Who signs, where the bits are, and where ids come from."""

    signer: Signer
    places: Places
    new_cti: Callable[[], bytes]


class _Wanted(NamedTuple):
    """A credential to be made."""

    old: Living
    code: Code
    cti: bytes
    terms: Terms


class _Draft(NamedTuple):
    """What it would say, where its place is free."""

    wanted: _Wanted
    place: StatusPlace
    claims: Claims


async def reissue(book: ReissueBook, press: Press, kid: bytes, now: datetime, limit: int) -> Run | None:
    """The next set: each is revoked, and another in its place is laid out for the device; gives how far it is.

    The code cannot change meanwhile, nor a guardianship end. None where there is nothing to do for now. Raises
    NoSigningKey, ListsFull: then all is as before.
    """
    run = await book.run(kid)
    if run is None or (run.passes and not run.cursor and now < run.started_at + SETTLED):
        return None
    key = press.signer.key(now)
    living = await book.living(run, now, limit)
    wanted = await _wanted(book, press, living, now)
    claimed = await _claimed(book, press, wanted, key.kid, now)
    made = [
        Replacement(
            each.old.cti, each.cti, each.old.guardian or each.old.subject, encode(claims, key), now, claims.expires_at
        )
        for each, claims in claimed
    ]
    after = _counted(run, living, len(made), now, is_last=len(living) < limit)
    await book.save(after, [each.cti for each in living], made, now)
    return after


def _counted(run: Run, living: Sequence[Living], made: int, now: datetime, *, is_last: bool) -> Run:
    paper = sum(each.paper for each in living)
    found = run.found + len(living)
    counted = msgspec.structs.replace(
        run,
        replaced=run.replaced + made,
        on_paper=run.on_paper + paper,
        voided=run.voided + len(living) - made - paper,
    )
    if not is_last:
        return msgspec.structs.replace(counted, cursor=living[-1].cti, found=found)
    is_over = not found and now >= run.started_at + SETTLED
    ended_at = now if is_over else None
    return msgspec.structs.replace(counted, cursor=b"", found=0, passes=run.passes + 1, ended_at=ended_at)


async def _wanted(book: ReissueBook, press: Press, living: Sequence[Living], now: datetime) -> list[_Wanted]:
    """Those of whom another may be made: bound to a device, and not on paper."""
    bound = [each for each in living if each.holder_key is not None and not each.paper]
    codes = await book.codes(sorted({each.subject for each in bound}))
    guarded = await book.guarded(sorted({each.guardian for each in bound if each.guardian}), now)
    wanted = []
    for each in bound:
        code, until = codes.get(each.subject), each.expires_at
        if each.guardian is not None:
            until = min(until, guarded.get((each.guardian, each.subject), now))
        if code is not None and until > now:
            wanted.append(_Wanted(each, code, press.new_cti(), Terms(until - now, each.holder_key)))
    return wanted


async def _claimed(
    book: ReissueBook, press: Press, wanted: Sequence[_Wanted], kid: bytes, now: datetime
) -> list[tuple[_Wanted, Claims]]:
    """What each says, when its place is its own. Raises ListsFull."""
    claimed: list[tuple[_Wanted, Claims]] = []
    for _ in range(TRIES):
        drafts = [draft for each in wanted if (draft := _draft(press, each, now)) is not None]
        if not drafts:
            return claimed
        free = await book.claim([_issued(draft, kid, now) for draft in drafts])
        claimed += [(draft.wanted, draft.claims) for draft in drafts if draft.wanted.cti in free]
        wanted = [draft.wanted for draft in drafts if draft.wanted.cti not in free]
    if wanted:
        raise ListsFull
    return claimed


def _draft(press: Press, wanted: _Wanted, now: datetime) -> _Draft | None:
    place = press.places(now)
    try:
        return _Draft(wanted, place, claims_for(wanted.code, press.signer.region, wanted.cti, place, now, wanted.terms))
    except NothingToShow:
        return None


def _issued(draft: _Draft, kid: bytes, now: datetime) -> Issued:
    return Issued(
        cti=draft.wanted.cti,
        subject=draft.wanted.old.subject,
        place=draft.place,
        issued_at=now,
        expires_at=draft.claims.expires_at,
        guardian=draft.wanted.old.guardian,
        kid=kid,
        holder_key=draft.wanted.old.holder_key,
    )
