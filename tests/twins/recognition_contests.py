"""Corrections between regions: the store in memory, and what has to hold over any."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from healthcode.envelope import Encoded, decode, encode
from healthcode.events import CorrectionAsked, CorrectionAssigned, CorrectionSettled, Event
from healthcode.values import Color, CorrectionCategory, EvidenceClass
from services.recognition.domain.correction import Contest, Contested
from services.recognition.domain.message import Between, Signer
from tests.support.recognition import (
    HUBEI,
    NOW,
    REGIONS,
    ZHEJIANG,
    World,
    code,
    guests_of,
    inbox,
    national,
    reasons,
    trip,
)
from tests.twins.recognition import to_hub

WORDS = "The laboratory mixed up two samples."
DUE = NOW + timedelta(hours=24)


class ContestTwin:
    """Implements ContestStore; what it sends is in `outbox`."""

    def __init__(self, region: str, signer: Signer, outbox: list[Encoded]) -> None:
        self.contests: dict[str, Contest] = {}
        self.taken: dict[str, Contested] = {}
        self._region = region
        self._signer = signer
        self._outbox = outbox

    async def add(self, contests: Sequence[Contest]) -> set[str]:
        known = {each.asked for each in self.contests.values()}
        new = {each.name: each for each in contests if each.asked not in known}
        self.contests |= new
        return set(new)

    async def passed(self, names: Sequence[str]) -> Mapping[str, Contest]:
        return {name: self.contests[name] for name in names if name in self.contests}

    async def take(self, contested: Sequence[Contested]) -> set[str]:
        new = {each.name: each for each in contested if each.name not in self.taken}
        self.taken |= new
        return set(new)

    async def contested(self, names: Sequence[str]) -> Mapping[str, Contested]:
        return {name: self.taken[name] for name in names if name in self.taken}

    async def publish(self, events: Sequence[Event], at: datetime) -> None:
        self._outbox += [encode(each, owner=self._region, service="recognition", time=at) for each in events]

    async def send(self, messages: Sequence[Between]) -> None:
        self._outbox += to_hub(self._region, self._signer, messages)

    async def forget(self, now: datetime, limit: int) -> int:
        old = [name for name, each in self.contests.items() if each.until <= now][:limit]
        for name in old:
            del self.contests[name]
        return len(old)


def asked(handle: str, ident: str = "c1") -> CorrectionAsked:
    return CorrectionAsked(
        id=ident, subject="here", at=NOW, category=CorrectionCategory("not_me"), fact=f"guest.{handle}", due=DUE
    )


async def on(world: World, region: str, kind: type[Event]) -> list[Any]:
    wires = await world.written(f"hc.{region}.corrections.v1")
    events = [decode(wire.headers, wire.value) for wire in wires]
    return [event for event in events if isinstance(event, kind)]


class ContestJourneys:
    """What has to hold whatever store is below."""

    async def test_what_a_guest_contests_is_answered_at_home_with_the_clock_running(self, world: World) -> None:
        await world.happen(HUBEI, code("s", Color.RED, 1, EvidenceClass.LISTED))
        await world.happen(HUBEI, trip("s", ZHEJIANG))
        (guest,) = await guests_of(world, ZHEJIANG)
        await world.happen(ZHEJIANG, asked(guest.handle))
        await world.happen(ZHEJIANG, asked(guest.handle))
        (at_home,) = await on(world, HUBEI, CorrectionAsked)
        assert (at_home.subject, at_home.category, at_home.due) == ("s", "not_me", DUE)
        assert at_home.id not in {"c1", guest.handle}
        known: dict[str, Any] = {"subject": "s", "correction": at_home.id, "owner": "", "at": NOW}
        await world.happen(HUBEI, CorrectionAssigned(id="a", **known))
        answer = CorrectionSettled(id="b", outcome="upheld", explanation=WORDS, **known)
        await world.happen(HUBEI, answer)
        await world.happen(HUBEI, answer)
        (assigned,) = await on(world, ZHEJIANG, CorrectionAssigned)
        (settled,) = await on(world, ZHEJIANG, CorrectionSettled)
        assert (assigned.subject, assigned.correction, assigned.owner) == ("here", "c1", HUBEI)
        assert (settled.subject, settled.correction, settled.outcome, settled.owner) == ("here", "c1", "upheld", HUBEI)
        assert settled.explanation == WORDS
        topics = [topic(region) for region in REGIONS for topic in (inbox, national)]
        wires = [wire for topic in topics for wire in await world.written(topic)]
        between = b"".join(wire.value for wire in wires)
        assert not [each for each in (WORDS.encode(), b'"here"', b'"c1"', b'"s"') if each in between]
        assert not [reason for topic in topics for reason in await reasons(world, topic)]

    async def test_what_is_of_no_guest_is_answered_at_once(self, world: World) -> None:
        await world.happen(ZHEJIANG, asked("f" * 32))
        (settled,) = await on(world, ZHEJIANG, CorrectionSettled)
        assert (settled.correction, settled.outcome, settled.owner) == ("c1", "rejected", ZHEJIANG)
        assert await world.written(inbox(ZHEJIANG)) == []
