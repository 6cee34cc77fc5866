"""Issuing a credential, and telling how one stands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from healthcode.credential import (
    CheckPolicy,
    Claims,
    Malformed,
    SigningKey,
    TrustList,
    Verdict,
    encode,
    shown_live,
    split,
    verify,
)
from healthcode.events import CodeChanged
from services.issuer.domain import Code, Guardianship, Naming, StatusPlace, Terms, claims_for
from services.issuer.handlers.code import NotDeclared
from services.issuer.handlers.family import NotGuardian
from services.issuer.ports import CredentialBook, Credentials, Issued, Places

TRIES: Final = 20
STRICT: Final = CheckPolicy()
"""What a region's policy is where it says nothing."""


class ListsFull(Exception):  # noqa: N818 - a state that an operator ends
    """No free place was found in the day's status lists: there have to be more of them."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the region, its key at a time, and for how long."""

    region: str
    key: Callable[[datetime], SigningKey]
    lifetime: timedelta
    paper: timedelta = timedelta(days=7)
    """How long paper is good."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a credential is asked for with: a key that the holder has, or a name for paper; by whom, until when."""

    holder_key: bytes | None = None
    paper: Naming | None = None
    guardianship: Guardianship | None = None


OWN: Final = Wanted()


class _Asked(NamedTuple):
    """What was asked for, the id of the key that signs it, and when."""

    wanted: Wanted
    kid: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """A signed credential, what it says, and the code that it was made of."""

    text: str
    claims: Claims
    code: CodeChanged


class Abroad(NamedTuple):
    """Which region is at home here, and how credentials of others stand."""

    home: str
    standing: Callable[[Claims, datetime], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class Verified:
    """The answer to a scan; `code` with `valid` alone, and only of one's own region."""

    verdict: Verdict
    claims: Claims | None
    code: CodeChanged | None = None


async def issue(
    credentials: Credentials,
    signer: Signer,
    places: Places,
    new_cti: Callable[[], bytes],
    subject: str,
    now: datetime,
    wanted: Wanted = OWN,
) -> Credential:
    """A fresh credential for the code as it stands; the code cannot change until its revocation would find it.

    A new paper takes the place of the one before; what a guardian shows ends with the guardianship. Raises NotDeclared,
    NothingToShow, NotGuardian, ListsFull, NoSigningKey.
    """
    key = signer.key(now)
    async with credentials.begin() as book:
        code = await book.code(subject)
        if code is None:
            raise NotDeclared
        lifetime = await _lifetime(book, signer, wanted, now)
        if wanted.paper is not None:
            await book.revoke_paper(subject, now)
        terms = Terms(lifetime, wanted.holder_key, wanted.paper)
        make = _maker(code, signer, new_cti(), now, terms)
        claims = await _claimed(book, code, places, _Asked(wanted, key.kid, now), make)
    return Credential(encode(claims, key), claims, code.state)


async def scan(
    credentials: Credentials,
    trust: TrustList,
    text: str,
    now: datetime,
    *,
    place: bytes | None = None,
    abroad: Abroad | None = None,
    policy: CheckPolicy = STRICT,
) -> Verified:
    """One kind of answer, the same that `Checker` gives without a network, asked in the same order.

    `policy` is the region's: an app's code has to be shown live, unless it says otherwise. Where a `place` is named,
    the proof has to name it too. Of a credential of another region, `abroad` says how it stands.
    """
    try:
        proof, credential = split(text)
    except Malformed:
        return Verified(Verdict.MALFORMED, None)
    answer = verify(credential, trust, now, clock_skew=policy.clock_skew)
    claims = answer.claims
    if claims is not None and trust.is_suspended(claims.issuer, now):
        return Verified(Verdict.SUSPENDED_ISSUER, claims)
    if answer.verdict is not Verdict.VALID or claims is None:
        return Verified(answer.verdict, claims)
    verdict, code = await _standing(credentials, claims, now, abroad)
    if verdict is Verdict.VALID:
        verdict, _ = shown_live(claims, proof, credential, now, policy, place)
    return Verified(verdict, claims, code if verdict is Verdict.VALID else None)


async def _standing(
    credentials: Credentials, claims: Claims, now: datetime, abroad: Abroad | None
) -> tuple[Verdict, CodeChanged | None]:
    """Whether it is revoked, and the code behind it. One of ours that is not on record counts so: it fails closed."""
    if abroad is not None and claims.issuer != abroad.home:
        return await abroad.standing(claims, now), None
    standing = await credentials.standing(claims.credential_id)
    if standing is None or standing.revoked:
        return Verdict.REVOKED, None
    return Verdict.VALID, standing.code


async def _lifetime(book: CredentialBook, signer: Signer, wanted: Wanted, now: datetime) -> timedelta:
    lifetime = signer.lifetime if wanted.paper is None else signer.paper
    if wanted.guardianship is None:
        return lifetime
    until = await book.shown_until(wanted.guardianship.id)
    if until is None or until <= now:
        raise NotGuardian
    return min(lifetime, until - now)


def _maker(code: Code, signer: Signer, cti: bytes, now: datetime, terms: Terms) -> Callable[[StatusPlace], Claims]:
    def make(place: StatusPlace) -> Claims:
        return claims_for(code, signer.region, cti, place, now, terms)

    return make


async def _claimed(
    book: CredentialBook,
    code: Code,
    places: Places,
    asked: _Asked,
    make: Callable[[StatusPlace], Claims],
) -> Claims:
    wanted, kid, now = asked
    for _ in range(TRIES):
        place = places(now)
        claims = make(place)
        issued = Issued(
            cti=claims.credential_id,
            subject=code.subject,
            place=place,
            issued_at=now,
            expires_at=claims.expires_at,
            guardian=wanted.guardianship.guardian if wanted.guardianship else None,
            paper=wanted.paper is not None,
            kid=kid,
            holder_key=wanted.holder_key,
        )
        if await book.claim(issued):
            return claims
    raise ListsFull
