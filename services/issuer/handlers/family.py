"""Guardians show codes: who may, what they see is written down, and what they hold ends with it."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.events import CodeChanged, GuardianshipChanged
from services.issuer.domain import Guardianship
from services.issuer.handlers.code import NotDeclared
from services.issuer.ports import Family, Lookup, LookupLog, Views


class NotGuardian(Exception):  # noqa: N818 - a state that the person or a counter ends
    """The caller may not, or no longer, show this person's code."""


async def take_guardianships(family: Family, events: Sequence[GuardianshipChanged], now: datetime) -> None:
    """Keep what the declaration service tells; of one guardianship the latest counts, in whatever order it comes."""
    latest: dict[str, Guardianship] = {}
    for event in events:
        version = (event.incarnation, event.version)
        known = latest.get(event.guardianship)
        if known is None or known.version < version:
            latest[event.guardianship] = Guardianship(
                event.guardianship, event.guardian, event.subject, event.until, version
            )
    await family.take([latest[ident] for ident in sorted(latest)], now)


async def wards(family: Family, guardian: str, now: datetime) -> list[Guardianship]:
    """Whose codes a guardian may show now."""
    return [each for each in await family.of(guardian) if each.stands(now)]


async def ward(family: Family, guardian: str, ident: str, now: datetime) -> Guardianship:
    """One of them. Raises NotGuardian."""
    for each in await wards(family, guardian, now):
        if each.id == ident:
            return each
    raise NotGuardian


async def look_after(
    views: Views, log: LookupLog, guardianship: Guardianship, caller: str, now: datetime
) -> CodeChanged:
    """The code of a guardian's ward; that it was looked at is written down before. Raises NotDeclared."""
    code = await views.code(guardianship.subject)
    await log.record(
        Lookup(
            at=now,
            caller=caller,
            client=None,
            authority=None,
            subject=guardianship.subject,
            found=code is not None,
            role="guardian",
        )
    )
    if code is None:
        raise NotDeclared
    return code
