"""One scan at a checkpoint, with no server: the credential, whether it is revoked, and whether it is shown live."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from healthcode.credential.claims import Claims
from healthcode.credential.container import Malformed
from healthcode.credential.live import shown_live
from healthcode.credential.policy import CheckPolicy
from healthcode.credential.proof import Proof, split
from healthcode.credential.status_list import StatusList
from healthcode.credential.trust import TrustList
from healthcode.credential.verify import Verdict, verify

MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a scan. Only `valid` tells an act; whether that lets somebody in is the act's meaning.

    `claims`: only what a trusted key has signed for its own region. `lists_as_of`: how old is what was asked about
    revocation. `repeated`: the same proof was scanned here before; a guard looks twice.
    """

    verdict: Verdict
    claims: Claims | None = None
    act: str | None = None
    lists_as_of: datetime | None = None
    repeated: bool = False
    detail: str = ""


class Checker:
    """What a checkpoint knows: whom it believes, what is revoked, its region's policy, which proofs it saw lately."""

    def __init__(self, trust: TrustList, lists: Iterable[StatusList] = (), policy: CheckPolicy | None = None) -> None:
        """`lists`: the newest of each; `update` changes them."""
        self.policy = policy or CheckPolicy()
        self._trust = trust
        self._lists = {(each.issuer, each.list_id): each for each in lists}
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def update(self, trust: TrustList | None = None, lists: Iterable[StatusList] = ()) -> None:
        """Take newer lists; an older one changes nothing."""
        if trust is not None and trust.sequence >= self._trust.sequence:
            self._trust = trust
        for new in lists:
            known = self._lists.get((new.issuer, new.list_id))
            if known is None or new.version >= known.version:
                self._lists[new.issuer, new.list_id] = new

    def check(self, text: str, now: datetime, place: bytes | None = None) -> Answer:
        """What is on a QR code, at a time; raises for no text.

        `place`: what the proof has to say of the place or the challenge, where the checkpoint demands it.
        """
        try:
            proof, credential = split(text)
        except Malformed as error:
            return Answer(verdict=Verdict.MALFORMED, detail=str(error))
        if self._trust.as_of is None or now - self._trust.as_of > self.policy.trust_age:
            return Answer(verdict=Verdict.STALE_VERIFIER, detail="the trust list is too old")
        found = verify(credential, self._trust, now, clock_skew=self.policy.clock_skew)
        claims = found.claims
        if claims is not None and self._trust.is_suspended(claims.issuer, now):
            return Answer(verdict=Verdict.SUSPENDED_ISSUER, claims=claims)
        if found.verdict is not Verdict.VALID or claims is None:
            return Answer(verdict=found.verdict, claims=claims, detail=found.detail)
        standing = self._standing(claims, now)
        if standing.verdict is not Verdict.VALID:
            return standing
        verdict, detail = shown_live(claims, proof, credential, now, self.policy, place)
        valid = verdict is Verdict.VALID
        return Answer(
            verdict=verdict,
            claims=claims,
            act=self.policy.acts[claims.status] if valid else None,
            lists_as_of=standing.lists_as_of,
            repeated=valid and proof is not None and self._is_repeated(proof),
            detail=detail,
        )

    def _standing(self, claims: Claims, now: datetime) -> Answer:
        """Whether it is revoked. Bits stay set: an old list may say that it is, only a new one that it is not."""
        place = claims.status_list
        known = None if place is None else self._lists.get((claims.issuer, place.list_id))
        if place is None or known is None:
            return Answer(verdict=Verdict.STALE_VERIFIER, claims=claims, detail="no status list says how it stands")
        try:
            revoked = known.is_revoked(place.index)
        except IndexError:
            return Answer(verdict=Verdict.STALE_VERIFIER, claims=claims, detail="its place is beyond the list's end")
        if revoked:
            return Answer(verdict=Verdict.REVOKED, claims=claims, lists_as_of=known.as_of)
        if now - known.as_of > self.policy.lists_age:
            return Answer(
                verdict=Verdict.STALE_VERIFIER,
                claims=claims,
                lists_as_of=known.as_of,
                detail="its status list is too old",
            )
        return Answer(verdict=Verdict.VALID, claims=claims, lists_as_of=known.as_of)

    def _is_repeated(self, proof: Proof) -> bool:
        """By time, place and r: the other half of a signature anybody can change."""
        key = proof.at.to_bytes(4, "big") + proof.place + proof.signature[:32]
        repeated = key in self._seen
        self._seen[key] = None
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return repeated
