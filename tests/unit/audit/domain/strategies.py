"""Random people, areas and policies."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from healthcode.events import Event, Stay
from healthcode.values import Attestation, Category, Color, Symptom, TestKind, TestResult
from services.audit.domain import Areas, Policy
from services.audit.domain.policy.check import _offered, problems
from services.audit.domain.policy.pack import Pack
from services.audit.domain.policy.predicates import All
from tests.unit.audit.domain import making

START: Final = datetime(2020, 1, 20, 16, tzinfo=UTC)
DAYS: Final = 70
PLACES: Final = ("420100", "420106", "330106", "330100")
CATEGORIES: Final = (Category.CONFIRMED, Category.CLOSE_CONTACT, Category.INBOUND)

# Whole hours, and a second beside them, so that boundaries are met and just missed.
moments = st.builds(
    lambda hours, seconds: START + timedelta(hours=hours, seconds=seconds),
    st.integers(0, DAYS * 24),
    st.sampled_from((0, 0, 1, -1)),
)
days = st.integers(0, DAYS).map(lambda number: date(2020, 1, 21) + timedelta(days=number))
lengths = st.integers(0, 15).map(timedelta)
temperatures = st.sampled_from((None, 36.5, 37.3, 38.9))
symptoms = st.sampled_from(((), (), (Symptom.FEVER,), (Symptom.COUGH, Symptom.NONE)))
origins = st.sampled_from((None, None, "420000"))
attestations = st.sampled_from((Attestation.SELF, Attestation.SELF, Attestation.COUNTER, Attestation.OTHER))


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    since = draw(days)
    until = since + draw(lengths)
    if draw(st.integers(0, 4)) == 0:
        return Stay(country="IT", since=since, until=until)
    return Stay(area=draw(st.sampled_from(PLACES)), since=since, until=until)


@st.composite
def declarations(draw: st.DrawFn, number: int) -> Event:
    return making.declared(
        draw(moments),
        f"d{number}",
        draw(temperatures),
        draw(symptoms),
        contact=draw(st.booleans()),
        stays=tuple(draw(st.lists(stays(), max_size=2))),
        by=draw(attestations),
        residence=draw(st.sampled_from(PLACES)),
    )


@st.composite
def check_ins(draw: st.DrawFn, number: int) -> list[Event]:
    first, felt, heat = draw(days), draw(symptoms), draw(temperatures)
    by = draw(attestations)
    length = draw(st.sampled_from((1, 2) if by is Attestation.OTHER else (1, 2, 7, 15)))
    return [making.checked_in(first + timedelta(days=day), heat, felt, f"c{number}.{day}", by) for day in range(length)]


@st.composite
def listings(draw: st.DrawFn, number: int) -> Event:
    since = draw(moments)
    until = draw(st.none() | st.just(since + draw(lengths) + timedelta(hours=1)))
    category, recorded, origin = draw(st.sampled_from(CATEGORIES)), draw(moments), draw(origins)
    return making.listed(category, since, until, f"e{number}", recorded_at=recorded, origin=origin)


@st.composite
def trips(draw: st.DrawFn, number: int) -> Event:
    since = draw(days)
    until = draw(st.none() | st.just(since + draw(lengths)))
    return making.trip(draw(moments), draw(st.sampled_from(PLACES)), since, until, f"j{number}", draw(attestations))


@st.composite
def tests(draw: st.DrawFn, number: int) -> Event:
    result = draw(st.sampled_from((TestResult.NEGATIVE, TestResult.NEGATIVE, TestResult.POSITIVE)))
    kind = draw(st.sampled_from(tuple(TestKind)))
    return making.sampled(draw(moments), result, f"t{number}", kind, draw(origins))


@st.composite
def decisions(draw: st.DrawFn, number: int) -> Event:
    since = draw(moments)
    until = since + draw(lengths) + timedelta(hours=1)
    color = draw(st.sampled_from((None, Color.YELLOW, Color.RED)))
    exempts = draw(st.sampled_from((("R0",), ("R0", "R1"), ("*",)))) if color is None else ()
    return making.decided(since, until, color, exempts, f"o{number}", recorded_at=draw(moments))


@st.composite
def histories(draw: st.DrawFn, *, exempt: bool = True) -> list[Event]:
    """The events of one person, few enough that none is forgotten for their number; without `exempt` no decisions."""
    events: list[Event] = [draw(declarations(number)) for number in range(draw(st.integers(0, 3)))]
    for number in range(draw(st.integers(0, 3))):
        events += draw(check_ins(number))
    for one in (listings, trips, tests):
        events += [draw(one(number)) for number in range(draw(st.integers(0, 2)))]
    if exempt and not draw(st.integers(0, 3)):
        events += [draw(decisions(number)) for number in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        declaration = draw(st.sampled_from(("d0", "d1", "c0.0", "j0")))
        events.append(making.answered(draw(moments), declaration, agreed=draw(st.booleans())))
    return events


@st.composite
def areas(draw: st.DrawFn) -> Areas:
    """Levels of areas at times."""
    rows = []
    for _ in range(draw(st.integers(0, 3))):
        since = draw(moments)
        until = draw(st.none() | st.just(since + draw(lengths) + timedelta(hours=1)))
        rows.append((draw(st.sampled_from(PLACES)), draw(st.sampled_from(("low", "medium", "high"))), since, until))
    return Areas.from_rows(rows)


_within = st.sampled_from((1, 3, 14, 60))
_positive: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda category: {"listed": {"category": [category.value]}}, st.sampled_from(CATEGORIES)),
    st.builds(lambda level, within: {"stayed": {"level": level, "within_days": within}},
              st.sampled_from((["high"], ["medium", "high"])), _within),
    st.builds(lambda area, within: {"stayed": {"areas": [area], "within_days": within}},
              st.sampled_from(PLACES), _within),
    st.builds(lambda within: {"stayed": {"abroad": True, "within_days": within}}, _within),
    st.builds(lambda level, within: {"stayed": {"level": level, "left": True, "within_days": within}},
              st.sampled_from((["high"], ["medium", "high"])), _within),
    st.builds(lambda area, first, length, within: {"stayed": {
        "areas": [area], "between": [first, first + length], "within_days": within}},
        st.sampled_from(PLACES), days, lengths, _within),
    st.builds(lambda within: {"symptom": {"any_of": ["fever", "cough"], "within_days": within}}, _within),
    st.builds(lambda within: {"temperature": {"at_least": 37.3, "within_days": within}}, _within),
    st.builds(lambda within: {"contact": {"within_days": within}}, _within),
    st.builds(lambda result, count, apart, within: {
        "tested": {"result": result, "count": count, "apart_hours": apart, "within_days": within}},
        st.sampled_from(("negative", "positive")), st.integers(1, 2), st.sampled_from((0, 24)), _within),
    st.builds(lambda denied, by: {"contradicted": {"denied": denied, "by": [by.value]}},
              st.sampled_from(("contact", "abroad", "symptoms")), st.sampled_from(CATEGORIES)),
)  # fmt: skip
# Where somebody is now: a newer residence takes the older one's place, so a statement less may be stricter.
_here: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda level: {"present": {"level": level}}, st.sampled_from((["high"], ["medium", "high"]))),
    st.builds(lambda area: {"present": {"areas": [area]}}, st.sampled_from(PLACES)),
)
_lacks: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda within: {"temperature": {"missing_days": within}}, _within),
    st.builds(lambda within: {"check_in": {"missed_days": within}}, _within),
    st.builds(lambda within: {"declared": {"older_than_days": within}}, _within),
)


_streaks = st.builds(lambda streak: {"check_in": {"streak": streak}}, st.sampled_from((1, 3, 7)))


def _conditions(*, monotone: bool) -> st.SearchStrategy[Any]:
    leaf = _positive if monotone else _positive | _here | _lacks
    either = st.lists(leaf, min_size=2, max_size=2).map(lambda parts: {"any": parts})
    both = st.lists(leaf, min_size=2, max_size=2).map(lambda parts: {"all": parts})
    if monotone:
        return leaf | either | both
    negative = (leaf | st.just({"declared": {"missing": True}}) | _streaks).map(lambda part: {"not": part})
    return leaf | either | both | st.tuples(leaf, negative).map(lambda parts: {"all": list(parts)})


_check_ins = st.builds(
    lambda streak, up_to: {"check_ins": {"streak": streak, "up_to": up_to}}, st.sampled_from((1, 3, 14)), st.booleans()
)
_tests = st.builds(
    lambda count, apart, first: {
        "tests": {"count": count, "apart_hours": apart, **({"from_day": first} if first else {})}
    },
    st.integers(1, 2),
    st.sampled_from((0, 24)),
    st.sampled_from((0, 1, 7)),
)
_releases: st.SearchStrategy[Any] = st.one_of(
    _check_ins,
    _tests,
    st.tuples(_check_ins, _tests).map(lambda both: {**both[0], **both[1]}),
    st.tuples(_check_ins, _tests).map(lambda both: {"any": list(both)}),
)


@st.composite
def _rules(draw: st.DrawFn, number: int, *, monotone: bool) -> dict[str, Any]:
    when = draw(_conditions(monotone=monotone))
    rule: dict[str, Any] = {"id": f"R{number}", "when": when, "reason": "because"}
    rule["color"] = draw(st.sampled_from(("yellow", "red")))
    anchors = sorted(_offered(All.model_validate({"all": [when]})))
    held, staged, asked = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    if anchors and held:
        rule["hold"] = {"days": draw(st.sampled_from((0, 1, 7, 14))), "from": draw(st.sampled_from(anchors))}
    if "since" in anchors and draw(st.integers(0, 2)) and not monotone:
        rule["release"] = draw(_releases)
    if rule["color"] == "red" and ("hold" in rule or "release" in rule) and staged:
        rule["then"] = {"color": "yellow", "days": draw(st.sampled_from((1, 14)))}
        if asked and not monotone:
            rule["then"]["release"] = draw(_releases)
    if "hold" in rule or "release" in rule:
        _speak_on(when)
    return rule


def _speak_on(when: dict[str, Any]) -> None:
    """Beside a hold or a release, within how many days a statement counts says nothing, and is refused."""
    for name, value in when.items():
        if name in {"all", "any"}:
            for each in value:
                _speak_on(each)
        elif name in {"symptom", "temperature", "contact", "tested"}:
            value.pop("within_days", None)


def _valid(document: dict[str, Any]) -> bool:
    return not list(problems(Pack.model_validate(document)))


@st.composite
def policies(draw: st.DrawFn, *, monotone: bool = False) -> Policy:
    """A valid policy; a monotone one has neither lacks, `present`, `not` nor releases."""
    colors = {
        name: {"act": "declare", "text": {"zh": "一", "en": "a"}} for name in ("pending", "green", "yellow", "red")
    }
    number = draw(st.integers(1, 4))
    document: dict[str, Any] = {
        "policy": "random",
        "version": "1",
        "effective": START,
        "colors": colors,
        "rules": [],
    }
    for each in range(number):
        rule = draw(_rules(each, monotone=monotone))
        if _valid({**document, "rules": [*document["rules"], rule]}):
            document["rules"].append(rule)
    if not document["rules"]:
        document["rules"].append({"id": "R0", "when": {"contact": {}}, "color": "red", "reason": "because"})
    if not monotone and draw(st.booleans()):
        document["declaration_valid_days"] = draw(st.integers(1, 30))
    return Policy(Pack.model_validate(document))
