"""The way out: the earliest time at which a person can be green, and what they have to do for it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from healthcode.events import CheckInAccepted, DeclarationAccepted, DeclarationConfirmed, Event, TestRecorded
from healthcode.values import Attestation, Category, Color, TestKind, TestResult, strictness
from services.audit.domain.areas import Areas
from services.audit.domain.days import instant
from services.audit.domain.dossier import Dossier
from services.audit.domain.facts import OTHER, unpack_id
from services.audit.domain.finding import Finding
from services.audit.domain.gather import apply
from services.audit.domain.policy import predicates as p
from services.audit.domain.policy.policy import Policy
from services.audit.domain.review import review

HORIZON: Final = timedelta(days=130)
"""Twice what any hold and stage can ask for; what is not over then waits for somebody else."""

Act: TypeAlias = Literal["declare", "confirm", "check_in", "test"]
_ANSWERS: Final[Mapping[Act, frozenset[str]]] = {
    "declare": frozenset({"declaration"}),
    "confirm": frozenset({"confirmation"}),
    "check_in": frozenset({"check_ins", "temperature"}),
    "test": frozenset({"tests"}),
}
"""The kinds of releases that each act works towards."""
_DAY: Final = timedelta(days=1)


class Step(NamedTuple):
    """One thing to do: a truthful declaration, a confirmation, a normal check-in or a negative test, and when."""

    act: Act
    at: datetime


class WayOut(msgspec.Struct, frozen=True):
    """When a person can be green, None where nothing that they do is enough; and the least that it takes.

    `unaided` is when they are green if they do nothing more. Whoever does all `steps`, each at its time or for a
    check-in on its day, is green at `green`, as long as nothing else becomes known.
    """

    green: datetime | None
    steps: tuple[Step, ...]
    unaided: datetime | None

    @property
    def act(self) -> Step | None:
        """The next thing to do; None where only time, or somebody else, helps."""
        return self.steps[0] if self.steps else None


def way_out(dossier: Dossier, areas: Areas, policy: Policy, now: datetime, tz: tzinfo) -> WayOut:
    """Search the reviews to come for the earliest green. Pure; a few milliseconds."""
    search = _Search(dossier, areas, policy, now, tz)
    unaided = search.green(())
    best: tuple[datetime | None, Sequence[Step]] = (unaided, ())
    for plan in search.plans():
        if _sooner(plan, best):
            best = plan
    green, steps = best
    if green is not None:
        steps = search.needed(green, steps)
    return WayOut(green, tuple(steps), unaided)


def _sooner(one: tuple[datetime | None, Sequence[Step]], other: tuple[datetime | None, Sequence[Step]]) -> bool:
    if one[0] is None or other[0] is None:
        return one[0] is not None
    return (one[0], len(one[1])) < (other[0], len(other[1]))


class _Search:
    """One person at one time, and what becomes of them."""

    def __init__(self, dossier: Dossier, areas: Areas, policy: Policy, now: datetime, tz: tzinfo) -> None:
        self.dossier, self.areas, self.policy, self.now, self.tz = dossier, areas, policy, now, tz
        self.end = now + HORIZON

    def look(self, known: Dossier, time: datetime) -> Finding:
        return review(known, self.areas, self.policy, time, self.tz)

    def green(self, steps: Sequence[Step]) -> datetime | None:
        """When the person is green who does these steps and no other."""
        known, time, waiting = self.dossier, self.now, list(steps)
        while time <= self.end:
            while waiting and waiting[0].at <= time:
                known = self.done(known, waiting.pop(0))
            finding = self.look(known, time)
            if finding.color is Color.GREEN:
                return time
            times = [each for each in (finding.next_review, waiting[0].at if waiting else None) if each is not None]
            if not times:
                return None
            time = min(times)
        return None

    def plans(self) -> Iterable[tuple[datetime | None, Sequence[Step]]]:
        """What comes of doing whatever of some kinds helps, as soon as it does."""
        asked: tuple[Act, ...] = ("confirm", "declare")
        for first in self._firsts():
            for acts in (asked, (*asked, "test"), (*asked, "check_in"), (*asked, "check_in", "test")):
                yield self.helped(acts, first)

    def _firsts(self) -> Iterable[tuple[Step, ...]]:
        """What may have to be begun before it shows: a declaration, and what a `not` asks for."""
        yield ()
        yield (Step("declare", self.now),)
        for rule in self.policy.pack.rules:
            for part in p.parts(rule.when):
                if isinstance(part, p.Not) and isinstance(part.not_, p.Tested):
                    tested = part.not_.tested
                    apart = timedelta(hours=tested.apart_hours)
                    yield tuple(Step("test", self.now + number * apart) for number in range(tested.count))
                if isinstance(part, p.Not) and isinstance(part.not_, p.CheckedIn):
                    streak = part.not_.check_in.streak or 1
                    yield tuple(Step("check_in", self.now + number * _DAY) for number in range(streak))

    def helped(self, acts: Sequence[Act], first: Sequence[Step]) -> tuple[datetime | None, Sequence[Step]]:
        """When the person is green who does the first steps, and of these kinds whatever changes the finding."""
        known, time, steps, waiting = self.dossier, self.now, list[Step](), list(first)
        while time <= self.end:
            while waiting and waiting[0].at <= time:
                steps.append(waiting.pop(0))
                known = self.done(known, steps[-1])
            finding = self.look(known, time)
            for act in acts:
                if finding.color is Color.GREEN or not _asked(finding, _ANSWERS[act]):
                    continue
                after = self.done(known, Step(act, time))
                seen = self.look(after, time)
                if seen.digest != finding.digest and not _stricter(seen, finding):
                    known, finding = after, seen
                    steps.append(Step(act, time))
            if finding.color is Color.GREEN:
                return time, steps
            then = self._next(finding, time, waiting, acts)
            if then is None:
                break
            time = then
        return None, steps

    def _next(self, finding: Finding, time: datetime, waiting: Sequence[Step], acts: Sequence[Act]) -> datetime | None:
        """When to look again: when time changes something, and daily where something is asked for."""
        times = [each for each in (finding.next_review, waiting[0].at if waiting else None) if each is not None]
        if any(_asked(finding, _ANSWERS[act]) for act in acts):
            day = time.astimezone(self.tz).date() + _DAY
            times.append(datetime(day.year, day.month, day.day, tzinfo=self.tz))
        return min(times, default=None)

    def needed(self, green: datetime, steps: Sequence[Step]) -> Sequence[Step]:
        """The steps without those that are in vain: first whole kinds, then one by one."""
        for act in {step.act for step in steps}:
            fewer = [step for step in steps if step.act != act]
            if self._does(fewer, green):
                steps = fewer
        for step in list(steps):
            fewer = [each for each in steps if each is not step]
            if self._does(fewer, green):
                steps = fewer
        return steps

    def _does(self, steps: Sequence[Step], green: datetime) -> bool:
        found = self.green(steps)
        return found is not None and found <= green

    def done(self, known: Dossier, step: Step) -> Dossier:
        """The dossier after a step."""
        for event in events_of(step, known, self.tz):
            known, _ = apply(known, event)
        return known


def _asked(finding: Finding, kinds: frozenset[str]) -> bool:
    return any(each.kind in kinds and each.done < each.needed for hit in finding.hits for each in hit.release)


def _stricter(one: Finding, other: Finding) -> bool:
    return strictness(one.color) > strictness(other.color) and other.color is not Color.PENDING


def events_of(step: Step, known: Dossier, tz: tzinfo) -> list[Event]:
    """What a step makes known of a person."""
    if step.act == "declare":
        return [_declaration(step.at, known)]
    if step.act == "confirm":
        answered = {answer.declaration for answer in known.answers}
        waiting = [each.id for each in known.declared if each.by == OTHER and each.id not in answered]
        return [
            DeclarationConfirmed(
                id=f"step-{step.at.timestamp()}-{number}",
                subject=known.subject,
                at=step.at,
                declaration=unpack_id(each),
                agreed=True,
            )
            for number, each in enumerate(waiting)
        ]
    return [_check_in(step.at, known, tz) if step.act == "check_in" else _test(step.at, known)]


def _declaration(at: datetime, known: Dossier) -> Event:
    """A truthful one: who is on the list as a contact says so."""
    second = instant(at)
    contact = any(
        each.category == Category.CLOSE_CONTACT.value
        and not each.withdrawn
        and each.since <= second < (each.until or second + 1)
        for each in known.listings
    )
    return DeclarationAccepted(
        id=f"step-{at.timestamp()}",
        subject=known.subject,
        at=at,
        attestation=Attestation.SELF,
        residence=known.residence or "",
        temperature=36.5,
        symptoms=(),
        contact=contact,
        stays=(),
    )


def _check_in(at: datetime, known: Dossier, tz: tzinfo) -> Event:
    day: date = at.astimezone(tz).date()
    return CheckInAccepted(
        id=f"step-{day}",
        subject=known.subject,
        at=at,
        day=day,
        attestation=Attestation.SELF,
        temperature=36.5,
        symptoms=(),
    )


def _test(at: datetime, known: Dossier) -> Event:
    name = f"step-{at.timestamp()}"
    return TestRecorded(
        id=name,
        subject=known.subject,
        test=name,
        revision=1,
        kind=TestKind.PCR,
        result=TestResult.NEGATIVE,
        sampled_at=at,
        source="",
        evidence="",
        recorded_at=at,
    )
