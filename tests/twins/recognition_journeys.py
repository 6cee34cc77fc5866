"""Whole journeys between four regions, over the twins and over PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from healthcode.envelope import Encoded, encode
from healthcode.events import DeclarationConfirmed, StatusReported, WatchOpened
from healthcode.values import Attestation, Color, EvidenceClass, Status, Way
from services.recognition.domain.message import SIGNATURE, Message
from tests.support.recognition import (
    GANSU,
    HUBEI,
    NATION,
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

FORGED = "f" * 32
END = datetime(2020, 2, 20, 16, 0, tzinfo=UTC)  # midnight in Shanghai


def opened(**more: object) -> WatchOpened:
    values: dict[str, object] = {
        "id": "m1",
        "handle": FORGED,
        "origin": HUBEI,
        "destination": ZHEJIANG,
        "sequence": 1,
        "purpose": "trip",
        "until": END,
        "at": NOW,
    }
    return WatchOpened(**{**values, **more})  # type: ignore[arg-type]  # the test's own keywords


def reported(**more: object) -> StatusReported:
    values: dict[str, object] = {
        "id": "m2",
        "handle": FORGED,
        "origin": HUBEI,
        "destination": ZHEJIANG,
        "sequence": 2,
        "status": Status.LOW,
        "evidence": EvidenceClass.NONE,
        "since": NOW,
        "code_at": NOW,
        "at": NOW,
    }
    return StatusReported(**{**values, **more})  # type: ignore[arg-type]  # as above


def wire(event: WatchOpened | StatusReported, topic: str = "") -> Encoded:
    return encode(event, owner=event.origin, service="recognition", time=NOW, topic=topic or inbox(event.origin))


def signed(world: World, by: str, event: WatchOpened | StatusReported, topic: str = "") -> Encoded:
    return world.nation.signer(by).sign(Message(event, wire(event, topic or inbox(by))))


class RecognitionJourneys:
    """What has to hold whatever store is below."""

    async def test_a_color_that_changes_at_home_is_recolored_where_the_person_is_a_guest(self, world: World) -> None:
        await world.happen(HUBEI, code("s", Color.GREEN, 1, EvidenceClass.NONE))
        await world.happen(HUBEI, trip("s", ZHEJIANG))
        await world.happen(HUBEI, code("s", Color.YELLOW, 2, EvidenceClass.SYMPTOMATIC))
        await world.happen(HUBEI, code("s", Color.RED, 3, EvidenceClass.LISTED, until=END))
        changes = await guests_of(world, ZHEJIANG)
        assert [(c.previous, c.color, c.status) for c in changes] == [
            (Color.PENDING, Color.GREEN, Status.LOW),
            (Color.GREEN, Color.YELLOW, Status.MEDIUM),
            (Color.YELLOW, Color.RED, Status.HIGH),
        ]
        last = changes[-1]
        assert (last.origin, last.destination, last.way, last.until) == (HUBEI, ZHEJIANG, Way.CONVERT, END)
        assert len({c.handle for c in changes}) == 1
        assert last.handle != "s"
        assert [await guests_of(world, other) for other in REGIONS if other != ZHEJIANG] == [[], [], []]

    async def test_each_region_translates_by_its_own_table(self, world: World) -> None:
        await world.happen(ZHEJIANG, trip("z", HUBEI), code("z", Color.YELLOW, 1, EvidenceClass.LISTED))
        await world.happen(HUBEI, trip("h", ZHEJIANG), code("h", Color.YELLOW, 1, EvidenceClass.LISTED))
        in_hubei, in_zhejiang = (await guests_of(world, HUBEI))[-1], (await guests_of(world, ZHEJIANG))[-1]
        assert (in_hubei.status, in_hubei.color, in_hubei.rule) == (Status.MEDIUM, Color.RED, "01/listed → red")
        assert (in_zhejiang.status, in_zhejiang.color, in_zhejiang.rule) == (Status.HIGH, Color.RED, "10/* → red")

    async def test_a_region_without_a_code_goes_by_the_national_one(self, world: World) -> None:
        await world.happen(ZHEJIANG, code("z", Color.YELLOW, 1, EvidenceClass.CONTACT), trip("z", GANSU))
        await world.happen(NATION, trip("g", ZHEJIANG), code("g", Color.RED, 1, EvidenceClass.LISTED))
        in_gansu, in_zhejiang = (await guests_of(world, GANSU))[-1], (await guests_of(world, ZHEJIANG))[-1]
        assert (in_gansu.way, in_gansu.status, in_gansu.color) == (Way.ADOPT, Status.HIGH, Color.RED)
        assert (in_zhejiang.origin, in_zhejiang.color) == (NATION, Color.RED)

    async def test_a_trip_without_a_code_is_unknown_and_never_green(self, world: World) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG))
        (first,) = await guests_of(world, ZHEJIANG)
        assert (first.status, first.color) == (Status.UNKNOWN, Color.PENDING)

    async def test_what_rests_on_received_facts_is_not_passed_on(self, world: World) -> None:
        await world.happen(HUBEI, code("s", Color.GREEN, 1, EvidenceClass.NONE))
        await world.happen(HUBEI, trip("s", ZHEJIANG))
        await world.happen(HUBEI, code("s", Color.RED, 2, EvidenceClass.CONTACT, first_hand=False))
        await world.happen(HUBEI, trip("s", GANSU))
        assert [c.color for c in await guests_of(world, ZHEJIANG)] == [Color.GREEN]
        assert [c.color for c in await guests_of(world, GANSU)] == [Color.GREEN]

    async def test_what_another_declared_opens_nothing_until_the_person_confirms_it(self, world: World) -> None:
        journey = trip("s", ZHEJIANG, attestation=Attestation.OTHER)
        await world.happen(HUBEI, code("s", Color.RED, 1, EvidenceClass.LISTED), journey)
        assert await guests_of(world, ZHEJIANG) == []
        for agreed in (True, True, False):
            said = DeclarationConfirmed(id=f"c{agreed}", subject="s", at=NOW, declaration=journey.id, agreed=agreed)
            await world.happen(HUBEI, said)
        first, last = await guests_of(world, ZHEJIANG)
        assert (first.color, first.ended) == (Color.RED, False)
        assert (last.color, last.status, last.ended) == (Color.PENDING, Status.UNKNOWN, True)
        assert last.handle == first.handle

    async def test_what_is_repeated_or_overtaken_changes_nothing(self, world: World) -> None:
        journey = trip("s", ZHEJIANG)
        colors = [code("s", color, n, EvidenceClass.LISTED) for n, color in enumerate((Color.RED, Color.GREEN), 1)]
        await world.happen(HUBEI, journey, *colors)
        before = await guests_of(world, ZHEJIANG)
        sent, told = await world.written(inbox(HUBEI)), await world.written(national(ZHEJIANG))
        await world.happen(HUBEI, journey, *reversed(colors))
        await world.send(*sent, *reversed(told))
        await world.send(*reversed(sent), *told)
        assert await guests_of(world, ZHEJIANG) == before
        assert await world.written(inbox(HUBEI)) == [*sent, *sent, *reversed(sent)]
        assert await world.written(national(ZHEJIANG)) == [*told, *reversed(told), *told]  # the hub passed none on
        assert await reasons(world, inbox(HUBEI)) == []
        assert await reasons(world, national(ZHEJIANG)) == []

    async def test_the_end_of_a_trip_ends_what_is_known_on_every_side(self, world: World) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG))
        await world.happen(HUBEI, code("s", Color.RED, 1, EvidenceClass.LISTED))
        sent, told = await world.written(inbox(HUBEI)), await world.written(national(ZHEJIANG))
        world.clock.at = END - timedelta(seconds=1)
        await world.let_pass(timedelta(0))
        assert len(await guests_of(world, ZHEJIANG)) == 2
        await world.let_pass(timedelta(seconds=1))
        last = (await guests_of(world, ZHEJIANG))[-1]
        assert (last.ended, last.color, last.previous) == (True, Color.PENDING, Color.RED)
        await world.happen(HUBEI, code("s", Color.YELLOW, 2, EvidenceClass.LISTED))
        await world.send(*sent, *told)
        await world.let_pass(timedelta(days=8))
        await world.send(*told)
        assert len(await guests_of(world, ZHEJIANG)) == 3

    async def test_what_arrives_when_the_watch_is_over_is_nobodys_fault(self, world: World) -> None:
        """The hub was away over the midnight that ended the trip: no dead letter, no guest and no strike."""
        announced, told = signed(world, HUBEI, opened()), signed(world, HUBEI, reported())
        await world.let_pass(END - NOW + timedelta(minutes=1))
        await world.send(announced, told)
        assert await reasons(world, inbox(HUBEI)) == []
        assert await reasons(world, national(ZHEJIANG)) == []
        assert await guests_of(world, ZHEJIANG) == []

    async def test_a_forged_message_is_set_aside_with_its_reason(self, world: World) -> None:
        good = signed(world, HUBEI, opened())
        unsigned = replace(good, headers=tuple(h for h in good.headers if h[0] != SIGNATURE))
        later = wire(opened(until=END + timedelta(days=9)))
        altered = replace(later, headers=(*later.headers, good.headers[-1]))
        await world.send(unsigned, altered)
        assert sorted(await reasons(world, inbox(HUBEI))) == ["bad-signature", "no-signature"]
        assert await world.written(national(ZHEJIANG)) == []

    async def test_who_may_not_say_it_is_refused(self, world: World) -> None:
        cases = {
            "another-inbox": signed(world, ZHEJIANG, opened(destination=GANSU)),
            "not-the-origin": signed(world, ZHEJIANG, opened(destination=GANSU), inbox(HUBEI)),
            "unknown-region": signed(world, HUBEI, opened(origin="510000")),
            "unknown-destination": signed(world, HUBEI, opened(destination="510000")),
            "no-code-of-its-own": signed(world, GANSU, opened(origin=GANSU)),
            "unknown-watch": signed(world, HUBEI, reported()),
        }
        await world.send(*cases.values())
        refused = {reason: wire.topic for wire in cases.values() for reason in await reasons(world, wire.topic)}
        assert refused == {reason: wire.topic for reason, wire in cases.items()}

    async def test_a_watch_belongs_to_the_region_that_announced_it(self, world: World) -> None:
        await world.send(signed(world, HUBEI, opened()))
        await world.send(signed(world, NATION, reported(origin=NATION)))
        await world.send(signed(world, HUBEI, reported(destination=GANSU)))
        assert [await reasons(world, inbox(each)) for each in (NATION, HUBEI)] == [["another-watch"]] * 2

    async def test_a_region_believes_the_hub_alone(self, world: World) -> None:
        topic = national(ZHEJIANG)
        moved = signed(world, NATION, opened(destination=GANSU), national(GANSU))
        await world.send(signed(world, HUBEI, opened(), topic), replace(moved, topic=topic))
        await world.send(signed(world, NATION, opened()))
        assert sorted(await reasons(world, topic)) == ["not-the-hub", "wrong-destination"]
        assert await reasons(world, inbox(NATION)) == ["another-inbox"]
        assert await guests_of(world, ZHEJIANG) == []
