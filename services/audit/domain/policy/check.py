"""What a pack must be beyond its types. Each problem is said with the place of what causes it."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from healthcode.values import strictness
from services.audit.domain.policy import arguments as a
from services.audit.domain.policy import predicates as p
from services.audit.domain.policy.pack import Hold, Pack, Release, Rule
from services.audit.domain.policy.reach import implies, never

Problem: TypeAlias = tuple[tuple[str | int, ...], str]
"""The path of a part of the pack, and what is wrong there and what to write."""

RESERVED: Final = frozenset({"declared", "undeclared", "unconfirmed", "expired", "decided", "exempted", "*"})
"""What findings call what is not a rule of a pack."""

ANCHORS: Final[dict[type[a.Part], frozenset[str]]] = {
    p.Listed: frozenset({"listed_at", "recorded_at", "delisted_at", "since"}),
    p.Stayed: frozenset({"left_at", "since"}),
    p.Felt: frozenset({"declared_at", "since"}),
    p.Contact: frozenset({"declared_at", "since"}),
    p.Contradicted: frozenset({"declared_at", "since"}),
    p.Tested: frozenset({"sampled_at", "since"}),
}
LACK: Final = frozenset({"since"})
"""What a lack of declarations, temperatures or check-ins gives."""


ENDLESS: Final = (
    "this may never end, for an entry may have no end: write `hold: {days: 0, from: delisted_at}` for as long as it is "
    "listed, or a hold of some days"
)


IDLE: Final = "this says nothing beside a hold or a release, which end the rule: leave it out"


def problems(pack: Pack) -> Iterator[Problem]:
    """All that is wrong with a pack."""
    if pack.until is not None and pack.until <= pack.effective:
        yield ("until",), "this ends before it begins: write a later time, or leave it out"
    seen: set[str] = set()
    for number, rule in enumerate(pack.rules):
        place = ("rules", number)
        if rule.id in seen:
            yield (*place, "id"), f"the id {rule.id!r} is taken by an earlier rule: write another"
        if rule.id in RESERVED:
            yield (*place, "id"), f"the id {rule.id!r} has a meaning of its own: write another, as ZJ-R1"
        seen.add(rule.id)
        yield from ((place + inner, what) for inner, what in _rule(rule))
        if shadow := next((each for each in pack.rules if _shadows(each, rule)), None):
            strict = f"{shadow.color} by rule {shadow.id!r} at least as long"
            yield (*place, "when"), f"this never decides: whom it concerns is {strict}: leave one out, or narrow it"


def _rule(rule: Rule) -> Iterator[Problem]:
    latched = rule.hold is not None or rule.release is not None
    if not _states(rule.when):
        yield (
            ("when",),
            "this can hold of a person of whom nothing is known: put a fact beside it, as in `all: [{stayed: …}, …]`",
        )
        return
    yield from ((("when", *place), what) for place, what in never(rule.when, latched=latched))
    if not latched:
        if not _ends(rule.when):
            yield ("when",), ENDLESS
        return
    yield from _holding(rule)


def _holding(rule: Rule) -> Iterator[Problem]:
    """What is wrong with the hold and the releases."""
    anchor = "since" if rule.hold is None else rule.hold.from_
    offered = _offered(rule.when)
    if anchor not in offered:
        names = ", ".join(sorted(offered)) or "none, so leave hold and release out"
        yield ("hold", "from"), f"the condition gives no {anchor}; it gives: {names}"
    if rule.hold is not None and not rule.hold.days and rule.release is None and not _lasts(rule.hold):
        yield ("hold", "days"), f"{anchor} is past when the rule begins, so it never holds: write 1 or more"
    for place, part in _facts(rule.when, ("when",)):
        if _idle(part):
            yield (
                (*place, "within_days"),
                "this says nothing beside a hold or a release, which end the rule: leave it out",
            )
    held = rule.hold is not None and rule.hold.days > 0
    for place, release in _releases(rule):
        if release.check_ins is not None and release.check_ins.up_to and not held:
            yield (*place, "check_ins", "up_to"), "this takes its days from the hold: write a hold, or leave it out"


def _lasts(hold: Hold) -> bool:
    """Whether the time it counts from may be still to come."""
    return hold.from_ in {"delisted_at", "left_at"}


def _facts(predicate: p.Predicate, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], p.Predicate]]:
    """The parts of a condition that give facts, each with its place."""
    match predicate:
        case p.All():
            for number, each in enumerate(predicate.all):
                yield from _facts(each, (*place, "all", number))
        case p.Any_():
            for number, each in enumerate(predicate.any):
                yield from _facts(each, (*place, "any", number))
        case p.Not():
            return
        case _:
            yield place, predicate


def _idle(predicate: p.Predicate) -> bool:
    """Whether it says within how many days what was stated counts; of a stay that means another thing."""
    match predicate:
        case p.Felt():
            return "within_days" in predicate.symptom.model_fields_set
        case p.Contact():
            return "within_days" in predicate.contact.model_fields_set
        case p.Temperature():
            return "within_days" in predicate.temperature.model_fields_set
        case p.Tested():
            return "within_days" in predicate.tested.model_fields_set and predicate.tested.count == 1
        case _:
            return False


def _releases(rule: Rule) -> Iterator[tuple[tuple[str | int, ...], Release]]:
    if rule.release is not None:
        yield from _alternatives(("release",), rule.release)
    if rule.then is not None and rule.then.release is not None:
        yield from _alternatives(("then", "release"), rule.then.release)


def _alternatives(place: tuple[str | int, ...], release: Release) -> Iterator[tuple[tuple[str | int, ...], Release]]:
    yield place, release
    for number, each in enumerate(release.any):
        yield from _alternatives((*place, "any", number), each)


def _shadows(strict: Rule, rule: Rule) -> bool:
    """Whether a rule is stricter than another whenever that one holds, and for at least as long."""
    if strictness(strict.color) <= strictness(rule.color) or not implies(rule.when, strict.when):
        return False
    if rule.hold is None and rule.release is None:
        return strict.hold is None and strict.release is None
    one, other = strict.hold or _NO_HOLD, rule.hold or _NO_HOLD
    if strict.hold is None and strict.release is None:
        return False
    return one.from_ == other.from_ and one.days >= other.days and rule.release in {None, strict.release}


_NO_HOLD: Final = Hold.model_validate({"days": 0, "from": "since"})


def _states(predicate: p.Predicate) -> bool:
    """Whether it holds only where there are facts that can be named."""
    match predicate:
        case p.All():
            return any(_states(each) for each in predicate.all)
        case p.Any_():
            return all(_states(each) for each in predicate.any)
        case p.Not():
            return False
        case p.Declared():
            return predicate.declared.missing is None
        case p.CheckedIn():
            return predicate.check_in.streak is None
        case _:
            return True


def _ends(predicate: p.Predicate) -> bool:
    """Whether, without hold or release, time or the person's own act ends it."""
    match predicate:
        case p.All():
            return any(_ends(each) for each in predicate.all)
        case p.Any_():
            return all(_ends(each) for each in predicate.any)
        case p.Not():
            return isinstance(predicate.not_, p.Tested | p.CheckedIn)
        case _:
            return not isinstance(predicate, p.Listed)


def _offered(predicate: p.Predicate) -> frozenset[str]:
    """The anchors that are there whenever it holds."""
    match predicate:
        case p.All():
            return frozenset().union(*(_offered(each) for each in predicate.all))
        case p.Any_():
            return frozenset.intersection(*(_offered(each) for each in predicate.any))
        case p.Temperature():
            return ANCHORS[p.Felt] if predicate.temperature.missing_days is None else LACK
        case p.Declared():
            return frozenset() if predicate.declared.missing else LACK
        case p.CheckedIn():
            return LACK if predicate.check_in.streak is None else frozenset()
        case _:
            return ANCHORS.get(type(predicate), frozenset())
