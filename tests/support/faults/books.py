"""The books of a region: everything on its topics and in its tables, read once more from the beginning."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from demo.books import policies_of
from healthcode.envelope import EnvelopeError, decode
from healthcode.events import (
    CodeChanged,
    CodeConfirmed,
    DeclarationAccepted,
    Event,
    FindingConcluded,
    ListingRecorded,
)
from services.audit.domain import Areas, Dossier, apply, review
from tests.support import topics
from tests.support.database import rows
from tests.support.faults.load import Act
from tests.support.region import RegionProcesses

NAMES: Final = ("declarations.v1", "facts.v1", "findings.v1", "findings.background.v1", "codes.v1", "codes.state.v1")
CHINA: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Books:
    """What is wrong, by kind; all empty when the books balance.

    `lost`: accepted, and without an event or an outcome. `doubled`: events and outcomes that are there twice, and
    declarations that nobody was told were accepted. `disordered`: subjects whose versions or statements are out of
    turn. `wrong`: subjects with another color than the pure rules give. `parked`: records.
    """

    lost: Sequence[str]
    doubled: Sequence[str]
    disordered: Sequence[str]
    wrong: Sequence[str]
    parked: Sequence[str]

    def balance(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.entries())

    def entries(self) -> set[str]:
        """All that is wrong."""
        return {*self.lost, *self.doubled, *self.disordered, *self.wrong, *self.parked}

    def but(self, known: AbstractSet[str]) -> "Books":
        """Without what was wrong before."""
        kinds = (self.lost, self.doubled, self.disordered, self.wrong, self.parked)
        return Books(*([entry for entry in kind if entry not in known] for kind in kinds))


class Ledger:
    """A region's events by topic, in the order of their partitions."""

    def __init__(self, region: RegionProcesses) -> None:
        """Reads what is committed now."""
        self.events: defaultdict[str, list[Event]] = defaultdict(list)
        owner = f"hc.{region.region}."
        for record in topics.read(region.environment["KAFKA_BOOTSTRAP"], [owner + name for name in NAMES]):
            name = record.topic.removeprefix(owner)
            try:
                event = decode(record.headers, record.value, record.key)
            except EnvelopeError:
                continue  # poison of a test
            if name in {event.topic, "codes.state.v1"}:
                self.events[name].append(event)

    def of(self, name: str, *kinds: type[Any]) -> list[Any]:
        """The events of some classes on a topic."""
        return [event for event in self.events[name] if isinstance(event, kinds)]


def check(region: RegionProcesses, accepted: Iterable[Act], replayed: AbstractSet[str] = frozenset()) -> Books:
    """The books of all that was ever accepted in a region; nothing may be under way.

    What was `replayed` by hand is on its topic twice, and later than in its turn.
    """
    ledger, acts = Ledger(region), list(accepted)
    declared = {act.id for act in acts if not act.listing}
    listed = {act.id for act in acts if act.listing}
    stated = {event.id for event in ledger.of("declarations.v1", DeclarationAccepted)}
    recorded = Counter(entry for entry, _ in {(e.entry, e.id) for e in ledger.of("facts.v1", ListingRecorded)})
    outcomes = Counter(
        cause for event in ledger.of("codes.v1", CodeChanged, CodeConfirmed) for cause in set(event.causes)
    )
    lost = [*(declared - stated), *(listed - recorded.keys()), *(declared - outcomes.keys())]
    doubled = [
        *_twice(outcomes),
        *_twice(recorded),
        *(stated - declared),
        *(copy for name in NAMES if name != "codes.state.v1" for copy in _copies(ledger.events[name]) - replayed),
    ]
    late = {act.person for act in acts if act.id in replayed}
    in_turn = [act for act in acts if act.person not in late]
    return Books(lost, doubled, [*_disordered(ledger, in_turn)], [*_wrong(ledger, region)], _parked(region))


def _twice(counted: Counter[str]) -> list[str]:
    return [each for each, times in counted.items() if times > 1]


def _copies(events: Iterable[Event]) -> set[str]:
    return {number for (_, number), times in Counter((event.type, event.id) for event in events).items() if times > 1}


def _disordered(ledger: Ledger, acts: Sequence[Act]) -> Iterable[str]:
    """Versions and sequences ascend; each person's declarations and outcomes come in the order of their acceptance."""
    versions: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for event in ledger.of("codes.v1", CodeChanged):
        versions[f"code {event.subject}"].append((event.incarnation, event.version))
    for name in ("findings.v1", "findings.background.v1"):
        for event in ledger.of(name, FindingConcluded):
            versions[f"finding {event.subject} on {name}"].append((event.incarnation, event.sequence))
    yield from (subject for subject, seen in versions.items() if any(a >= b for a, b in pairwise(seen)))
    turn = {act.id: number for number, act in enumerate(acts)}
    person = {act.id: act.person for act in acts}
    stated: defaultdict[str, list[int]] = defaultdict(list)
    for event in ledger.of("declarations.v1", DeclarationAccepted):
        if event.id in turn:
            stated[f"declarations of {person[event.id]}"].append(turn[event.id])
    for event in ledger.of("codes.v1", CodeChanged, CodeConfirmed):
        mine = sorted(turn[cause] for cause in event.causes if cause in turn)
        stated[f"outcomes of {event.subject}"] += mine
    yield from (whose for whose, seen in stated.items() if any(a > b for a, b in pairwise(seen)))


def _wrong(ledger: Ledger, region: RegionProcesses) -> Iterable[str]:
    """Every person's facts are judged anew by the pure functions, and the state topic holds the latest code."""
    now = datetime.now(UTC)
    policy = policies_of(region.folder / "regions" / region.region / "policy").at(now)
    facts: defaultdict[str, list[Event]] = defaultdict(list)
    for event in (*ledger.events["declarations.v1"], *ledger.events["facts.v1"]):
        facts[event.key].append(event)
    codes = {event.subject: event for event in ledger.of("codes.v1", CodeChanged)}
    states = {event.subject: event for event in ledger.of("codes.state.v1", CodeChanged)}
    areas = Areas.from_rows(())
    for subject in facts.keys() | codes.keys():
        dossier = Dossier.empty(subject)
        for event in facts[subject]:
            dossier, _ = apply(dossier, event)
        color = review(dossier, areas, policy, now, CHINA).color
        code = codes.get(subject)
        if code is None or code.color is not color or states.get(subject) != code:
            yield f"{subject} is {code.color.value if code else 'uncolored'}, should be {color.value}"


def _parked(region: RegionProcesses) -> list[str]:
    found = rows(region.database_url)
    return [
        f"{table} {row['topic']}/{row['partition']}/{row['record_offset']}"
        for table, its in found.items()
        if table.endswith(".parked_record")
        for row in its
    ]
