"""Whether a credential is shown live by who holds it, and not from a picture."""

from datetime import datetime

from healthcode.credential.claims import Claims, CredentialKind
from healthcode.credential.policy import CheckPolicy
from healthcode.credential.proof import NO_PLACE, Proof, is_holders
from healthcode.credential.verify import Verdict


def shown_live(
    claims: Claims,
    proof: Proof | None,
    credential: str,
    now: datetime,
    policy: CheckPolicy,
    place: bytes | None = None,
) -> tuple[Verdict, str]:
    """`valid` where it is, or where it is paper that is not too old; else the verdict, and what is wrong.

    `place`: what the proof has to say of the place or the challenge, where the checkpoint demands it.
    """
    if claims.kind is CredentialKind.PAPER:
        most = policy.paper_age
        good = most is not None and now - claims.issued_at <= most
        return (Verdict.VALID, "") if good else (Verdict.EXPIRED, "older than paper may be here")
    if not policy.live and place is None:
        return Verdict.VALID, ""
    if proof is None or claims.holder_key is None:
        return Verdict.NOT_FRESH, "shown without a proof"
    if not is_holders(proof, credential, claims.holder_key):
        return Verdict.NOT_FRESH, "the proof is not the holder's for this credential"
    return _fresh(proof, now, policy, place)


def _fresh(proof: Proof, now: datetime, policy: CheckPolicy, place: bytes | None) -> tuple[Verdict, str]:
    age = now.timestamp() - proof.at
    if age > policy.proof_age.total_seconds():
        return Verdict.NOT_FRESH, "the proof is too old"
    if -age > policy.clock_skew.total_seconds():
        return Verdict.CLOCK_AHEAD, "the device's clock is ahead"
    if place is not None and proof.place != place:
        return Verdict.NOT_FRESH, "the proof is of no place" if proof.place == NO_PLACE else "of another place"
    return Verdict.VALID, ""
