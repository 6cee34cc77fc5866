"""Credentials of other regions that are shown here, and own ones that were shown elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from healthcode.credential import CheckPolicy, Claims, Malformed, TrustList, Verdict, shown_live, split, verify
from healthcode.events import CredentialScanned, HolderFound, HolderWanted
from services.issuer.handlers.code import Ids
from services.issuer.ports.scan import Holders, Scans


@dataclass(frozen=True, slots=True)
class LateDesk:
    """What is checked by: the region, whom it believes, and what it makes of codes that are scanned."""

    home: str
    trust: TrustList
    policy: CheckPolicy


async def tell_of_guests(scans: Scans, home: str, shown: Sequence[Claims], now: datetime, ids: Ids) -> None:
    """Tell of the good credentials that were shown those that are another region's."""
    seen = [
        CredentialScanned(id=ids(), credential=each.credential_id.hex(), origin=each.issuer, seen_at=now, at=now)
        for each in shown
        if each.issuer != home
    ]
    if seen:
        await scans.tell(seen)


@dataclass(frozen=True, slots=True)
class Report:
    """What a guard scanned without a network, and when."""

    text: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """What it was worth then, and whose it is; `told`: recognition hears of it."""

    verdict: Verdict
    claims: Claims | None = None
    told: bool = False


async def take_reports(
    scans: Scans, desk: LateDesk, reports: Sequence[Report], now: datetime, ids: Ids
) -> list[Reported]:
    """Check again what was scanned offline, as of then, and tell of guests whom it is of use to watch still.

    Whether it was revoked is not asked: it is the person who may have to hear something, more so if it was.
    """
    answers: list[Reported] = []
    told: list[CredentialScanned] = []
    for report in reports:
        verdict, claims = _as_of_then(desk, report, now)
        guest = verdict is Verdict.VALID and claims is not None and claims.issuer != desk.home
        if guest and claims is not None:
            seen = CredentialScanned(
                id=ids(),
                credential=claims.credential_id.hex(),
                origin=claims.issuer,
                late=True,
                seen_at=report.seen_at,
                at=now,
            )
            told.append(seen)
        answers.append(Reported(verdict, claims, guest))
    if told:
        await scans.tell(told)
    return answers


def _as_of_then(desk: LateDesk, report: Report, now: datetime) -> tuple[Verdict, Claims | None]:
    if report.seen_at > now + desk.policy.clock_skew:
        return Verdict.CLOCK_AHEAD, None
    try:
        proof, credential = split(report.text)
    except Malformed:
        return Verdict.MALFORMED, None
    answer = verify(credential, desk.trust, report.seen_at, clock_skew=desk.policy.clock_skew)
    if answer.verdict is not Verdict.VALID or answer.claims is None:
        return answer.verdict, answer.claims
    return shown_live(answer.claims, proof, credential, report.seen_at, desk.policy)[0], answer.claims


async def find_holders(holders: Holders, wanted: Sequence[HolderWanted], now: datetime) -> None:
    """Answer whose credentials these are; what is no credential's id is nobody's."""
    known = await holders.of([each for event in wanted if (each := _id_of(event)) is not None])
    found = []
    for event in wanted:
        ident = _id_of(event)
        found.append(
            HolderFound(
                id=f"{event.id}.found",
                ask=event.ask,
                destination=event.destination,
                purpose=event.purpose,
                until=event.until,
                subject=None if ident is None else known.get(ident),
                at=now,
            )
        )
    await holders.publish(found)


def _id_of(event: HolderWanted) -> bytes | None:
    try:
        return bytes.fromhex(event.credential)
    except ValueError:
        return None
