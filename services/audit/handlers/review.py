"""Events in, findings out: each person's events are applied and the person is reviewed once."""

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Final, NamedTuple

from healthcode.events import (
    CheckInAccepted,
    DeclarationAccepted,
    DeclarationConfirmed,
    DossierHandedOver,
    Event,
    FindingConcluded,
    ReviewDue,
    TripDeclared,
)
from services.audit.domain import (
    Areas,
    Dossier,
    Finding,
    PolicySet,
    apply,
    forgetting,
    keep,
    merged,
    review,
    stays_of,
    timeline,
)
from services.audit.ports.review import AreaReader, Held, Kept, Outcome, ReviewStore, Standing

OWN_ACTS: Final = (DeclarationAccepted, CheckInAccepted, TripDeclared, DeclarationConfirmed)


class Judge:
    """The policies in force and the areas as last read; one per process."""

    def __init__(self, policies: PolicySet, timezone: tzinfo, ids: Callable[[], str]) -> None:
        """`policies`: of the region's files; `timezone`: of its days; `ids` makes the ids of events."""
        self.base = policies
        self.policies = policies
        """The files', and what officers made of them."""
        self.timezone = timezone
        self.ids = ids
        self._areas = Areas.from_rows(())
        self._reference = 0

    @property
    def by_residence(self) -> bool:
        """Whether a storm in an area must find who lives there, too."""
        return any(each.asks_residence for each in self.policies.policies)

    async def areas(self, store: AreaReader, reference: int) -> Areas:
        """The areas at least as new as this number of the reference data; read again when it has moved."""
        return (await self.reading(store, reference))[1]

    async def reading(self, store: AreaReader, reference: int) -> tuple[int, Areas]:
        """As `areas`, with the number that they are of: it may be a newer one than the batch has read.

        The policies with them: both are known together, or a finding would name a number it was not made with.
        """
        if self._reference < reference:
            number, rows = await store.areas()
            policies = timeline(self.base, await store.policy_acts())
            if self._reference < number:
                self._reference, self._areas, self.policies = number, Areas.from_rows(rows), policies
        return self._reference, self._areas

    async def refresh(self, store: AreaReader) -> None:
        """Know what officers have put in force up to now, for those who ask of the past."""
        number, _ = await store.areas()
        await self.reading(store, number)

    def review(self, dossier: Dossier, areas: Areas, now: datetime) -> tuple[Finding, datetime | None]:
        """The finding at an instant, and when to look again: no later than the next policy becomes effective."""
        finding = review(dossier, areas, self.policies.at(now), now, self.timezone)
        change = self.policies.next_change(now)
        due = finding.next_review
        return finding, due if change is None or (due is not None and due <= change) else change


class _Sitting(NamedTuple):
    """What all reviews of a batch have in common."""

    judge: Judge
    areas: Areas
    areas_reference: int
    standing: Standing
    by_residence: bool
    now: datetime


async def review_events(store: ReviewStore, judge: Judge, events: Sequence[Event], now: datetime) -> None:
    """Apply a batch and write one outcome for each person that it concerns."""
    mine: dict[str, list[Event]] = {}
    for event in events:
        mine.setdefault(event.key, []).append(event)
    held = await store.lock(sorted(mine))
    standing = await store.standing()
    number, areas = await judge.reading(store, standing.reference)
    sitting = _Sitting(judge, areas, number, standing, judge.by_residence, now)
    outcomes = [_outcome(sitting, row, wanted) for row in held if (wanted := _wanted(row, mine[row.subject]))]
    await store.write(outcomes, standing.reference, now)


def _wanted(row: Held, events: Sequence[Event]) -> Sequence[Event]:
    """The events without the asked reviews that were overtaken: of data that the dossier was reviewed with already."""
    return [
        event
        for event in events
        if not (isinstance(event, ReviewDue) and event.reference is not None and event.reference <= row.reference)
    ]


def _outcome(sitting: _Sitting, row: Held, events: Sequence[Event]) -> Outcome:
    """Apply one person's events and review."""
    dossier = Dossier.decode(row.facts) if row.facts else Dossier.empty(row.subject)
    causes: list[str] = []
    stayed: set[str] = set()
    acted = asked = False
    now = sitting.now
    for event in events:
        if isinstance(event, ReviewDue):
            # A timer that fired is gone, and its clock may be a little ahead of ours.
            asked, now = True, max(now, event.due)
            continue
        dossier, is_new = _applied(dossier, event)
        if is_new:
            causes.append(event.id)
            acted = acted or isinstance(event, OWN_ACTS)
            told = dossier if isinstance(event, DossierHandedOver) else event
            stayed.update(area for area, _, _ in stays_of(told))
    if asked:
        dossier = forgetting(dossier, now)
    if sitting.by_residence and (residence := dossier.residence):
        stayed.add(residence)
    finding, due = sitting.judge.review(dossier, sitting.areas, now)
    concluded = None
    if acted or finding.digest != row.digest:
        concluded = _concluded(sitting, row, dossier, finding, causes, due, now)
    kept = None if finding.digest == row.digest else Kept(now, sitting.areas_reference, keep(finding))
    return Outcome(
        row.subject,
        dossier.encode(),
        row.sequence + (concluded is not None),
        finding.digest,
        finding.color.value,
        due,
        asked or due != row.due,
        concluded,
        frozenset(stayed),
        acted,
        kept,
    )


def _applied(dossier: Dossier, event: Event) -> tuple[Dossier, bool]:
    """As `apply`; of who comes from another region all facts at once."""
    if not isinstance(event, DossierHandedOver):
        return apply(dossier, event)
    both = merged(dossier, Dossier.decode(event.facts))
    return both, both != dossier


def _concluded(
    sitting: _Sitting,
    row: Held,
    dossier: Dossier,
    finding: Finding,
    causes: Sequence[str],
    due: datetime | None,
    now: datetime,
) -> FindingConcluded:
    return FindingConcluded(
        id=sitting.judge.ids(),
        subject=row.subject,
        incarnation=sitting.standing.incarnation,
        sequence=row.sequence + 1,
        color=finding.color,
        act=finding.act,
        hits=finding.hits,
        until=finding.until,
        next_review=due,
        reviewed_at=now,
        policy=finding.policy,
        policy_version=finding.policy_version,
        reference=sitting.standing.reference,
        causes=tuple(causes),
        evidence=finding.evidence,
        first_hand=finding.first_hand,
        residence=dossier.residence,
    )
