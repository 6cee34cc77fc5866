"""Records that nothing can be made of, for each topic that a region consumes, and why each is refused."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import msgspec
from joserfc import jwe
from joserfc.jwk import ECKey

from healthcode.envelope import encode
from healthcode.events import (
    AreaLevelRecorded,
    AreaLevelSubmitted,
    CheckInAccepted,
    ClientChanged,
    CodeChanged,
    ConsentChanged,
    CredentialScanned,
    Event,
    FindingConcluded,
    GuardianshipChanged,
    HolderFound,
    ListingRecorded,
    ListingSubmitted,
    ReviewDue,
    TestSubmitted,
    WatchOpened,
)
from healthcode.values import Attestation, Category, ClientState, Color, EvidenceClass, Level, TestKind, TestResult
from tests.support.polling import eventually
from tests.support.region import RegionProcesses
from tests.support.topics import Written, read

COMPACTED: Final = (".clients.v1", ".consents.v1")
NEWER: Final = "a newer version"
NOW: Final = datetime(2026, 2, 1, tzinfo=UTC)
SUBJECT: Final = "garbage2garbage2garbage2ga"
FOREIGN: Final = AreaLevelRecorded(
    id="a-1", area="330106", entry="a", revision=1, level=Level.HIGH, source="cdc", evidence="e", valid_from=NOW,
    recorded_at=NOW, reference=1,
)  # fmt: skip
"""An event that belongs on none of the topics that are consumed."""


Letter = tuple[str, bytes, bytes, str]
"""A dead letter: its topic, key, value and reason."""


@dataclass(frozen=True)
class Garbage:
    """A record, and the `hc_reason` under which each of its readers that minds puts it among the dead letters."""

    what: str
    record: Written
    reason: str
    minded_by: int = 1


def sealed(jwk: dict[str, Any], plain: str) -> str:
    """A text sealed to an intake key."""
    return jwe.encrypt_compact({"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}, plain, ECKey.import_key(jwk))


def written(event: Event, topic: str) -> Written:
    """An event as it lies on a topic."""
    wire = encode(event, owner="330000", service="stranger", time=NOW)
    return Written(topic, wire.key, wire.value, wire.headers)


def garbage_for(topic: str, event: Event) -> Iterator[Garbage]:
    """What is garbage on any topic; `event` is one that belongs there."""
    good = written(event, topic)
    headers = dict(good.headers)
    yield Garbage("bytes", Written(topic, b"k", b"\xff\x00\xfe", ()), "not-cloudevents")
    if not topic.endswith(COMPACTED):  # there the broker itself refuses what has no key
        yield Garbage("no key, no value", Written(topic, None, None, ()), "not-cloudevents")
    newer = {**headers, "ce_type": headers["ce_type"].replace(b".v1", b".v99")}
    yield Garbage(NEWER, replace(good, headers=tuple(newer.items())), "unknown-type")
    empty: Any = {**headers, "ce_type": None, "ce_time": None}
    yield Garbage("headers without a value", replace(good, headers=tuple(empty.items())), "not-cloudevents")
    strange = {**headers, "ce_type": b"\xff\xfe"}
    yield Garbage("a type in no encoding", replace(good, headers=tuple(strange.items())), "unknown-type")
    yield Garbage("a cut value", replace(good, value=(good.value or b"")[:-9]), "malformed")
    yield Garbage("no value", replace(good, value=None), "malformed")
    yield Garbage("a list", replace(good, value=b"[]"), "malformed")
    yield Garbage("bad UTF-8", replace(good, value=(good.value or b"").replace(b'"id"', b'"\xff"')), "malformed")
    yield Garbage("another key", replace(good, key=b"somebody-else"), "key-mismatch")
    yield Garbage("a foreign event", written(FOREIGN, topic), "wrong-topic")


def events(region: str, person: str) -> dict[str, Event]:
    """An event for each topic that a region consumes."""
    recorded: dict[str, Any] = {"subject": SUBJECT, "source": "cdc", "evidence": "e", "recorded_at": NOW}
    submitted: dict[str, Any] = {"source": "cdc", "evidence": "e", "person": person}
    return {
        f"hc.{region}.declarations.v1": CheckInAccepted(
            id="c-1", subject=SUBJECT, at=NOW, day=NOW.date(), attestation=Attestation.SELF
        ),
        f"hc.{region}.facts.v1": ListingRecorded(
            id="l.1", entry="l", revision=1, category=Category.CONFIRMED, valid_from=NOW, **recorded
        ),
        f"hc.{region}.reviews.v1": ReviewDue(id="r-1", subject=SUBJECT, cause="timer", due=NOW),
        f"hc.{region}.findings.v1": finding(Color.GREEN),
        f"hc.{region}.findings.background.v1": finding(Color.GREEN),
        f"hc.{region}.codes.v1": CodeChanged(
            id="c-1", subject=SUBJECT, incarnation=1, version=1, previous=Color.PENDING, color=Color.GREEN,
            act="may_enter", since=NOW, policy="p", policy_version="1", finding="f-1", cause="declaration",
            evidence=EvidenceClass.SELF_REPORTED, changed_at=NOW,
        ),
        f"hc.{region}.lists-in.v1": ListingSubmitted(
            id="m-1", entry="in-1", category=Category.CONFIRMED, valid_from=NOW, **submitted
        ),
        f"hc.{region}.tests-in.v1": TestSubmitted(
            id="m-2", test="in-2", kind=TestKind.PCR, result=TestResult.NEGATIVE, sampled_at=NOW, **submitted
        ),
        f"hc.{region}.areas-in.v1": AreaLevelSubmitted(
            id="m-3", entry="in-3", area="330106", level=Level.HIGH, source="cdc", evidence="e", valid_from=NOW
        ),
        f"hc.{region}.guardianships.v1": GuardianshipChanged(
            id="g-1", subject=SUBJECT, guardian=SUBJECT, guardianship="g", until=None, incarnation=1, version=1, at=NOW
        ),
        f"hc.{region}.clients.v1": ClientChanged(
            id="m-4", client="c", incarnation=1, version=1, account="a", name="n", state=ClientState.APPLIED,
            changed_at=NOW,
        ),
        f"hc.{region}.consents.v1": ConsentChanged(
            id="m-5", consent="c", subject=SUBJECT, client="c", incarnation=1, version=1, changed_at=NOW
        ),
        f"hc.{region}.scans.v1": CredentialScanned(
            id="s-1", credential="0" * 32, origin="420000", seen_at=NOW, at=NOW
        ),
        f"hc.{region}.holders.v1": HolderFound(
            id="h-1", ask="0" * 32, destination="420000", purpose="scan", until=NOW, at=NOW
        ),
        f"hc.national.{region}.v1": WatchOpened(
            id="w-1", handle="0" * 32, origin="420000", destination=region, sequence=1, purpose="trip", until=NOW,
            at=NOW,
        ),
    }  # fmt: skip


def finding(color: Color) -> FindingConcluded:
    """A finding of nobody."""
    return FindingConcluded(
        id="f-1", subject=SUBJECT, incarnation=1, sequence=1, color=color, act="may_enter", hits=(), reviewed_at=NOW,
        policy="p", policy_version="1", reference=1, evidence=EvidenceClass.SELF_REPORTED,
    )  # fmt: skip


def as_letter(garbage: Garbage) -> Letter:
    """How a record shows among the dead letters, where nothing and empty are the same."""
    record = garbage.record
    return f"{record.topic}.dlq", record.key or b"", record.value or b"", garbage.reason


def letters_of(garbage: Iterable[Garbage]) -> Counter[Letter]:
    """The dead letters that garbage becomes, one for each reader that minds."""
    return Counter(letter for each in garbage for letter in [as_letter(each)] * each.minded_by)


def letters_in(bootstrap: str, boxes: Iterable[str]) -> Counter[Letter]:
    """The dead letters that are there."""
    return Counter(
        (found.topic, found.key or b"", found.value or b"", found.header("hc_reason"))
        for found in read(bootstrap, boxes)
    )


READERS: Final = {
    "declarations.v1": 2, "findings.v1": 3, "findings.background.v1": 2, "codes.v1": 4, "facts.v1": 3, "holders.v1": 2,
}  # fmt: skip
"""How many services of a whole region read a topic, where it is more than one."""
WITHOUT_OVERSIGHT: Final = {"declarations.v1": 2, "findings.v1": 2, "codes.v1": 2, "facts.v1": 2, "holders.v1": 2}


def all_garbage(
    region: str, seal: Callable[[str], str], other: Callable[[str], str], readers_of: Mapping[str, int] = READERS
) -> Iterator[Garbage]:
    """Every kind on every topic; `seal` seals to the region's intake key, `other` to somebody else's."""
    person = seal('{"id_type": "resident_id", "id_number": "11010519491231002X"}')
    good = events(region, person)
    for topic, event in good.items():
        readers = readers_of.get(topic.split(".", 2)[2], 1)
        for each in garbage_for(topic, event):
            # where only services of ours write, what is newer than its reader is passed over
            yield replace(each, minded_by=0 if each.what == NEWER and "-in." not in topic else readers)
    yield Garbage("no judgement", written(finding(Color.GREY), f"hc.{region}.findings.v1"), "not-a-judgement")
    yield Garbage("unsigned", written(good[f"hc.national.{region}.v1"], f"hc.national.{region}.v1"), "no-signature")
    for name in ("lists-in.v1", "tests-in.v1"):
        topic = f"hc.{region}.{name}"
        for what, sealed_person, reason in (
            ("a person in the open", "11010519491231002X", "person-unreadable"),
            ("sealed to another key", other('{"id_type": "resident_id", "id_number": "1"}'), "person-unreadable"),
            ("no person in the seal", seal("[]"), "person-malformed"),
            ("a wrong number", seal('{"id_type": "resident_id", "id_number": "110105194912310021"}'), "person-invalid"),
        ):
            yield Garbage(what, written(events(region, sealed_person)[topic], topic), reason)
    yield from _unfit(region, good)


def _unfit(region: str, good: dict[str, Event]) -> Iterator[Garbage]:
    """Well-formed entries that no authority can mean."""
    lists, areas = f"hc.{region}.lists-in.v1", f"hc.{region}.areas-in.v1"
    for what, topic, change, reason in (
        ("no evidence", lists, {"evidence": " "}, "no-evidence"),
        ("no source", lists, {"source": ""}, "no-source"),
        ("backwards", lists, {"valid_until": NOW}, "backwards"),
        ("no time zone", lists, {"valid_from": NOW.replace(tzinfo=None)}, "no-time-zone"),
        ("long ago", areas, {"valid_from": NOW.replace(year=1990)}, "impossible-date"),
        ("no such area", areas, {"area": "339999"}, "unknown-area"),
    ):
        yield Garbage(what, written(msgspec.structs.replace(good[topic], **change), topic), reason)


def garbage_of(region: RegionProcesses, readers_of: Mapping[str, int] = READERS) -> list[Garbage]:
    """Every kind on every topic of a region that runs."""
    intake = region.folder / "keys" / region.region / "intake.jwk"
    stranger = ECKey.generate_key("P-256").as_dict(private=False)
    seal = partial(sealed, json.loads(intake.read_bytes()))
    return list(all_garbage(region.region, seal, partial(sealed, stranger), readers_of))


def until_set_aside(bootstrap: str, boxes: Iterable[str], wanted: Counter[Letter]) -> None:
    """Wait until these dead letters are there; fails when another is."""
    boxes = list(boxes)
    found: Counter[Letter] = Counter()

    def all_there() -> bool:
        found.clear()
        found.update(letters_in(bootstrap, boxes))
        return found.total() >= wanted.total()

    try:
        eventually("all garbage among the dead letters", all_there)
    finally:
        missing, too_much = wanted - found, found - wanted
        assert not missing, f"missing: {[(box, reason, n) for (box, _, _, reason), n in missing.items()]}"
        assert not too_much, f"too much: {[(box, reason, n) for (box, _, _, reason), n in too_much.items()]}"
