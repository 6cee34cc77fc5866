"""Findings become codes; codes expire and are cancelled."""

from collections.abc import Callable, Sequence
from datetime import datetime

from healthcode.events import CodeChanged, CodeConfirmed, FindingConcluded, PersonMoved
from healthcode.values import Color
from services.issuer.domain import Code, Lifetime, Outcome, Stamp, cancel, conclude, expire, move
from services.issuer.ports import Ledger

Ids = Callable[[], str]


class NotDeclared(Exception):  # noqa: N818 - a state, not a fault
    """Nothing is known of the person: they have to declare first."""


async def take_findings(
    ledger: Ledger, findings: Sequence[FindingConcluded], lifetime: Lifetime, now: datetime, ids: Ids
) -> None:
    """Bring codes up to date with findings, in their order; each that changes a code makes a version of its own."""
    locked = await ledger.lock([finding.subject for finding in findings])
    codes = locked.codes
    touched: dict[str, Code] = {}
    events: list[CodeChanged | CodeConfirmed] = []
    for finding in findings:
        subject = finding.subject
        stamp = Stamp(ids(), locked.incarnation, now)
        outcome = conclude(touched.get(subject) or codes.get(subject), finding, stamp, lifetime)
        touched[subject] = outcome.code
        if outcome.event is not None:
            events.append(outcome.event)
    await _settle(ledger, list(touched.values()), events, now)


async def expire_due(ledger: Ledger, now: datetime, ids: Ids, limit: int) -> int:
    """Let up to `limit` codes expire whose time has run out; gives how many did."""
    incarnation, codes = await ledger.lock_due(now, limit)
    outcomes = [expire(code, Stamp(ids(), incarnation, now)) for code in codes.values()]
    await _settle_all(ledger, outcomes, now)
    return len(outcomes)


async def cancel_code(ledger: Ledger, subject: str, now: datetime, ids: Ids) -> CodeChanged:
    """Cancel a person's code; gives the state after it. Raises NotDeclared when there is none."""
    incarnation, codes = await ledger.lock([subject])
    if subject not in codes:
        raise NotDeclared
    outcome = cancel(codes[subject], Stamp(ids(), incarnation, now))
    await _settle_all(ledger, [outcome], now)
    return outcome.code.state


async def move_codes(ledger: Ledger, moved: Sequence[PersonMoved], now: datetime, ids: Ids) -> None:
    """End the codes of people whose region has one of its own; of who has none here, nothing is to end."""
    incarnation, codes = await ledger.lock([each.subject for each in moved])
    to = {each.subject: each.region for each in moved}
    outcomes = [move(code, to[subject], Stamp(ids(), incarnation, now)) for subject, code in codes.items()]
    await _settle_all(ledger, [each for each in outcomes if each.event is not None], now)


async def _settle_all(ledger: Ledger, outcomes: Sequence[Outcome], now: datetime) -> None:
    events = [outcome.event for outcome in outcomes if outcome.event is not None]
    if events:
        await _settle(ledger, [outcome.code for outcome in outcomes], events, now)


async def _settle(
    ledger: Ledger, codes: Sequence[Code], events: Sequence[CodeChanged | CodeConfirmed], now: datetime
) -> None:
    """A change of color revokes what was issued for the color before; a first version has nothing to revoke."""
    await ledger.save(codes, events)
    recolored = {e.subject for e in events if isinstance(e, CodeChanged) and e.version > 1 and _recolors(e)}
    if recolored:
        await ledger.revoke(sorted(recolored), now)


def _recolors(event: CodeChanged) -> bool:
    return event.color is not event.previous and event.previous is not Color.PENDING
