"""What a guest contests: passed on by the destination, answered by the origin, whoever of its people it is."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.events import (
    CorrectionAnswered,
    CorrectionAsked,
    CorrectionAssigned,
    CorrectionEscalated,
    CorrectionPassed,
    CorrectionSettled,
)
from healthcode.events.correction import OF_A_GUEST
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import Home
from services.recognition.domain.sealing import NotForUs, open_sealed, seal

Answer = CorrectionAssigned | CorrectionEscalated | CorrectionSettled
CONTEXT: Final = b"hc-correction-1"
# Explanations go in steps of so many bytes: their length says little.
STEP: Final = 512
KEPT: Final = timedelta(days=30)
SEQUENCES: Final = {"assigned": 2, "escalated": 3, "upheld": 4, "rejected": 4}
NOBODY: Final = "此编号下没有来访人员，或关注已结束。 / Nobody is a guest under this handle, or the watch is over."


@dataclass(frozen=True, slots=True)
class Contest:
    """At the destination: a correction that was passed on; `asked` is its id here, `name` the one between regions."""

    name: str
    asked: str
    subject: str
    origin: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Contested:
    """At the origin: one that came from a destination; its id is the name between regions."""

    name: str
    destination: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Contesting:
    """A region in this. `key` gives what is sealed to for another; `private` opens; `ids` and `names` make new ones."""

    region: str
    key: Callable[[str, datetime], ec.EllipticCurvePublicKey | None]
    private: ec.EllipticCurvePrivateKey
    ids: Callable[[], str]
    names: Callable[[], str]


def handle_of(asked: CorrectionAsked) -> str | None:
    """The guest's handle, if it is of a guest."""
    return asked.fact.removeprefix(OF_A_GUEST) if asked.fact.startswith(OF_A_GUEST) else None


def pass_correction(
    here: Contesting, asked: CorrectionAsked, guest: Guest | None, now: datetime
) -> tuple[Contest, CorrectionPassed] | None:
    """What is kept, and what goes to the guest's home; None where nobody is a guest any more."""
    if guest is None or guest.ended:
        return None
    contest = Contest(here.names(), asked.id, asked.subject, guest.origin, now + KEPT)
    passed = CorrectionPassed(
        id=here.ids(),
        correction=contest.name,
        handle=guest.handle,
        origin=guest.origin,
        destination=here.region,
        sequence=1,
        category=asked.category,
        due=asked.due,
        until=contest.until,
        at=now,
    )
    return contest, passed


def refuse_here(here: Contesting, asked: CorrectionAsked, now: datetime) -> CorrectionSettled:
    """There is nobody to pass it on about."""
    return CorrectionSettled(
        id=here.ids(),
        subject=asked.subject,
        correction=asked.id,
        outcome="rejected",
        owner=here.region,
        explanation=NOBODY,
        at=now,
    )


def take_passed(passed: CorrectionPassed, subject: str, home: Home | None) -> CorrectionAsked | None:
    """The same as one of the origin's own people asks it; None where that region does not watch them by that handle."""
    watches = home.watches.values() if home else []
    if not any(each.handle == passed.handle and each.destination == passed.destination for each in watches):
        return None
    return CorrectionAsked(
        id=passed.correction,
        subject=subject,
        at=passed.at,
        category=passed.category,
        fact=f"abroad.{passed.destination}",
        due=passed.due,
    )


def answer_abroad(here: Contesting, contested: Contested, answer: Answer, now: datetime) -> CorrectionAnswered | None:
    """What the destination is told; None where nothing can be sealed to it now."""
    state = (
        answer.outcome
        if isinstance(answer, CorrectionSettled)
        else ("assigned" if isinstance(answer, CorrectionAssigned) else "escalated")
    )
    words = answer.explanation if isinstance(answer, CorrectionSettled) else None
    return told(here, contested, state, words, now)


def told(
    here: Contesting, contested: Contested, state: str, words: str | None, now: datetime
) -> CorrectionAnswered | None:
    """An answer of that state, with words for the person."""
    key = here.key(contested.destination, now)
    if key is None:
        return None
    info = [CONTEXT, here.region.encode(), contested.destination.encode(), contested.name.encode()]
    plain = (words or "").encode()
    padded = plain.ljust(-(-max(len(plain), 1) // STEP) * STEP)
    return CorrectionAnswered(
        id=here.ids(),
        correction=contested.name,
        origin=here.region,
        destination=contested.destination,
        sequence=SEQUENCES[state],
        state=state,  # type: ignore[arg-type]  # one of SEQUENCES
        sealed=None if words is None else base64.b64encode(seal(key, info, padded)).decode("ascii"),
        at=now,
    )


def bring_home(here: Contesting, contest: Contest, answered: CorrectionAnswered) -> Answer:
    """The answer as the destination's own services know such."""
    ident, owner = here.ids(), contest.origin
    if answered.state == "assigned":
        return CorrectionAssigned(
            id=ident, subject=contest.subject, correction=contest.asked, owner=owner, at=answered.at
        )
    if answered.state == "escalated":
        return CorrectionEscalated(
            id=ident, subject=contest.subject, correction=contest.asked, owner=owner, at=answered.at
        )
    return CorrectionSettled(
        id=ident,
        subject=contest.subject,
        correction=contest.asked,
        outcome=answered.state,
        owner=owner,
        explanation=_words(here, answered),
        at=answered.at,
    )


def _words(here: Contesting, answered: CorrectionAnswered) -> str:
    info = [CONTEXT, answered.origin.encode(), here.region.encode(), answered.correction.encode()]
    try:
        plain = open_sealed(here.private, info, base64.b64decode(answered.sealed or "", validate=True))
        return plain.decode().rstrip()
    except (NotForUs, binascii.Error, UnicodeDecodeError):
        return ""
