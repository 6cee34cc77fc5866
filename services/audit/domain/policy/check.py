"""What a pack must be beyond its types. Each problem is said with the place of what causes it."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from services.audit.domain.policy import predicates as p
from services.audit.domain.policy.pack import Pack, Rule

Problem: TypeAlias = tuple[tuple[str | int, ...], str]
"""The path of a part of the pack, and what is wrong there and what to write."""

ANCHORS: Final[dict[type[p.Part], frozenset[str]]] = {
    p.Listed: frozenset({"listed_at", "recorded_at", "delisted_at", "since"}),
    p.Stayed: frozenset({"left_at", "since"}),
    p.Felt: frozenset({"declared_at", "since"}),
    p.Contact: frozenset({"declared_at", "since"}),
    p.Contradicted: frozenset({"declared_at", "since"}),
    p.Tested: frozenset({"sampled_at", "since"}),
    p.CheckedIn: frozenset({"since"}),
}


def problems(pack: Pack) -> Iterator[Problem]:
    """All that is wrong with a pack."""
    seen: set[str] = set()
    for number, rule in enumerate(pack.rules):
        place = ("rules", number)
        if rule.id in seen:
            yield (*place, "id"), f"the id {rule.id!r} is taken by an earlier rule: write another"
        seen.add(rule.id)
        yield from _rule(place, rule)


def _rule(place: tuple[str | int, ...], rule: Rule) -> Iterator[Problem]:
    if not _states(rule.when):
        yield (
            (*place, "when"),
            "this can hold of a person of whom nothing is known: put a fact beside it, as in `all: [{stayed: …}, …]`",
        )
        return
    if rule.hold is None and rule.release is None:
        return
    anchor = "since" if rule.hold is None else rule.hold.from_
    offered = _offered(rule.when)
    if anchor not in offered:
        names = ", ".join(sorted(offered)) or "none, so leave hold and release out"
        yield (*place, "hold", "from"), f"the condition gives no {anchor}; it gives: {names}"


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
        case _:
            return True


def _offered(predicate: p.Predicate) -> frozenset[str]:
    """The anchors that are there whenever it holds."""
    match predicate:
        case p.All():
            return frozenset().union(*(_offered(each) for each in predicate.all))
        case p.Any_():
            return frozenset.intersection(*(_offered(each) for each in predicate.any))
        case p.Temperature():
            return ANCHORS[p.Felt] if predicate.temperature.missing_days is None else ANCHORS[p.CheckedIn]
        case p.Declared():
            return frozenset() if predicate.declared.missing else ANCHORS[p.CheckedIn]
        case _:
            return ANCHORS.get(type(predicate), frozenset())
