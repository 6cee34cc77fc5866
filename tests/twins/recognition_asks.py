"""How a watch is opened without a declared trip, over the twins and over PostgreSQL."""

import json
from datetime import timedelta

import msgspec

from healthcode.envelope import Encoded, encode
from healthcode.events import Event, WatchAsked, WatchLeft, WatchRefused
from healthcode.values import Color, EvidenceClass, IdType, Status
from services.recognition.domain.message import Message
from services.recognition.domain.sought import ByDocument, info_of, seal_sought
from tests.support.recognition import (
    GANSU,
    HUBEI,
    NATION,
    NOW,
    REGIONS,
    ZHEJIANG,
    World,
    code,
    find,
    guests_of,
    inbox,
    national,
    reasons,
    scanned,
    trip,
    wanted,
)

NUMBER = "E12345678"
CREDENTIAL = "00112233445566778899aabbccddeeff"
ASK = "a" * 32


def asked(**more: object) -> WatchAsked:
    values: dict[str, object] = {
        "id": "m1",
        "ask": ASK,
        "origin": HUBEI,
        "destination": ZHEJIANG,
        "sequence": 1,
        "purpose": "scan",
        "sealed": "AAAA",
        "until": NOW + timedelta(days=1),
        "at": NOW,
    }
    return WatchAsked(**{**values, **more})  # type: ignore[arg-type]  # the test's own keywords


def refused(**more: object) -> WatchRefused:
    values: dict[str, object] = {
        "id": "m2", "ask": ASK, "origin": HUBEI, "destination": ZHEJIANG, "sequence": 2, "at": NOW
    }  # fmt: skip
    return WatchRefused(**{**values, **more})  # type: ignore[arg-type]  # as above


def signed(world: World, by: str, event: Event, topic: str | None = None) -> Encoded:
    wire = encode(event, owner=by, service="recognition", time=NOW, topic=topic or inbox(by))
    return world.nation.signer(by).sign(Message(event, wire))  # type: ignore[arg-type]  # whatever the test says


def sealed(world: World, number: str, ask: str) -> str:
    """As Zhejiang seals a passport for Hubei."""
    key = world.nation.catalogue.encryption(HUBEI, NOW)
    assert key is not None
    return seal_sought(key, info_of(ask, HUBEI, ZHEJIANG), ByDocument(IdType.PASSPORT, number))


def sent_ask(wire: Encoded) -> WatchAsked:
    return msgspec.json.decode(wire.value, type=WatchAsked)


class AskJourneys:
    """What has to hold whatever store is below."""

    async def test_who_is_scanned_is_watched_and_recolored(self, world: World) -> None:
        await world.happen(HUBEI, code("s", Color.GREEN, 1, EvidenceClass.NONE))
        await world.happen(ZHEJIANG, scanned(CREDENTIAL, HUBEI))
        await find(world, HUBEI, "s")
        await world.happen(HUBEI, code("s", Color.RED, 2, EvidenceClass.LISTED))
        first, last = await guests_of(world, ZHEJIANG)
        assert [(c.status, c.color) for c in (first, last)] == [(Status.LOW, Color.GREEN), (Status.HIGH, Color.RED)]
        ask = await world.ask_about(ZHEJIANG, CREDENTIAL)
        assert ask is not None
        assert (ask.state, ask.handle, ask.until) == ("opened", first.handle, NOW + timedelta(hours=24))
        assert ask.handle not in (ask.ask, CREDENTIAL)
        await world.let_pass(timedelta(hours=24))
        assert (await guests_of(world, ZHEJIANG))[-1].ended
        assert await world.ask_about(ZHEJIANG, CREDENTIAL) is None
        assert [await reasons(world, topic) for topic in (inbox(HUBEI), national(ZHEJIANG), national(HUBEI))] == [
            [],
            [],
            [],
        ]

    async def test_who_is_served_by_the_nation_is_found_there(self, world: World) -> None:
        await world.happen(NATION, code("g", Color.YELLOW, 1, EvidenceClass.CONTACT))
        await world.happen(ZHEJIANG, scanned(CREDENTIAL, NATION))
        await find(world, NATION, "g")
        (guest,) = await guests_of(world, ZHEJIANG)
        assert guest.origin == NATION

    async def test_one_credential_is_asked_about_once(self, world: World) -> None:
        await world.happen(ZHEJIANG, *(scanned(CREDENTIAL, HUBEI) for _ in range(3)))
        await world.happen(ZHEJIANG, scanned(CREDENTIAL, HUBEI))
        assert len(await wanted(world, HUBEI)) == 1

    async def test_what_was_checked_offline_is_watched_from_then_on_while_it_is_of_use(self, world: World) -> None:
        seen = NOW - timedelta(hours=10)
        await world.happen(HUBEI, code("s", Color.RED, 1, EvidenceClass.LISTED))
        await world.happen(ZHEJIANG, scanned(CREDENTIAL, HUBEI, late=True, seen_at=seen))
        await world.happen(ZHEJIANG, scanned("ff" * 16, HUBEI, late=True, seen_at=NOW - timedelta(days=4)))
        assert [event.purpose for event in await wanted(world, HUBEI)] == ["late"]
        await find(world, HUBEI, "s")
        (guest,) = await guests_of(world, ZHEJIANG)
        ask = await world.ask_about(ZHEJIANG, CREDENTIAL)
        assert ask is not None
        assert (guest.color, ask.until) == (Color.RED, seen + timedelta(hours=72))

    async def test_a_credential_of_nobody_is_refused_and_no_more_is_said(self, world: World) -> None:
        await world.happen(ZHEJIANG, scanned(CREDENTIAL, HUBEI))
        await find(world, HUBEI, None)
        ask = await world.ask_about(ZHEJIANG, CREDENTIAL)
        assert ask is not None
        assert (ask.state, ask.handle) == ("refused", None)
        assert await guests_of(world, ZHEJIANG) == []

    async def test_who_registers_is_watched_until_the_end_of_the_stay(self, world: World) -> None:
        subject = world.subject(HUBEI, NUMBER)
        await world.happen(HUBEI, code(subject, Color.YELLOW, 1, EvidenceClass.SYMPTOMATIC))
        asked = await world.register(ZHEJIANG, HUBEI, NUMBER, NOW + timedelta(days=3))
        (guest,) = await guests_of(world, ZHEJIANG)
        ask = await world.ask(ZHEJIANG, asked.ask)
        assert ask is not None
        assert (ask.state, ask.handle, guest.status) == ("opened", guest.handle, Status.MEDIUM)
        topics = [
            inbox(HUBEI),
            inbox(ZHEJIANG),
            national(HUBEI),
            national(ZHEJIANG),
            f"hc.{HUBEI}.holders.v1",
            f"hc.{ZHEJIANG}.guests.v1",
        ]
        wires = [wire for topic in topics for wire in await world.written(topic)]
        everything = b"".join(wire.value + wire.key for wire in wires)
        assert NUMBER.encode() not in everything
        await world.let_pass(timedelta(days=3))
        assert (await guests_of(world, ZHEJIANG))[-1].ended

    async def test_strangers_and_refusals_look_alike_and_leave_nothing(self, world: World) -> None:
        """Nobody can find out by document numbers who has declared in a region."""
        subject = world.subject(HUBEI, NUMBER)
        await world.happen(HUBEI, code(subject, Color.GREEN, 1, EvidenceClass.NONE))
        stranger = await world.register(ZHEJIANG, HUBEI, "E00000001", NOW + timedelta(days=3))
        over = asked(purpose="registration", sealed=sealed(world, NUMBER, ASK), until=NOW)
        by_stealth = asked(purpose="scan", sealed=sealed(world, NUMBER, "b" * 32), ask="b" * 32)
        await world.send(signed(world, ZHEJIANG, over), signed(world, ZHEJIANG, by_stealth))
        answers = [json.loads(wire.value) for wire in await world.written(national(ZHEJIANG))]
        assert {answer["ask"] for answer in answers} == {stranger.ask, ASK, "b" * 32}
        assert (
            len({frozenset(answer.items() - {("ask", answer["ask"]), ("id", answer["id"])}) for answer in answers}) == 1
        )
        assert await wanted(world, HUBEI) == []

    async def test_who_leaves_is_forgotten_at_once_and_watched_no_more_at_home(self, world: World) -> None:
        journey = trip("s", ZHEJIANG)
        await world.happen(HUBEI, code("s", Color.GREEN, 1, EvidenceClass.NONE))
        await world.happen(HUBEI, journey)
        (guest,) = await guests_of(world, ZHEJIANG)
        assert (guest.home_color, guest.home_rule) == (Color.GREEN, "green/* → 00")
        left = WatchLeft(id="l", handle=guest.handle, origin=HUBEI, destination=ZHEJIANG, sequence=1, at=NOW)
        stranger = msgspec.structs.replace(left, destination=GANSU)
        await world.send(signed(world, GANSU, stranger))
        assert await reasons(world, inbox(GANSU)) == ["another-watch"]
        await world.send(signed(world, ZHEJIANG, left), signed(world, ZHEJIANG, left))
        assert (await guests_of(world, ZHEJIANG))[-1].ended
        told = len(await world.written(inbox(HUBEI)))
        await world.happen(HUBEI, journey, code("s", Color.RED, 2, EvidenceClass.LISTED))
        await world.let_pass(timedelta(days=10))
        assert len(await world.written(inbox(HUBEI))) == told, "neither the trip read again nor a color opens it anew"
        assert [change.color for change in await guests_of(world, ZHEJIANG)] == [Color.GREEN, Color.PENDING]

    async def test_nobody_asks_at_home_at_a_region_without_a_code_or_at_a_stranger(self, world: World) -> None:
        for origin in (ZHEJIANG, GANSU, "510000"):
            await world.happen(ZHEJIANG, scanned(CREDENTIAL, origin))
        assert await world.written(inbox(ZHEJIANG)) == []
        assert await world.ask_about(ZHEJIANG, CREDENTIAL) is None

    async def test_an_answer_that_is_repeated_or_comes_to_no_ask_changes_nothing(self, world: World) -> None:
        await world.happen(HUBEI, code("s", Color.GREEN, 1, EvidenceClass.NONE))
        await world.happen(ZHEJIANG, scanned(CREDENTIAL, HUBEI))
        await find(world, HUBEI, "s")
        await find(world, HUBEI, "s")
        await world.send(signed(world, HUBEI, refused()))
        assert len(await guests_of(world, ZHEJIANG)) == 1
        ask = await world.ask_about(ZHEJIANG, CREDENTIAL)
        assert ask is not None
        await world.send(signed(world, HUBEI, refused(ask=ask.ask)))
        assert await world.ask_about(ZHEJIANG, CREDENTIAL) == ask

    async def test_what_cannot_be_read_is_refused_and_stops_nobody(self, world: World) -> None:
        await world.send(signed(world, ZHEJIANG, asked()))
        assert await reasons(world, national(HUBEI)) == []
        answers = [dict(wire.headers)["ce_type"] for wire in await world.written(national(ZHEJIANG))]
        assert answers == [b"org.healthcode.watch.refused.v1"]

    async def test_an_ask_cannot_be_moved_to_another_name_or_region(self, world: World) -> None:
        await world.happen(ZHEJIANG, scanned(CREDENTIAL, HUBEI))
        sent = [
            w
            for w in await world.written(inbox(ZHEJIANG))
            if dict(w.headers)["ce_type"] == b"org.healthcode.watch.asked.v1"
        ]
        original = sent_ask(sent[0])
        await world.send(signed(world, ZHEJIANG, msgspec.structs.replace(original, ask=ASK)))
        await world.send(signed(world, GANSU, msgspec.structs.replace(original, ask="b" * 32, destination=GANSU)))
        assert len(await wanted(world, HUBEI)) == 1

    async def test_who_may_not_ask_is_refused(self, world: World) -> None:
        cases = {
            "another-inbox": signed(world, HUBEI, asked(), inbox(HUBEI)),
            "not-the-destination": signed(world, HUBEI, asked(), inbox(ZHEJIANG)),
            "unknown-region": signed(world, ZHEJIANG, asked(origin="510000")),
            "unknown-destination": signed(world, NATION, asked(destination=NATION)),
            "no-code-of-its-own": signed(world, ZHEJIANG, asked(origin=GANSU)),
        }
        await world.send(*cases.values())
        told = [reason for region in REGIONS for reason in await reasons(world, inbox(region))]
        assert sorted(told) == sorted(cases)
        await world.send(signed(world, ZHEJIANG, asked()))
        await world.send(signed(world, GANSU, asked(destination=GANSU)))
        assert await reasons(world, inbox(GANSU)) == ["another-watch"]

    async def test_a_trip_and_a_scan_of_one_person_cannot_be_joined(self, world: World) -> None:
        await world.happen(HUBEI, code("s", Color.GREEN, 1, EvidenceClass.NONE))
        await world.happen(HUBEI, trip("s", GANSU))
        for region in (ZHEJIANG, GANSU):
            await world.happen(region, scanned(CREDENTIAL, HUBEI))
            await find(world, HUBEI, "s")
        handles = [c.handle for region in REGIONS for c in await guests_of(world, region)]
        assert len(handles) == len(set(handles)) == 3
