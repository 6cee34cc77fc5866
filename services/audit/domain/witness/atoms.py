"""The facts that a policy's own words speak of, each alone: what witnesses are made of."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import combinations, product
from typing import Any, Final, NamedTuple, TypeAlias

from healthcode.events import CheckInAccepted, DeclarationAccepted, Event, ListingRecorded, Stay, TestRecorded
from healthcode.values import FEVER_FROM, Attestation, Category, Level, TestKind, TestResult
from services.audit.domain.policy import arguments as a
from services.audit.domain.policy import predicates as p
from services.audit.domain.policy.pack import Pack, Release, Rule, TestsArgs

SUBJECT: Final = "witness"
HOME: Final = "110101"
"""Where the made-up person lives, and the area at risk where a policy names none."""
AWAY: Final = "110102"

AreaLevel: TypeAlias = tuple[str, str, datetime, datetime | None]


class Atom(NamedTuple):
    """A fact or a few that belong together, and the level of an area that it needs; `act` is a test or a check-in."""

    key: str
    events: tuple[Event, ...]
    levels: tuple[AreaLevel, ...] = ()
    act: bool = False


def atoms(packs: Sequence[Pack], start: datetime, zone: tzinfo) -> list[Atom]:
    """The atoms of some packs around a time, each once."""
    make = Maker(start, zone)
    found: dict[str, Atom] = {}
    for rule in (rule for pack in packs for rule in pack.rules):
        for atom in make.of_rule(rule):
            found.setdefault(atom.key, atom)
    return list(found.values())


def joined(packs: Sequence[Pack], start: datetime, zone: tzinfo) -> Iterator[tuple[Atom, ...]]:
    """What makes the `all` of a rule true together: one atom for each of two of its parts."""
    make = Maker(start, zone)
    for rule in (rule for pack in packs for rule in pack.rules):
        for part in p.parts(rule.when):
            if isinstance(part, p.All):
                each = [[atom for inner in p.parts(one) for atom in make.of(inner)] for one in part.all]
                for one, other in combinations(each, 2):
                    yield from product(one, other)


def _releases(*given: Release | None) -> Iterator[Release]:
    for each in given:
        if each is not None:
            yield each
            yield from _releases(*each.any)


class Maker:
    """Makes atoms around a time."""

    def __init__(self, start: datetime, zone: tzinfo) -> None:
        self.start, self.zone = start, zone
        self.day = start.astimezone(zone).date()

    def of_rule(self, rule: Rule) -> Iterator[Atom]:
        """What a rule's words speak of."""
        for part in p.parts(rule.when):
            yield from self.of(part)
        for release in _releases(rule.release, rule.then.release if rule.then else None):
            yield from self.released(release)

    def of(self, part: p.Predicate) -> Iterator[Atom]:
        """What makes a predicate true, at and just beside its numbers."""
        match part:
            case p.Listed():
                yield from self.listed(part.listed.category)
            case p.Contradicted():
                yield from self.listed(part.contradicted.by)
            case p.Present():
                yield from self.present(part.present)
            case p.Stayed():
                yield from self.stayed(part.stayed)
            case p.Tested():
                yield from self.tests(part.tested.kind[0], part.tested.result, part.tested)
            case p.CheckedIn():
                yield self.checked_in(part.check_in.streak or part.check_in.missed_days or 1)
            case _:
                yield from self.stated(part)

    def stated(self, part: p.Predicate) -> Iterator[Atom]:
        """Declarations that say it."""
        match part:
            case p.Felt():
                yield from (self.declared(f"symptom {each}", symptoms=(each,)) for each in part.symptom.any_of)
            case p.Temperature():
                least = part.temperature.at_least or FEVER_FROM
                yield self.declared(f"temperature {least}", temperature=least)
            case p.Contact():
                yield self.declared("contact", contact=True)
            case _:
                pass

    def released(self, release: Release) -> Iterator[Atom]:
        """What meets a release, and what just does not."""
        if release.check_ins is not None:
            streak = release.check_ins.streak
            yield from (self.checked_in(each) for each in (streak - 1, streak) if each)
        if release.tests is not None:
            first = timedelta(days=(release.tests.from_day or 2) - 1)
            for after in (first - timedelta(days=1), first):
                yield from self.tests(release.tests.kind[0], release.tests.result, release.tests, after)

    def tests(
        self, kind: TestKind, result: TestResult, asked: a.TestedArgs | TestsArgs, after: timedelta = timedelta()
    ) -> Iterator[Atom]:
        """As many tests as are asked for, and one less, from some time after the start on."""
        apart = timedelta(hours=asked.apart_hours)
        for count in {asked.count, asked.count - 1} - {0}:
            made = [self.tested(kind, result, after + apart * number) for number in range(count)]
            yield Atom(f"{count} {made[0].id} {apart}", tuple(made), act=True)

    def listed(self, categories: Sequence[Category]) -> Iterator[Atom]:
        """For each an open entry, and one that ended after a day."""
        for category, until in product(categories, (None, self.start + timedelta(days=1))):
            entry = f"{category}{'' if until is None else ' ended'}"
            event = ListingRecorded(
                id=f"listing {entry}",
                subject=SUBJECT,
                entry=entry,
                revision=1,
                category=category,
                source="",
                evidence="",
                valid_from=self.start,
                valid_until=until,
                recorded_at=self.start,
            )
            yield Atom(entry, (event,))

    def declared(self, key: str, *, after: timedelta = timedelta(), **stated: Any) -> Atom:
        """A declaration that says one thing."""
        fields: dict[str, Any] = {"temperature": 36.5, "residence": HOME, **stated}
        event = DeclarationAccepted(
            id=f"declared {key}", subject=SUBJECT, at=self.start + after, attestation=Attestation.SELF, **fields
        )
        return Atom(key, (event,))

    def stayed(self, args: a.StayedArgs) -> Iterator[Atom]:
        """Stays that ended yesterday, or just within and just outside the days that count."""
        ends = {self.day - timedelta(days=days) for days in (1, args.within_days, args.within_days + 1)}
        ends |= set(args.between or ())
        places: list[tuple[str, str | None]] = [(area, None) for area in args.areas] or [(AWAY, None)]
        if args.abroad:
            places = [("XX", None)]
        elif args.level:
            places = [(area, level.value) for area, _ in places for level in args.level]
        for place, level in places:
            for end in sorted(ends):
                yield self._stay(place, level, end)

    def _stay(self, place: str, level: str | None, end: date) -> Atom:
        stay = Stay(country=place, since=end, until=end) if place.isalpha() else Stay(area=place, since=end, until=end)
        levels = () if level is None else ((place, level, self.start - timedelta(days=90), None),)
        atom = self.declared(f"stay {place} {level} {end}", stays=(stay,))
        return Atom(atom.key, atom.events, levels)

    def present(self, args: a.PresentArgs) -> Iterator[Atom]:
        """Living in such an area."""
        for area in args.areas or (HOME,):
            for level in args.level or (Level.LOW,):
                atom = self.declared(f"lives {area} {level}", residence=area)
                yield Atom(atom.key, atom.events, ((area, level.value, self.start - timedelta(days=90), None),))

    def tested(self, kind: TestKind, result: TestResult, after: timedelta) -> TestRecorded:
        """A test some time after the start."""
        at = self.start + after
        key = f"test {kind} {result} {at}"
        return TestRecorded(
            id=key,
            subject=SUBJECT,
            test=key,
            revision=1,
            kind=kind,
            result=result,
            sampled_at=at,
            source="",
            evidence="",
            recorded_at=at,
        )

    def checked_in(self, days: int) -> Atom:
        """Normal check-ins on so many days running, from the first day on."""
        return Atom(
            f"check-ins {days}",
            tuple(
                CheckInAccepted(
                    id=f"check-in {number}",
                    subject=SUBJECT,
                    at=self.start + timedelta(days=number),
                    day=self.day + timedelta(days=number),
                    attestation=Attestation.SELF,
                    temperature=36.5,
                    symptoms=(),
                )
                for number in range(days)
            ),
            act=True,
        )

    def plain(self) -> list[Atom]:
        """The declaration of somebody who has nothing to tell, at the start and a day after it."""
        return [self.declared("plain"), self.declared("plain later", after=timedelta(days=1))]
