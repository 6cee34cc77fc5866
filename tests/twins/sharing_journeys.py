"""Facts that travel between regions, over the twins and over PostgreSQL."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from healthcode.events import TestRecorded
from healthcode.pseudonym import guest_subject
from healthcode.values import Color, EvidenceClass, TestKind, TestResult
from services.recognition.domain.sealing import seal
from services.recognition.domain.sharing import PATIENCE, TRIES, info_of
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, code, inbox, national, reasons, trip
from tests.support.sharing import SharingWorld, facts_in, receipts, record, replaced, signed, test, told


class SharingJourneys:
    """What has to hold whatever store is below."""

    async def test_a_fact_at_home_becomes_a_fact_of_the_guest_with_its_origin(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, test("s"), trip("s", ZHEJIANG))
        (fact,) = await facts_in(world, ZHEJIANG)
        assert isinstance(fact, TestRecorded)
        assert (fact.origin, fact.result, fact.kind, fact.source) == (
            HUBEI,
            TestResult.POSITIVE,
            TestKind.PCR,
            "Wuhan laboratory 3",
        )
        (message,) = await told(world)
        key = bytes.fromhex((world.nation.folder / ZHEJIANG / "pseudonym.key").read_text())
        assert fact.subject == guest_subject(key, message.handle)
        (receipt,) = await receipts(world, HUBEI)
        assert (receipt.destination, receipt.sequence, receipt.refused) == (ZHEJIANG, message.sequence, None)
        (share,) = await world.shared(HUBEI, "s")
        assert (share.received_at, share.destination, share.purpose, share.revision) == (NOW, ZHEJIANG, "trip", 1)

    async def test_what_two_regions_are_told_cannot_be_joined(self, world: SharingWorld) -> None:
        """Other names, other people, and times by the minute; nothing of the evidence."""
        await world.happen(ZHEJIANG, trip("s", HUBEI), test("s"))
        await world.happen(ZHEJIANG, trip("s", HUBEI))
        one, other = await facts_in(world, HUBEI)
        assert isinstance(one, TestRecorded)
        assert one.subject != other.subject
        assert one.id != other.id
        assert "s" not in {one.subject, other.subject}
        assert one.sampled_at.second == one.recorded_at.second == 0
        wires = b"".join(
            w.value for w in (*await world.written(inbox(ZHEJIANG)), *await world.written(national(HUBEI)))
        )
        for secret in (b"positive", b"T-s", b"laboratory", b"sheet 17", one.subject.encode()):
            assert secret not in wires

    async def test_a_correction_at_home_corrects_every_copy(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG), trip("s", ZHEJIANG), test("s"))
        assert len(await facts_in(world, ZHEJIANG)) == 2
        await world.happen(HUBEI, test("s", id="T-s.2", revision=2, withdrawn=True))
        facts = (await facts_in(world, ZHEJIANG))[2:]
        assert [(fact.withdrawn, fact.revision, fact.origin) for fact in facts] == [(True, 2, HUBEI)] * 2
        assert len({fact.subject for fact in facts}) == 2
        for share in await world.shared(HUBEI, "s"):
            assert (share.withdrawn, share.revision, share.received_at) == (True, 2, NOW)

    async def test_what_is_repeated_or_overtaken_changes_nothing(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG), test("s"))
        await world.happen(HUBEI, test("s", id="T-s.2", revision=2, result=TestResult.NEGATIVE), test("s"))
        sent, passed = await world.written(inbox(HUBEI)), await world.written(national(ZHEJIANG))
        home, facts = await world.written(national(HUBEI)), await facts_in(world, ZHEJIANG)
        shares = await world.shared(HUBEI, "s")
        await world.send(*sent, *reversed(passed), *reversed(home))
        await world.send(*reversed(sent), *passed, *home)
        assert await facts_in(world, ZHEJIANG) == facts
        assert [(fact.revision, fact.withdrawn) for fact in facts] == [(1, False), (2, False)]
        assert await world.shared(HUBEI, "s") == shares
        for topic in (inbox(HUBEI), inbox(ZHEJIANG), national(ZHEJIANG), national(HUBEI)):
            assert await reasons(world, topic) == []

    async def test_the_end_of_the_watch_takes_the_copy_back(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG), test("s"))
        await world.let_pass(timedelta(days=11))
        first, last = await facts_in(world, ZHEJIANG)
        assert (last.withdrawn, last.revision, last.subject) == (True, 2, first.subject)
        await world.happen(HUBEI, test("s", id="T-s.2", revision=2, withdrawn=True))
        assert len(await facts_in(world, ZHEJIANG)) == 2
        assert len(await world.shared(HUBEI, "s")) == 1

    async def test_what_no_receipt_comes_for_is_sent_again_and_not_forever(self, world: SharingWorld) -> None:
        """A destination that cannot open it says so; it is tried again, and set aside each time."""
        await world.happen(HUBEI, trip("s", ZHEJIANG))
        far = NOW + timedelta(minutes=2)
        await world.happen(HUBEI, test("s", sampled_at=far - timedelta(days=9999), recorded_at=NOW))
        (share,) = await world.shared(HUBEI, "s")
        assert (share.refused, share.received_at) == ("impossible-time", None)
        assert share.next_at is not None
        for _ in range(TRIES + 3):
            await world.let_pass(PATIENCE * 2**TRIES / 4)
        assert await reasons(world, national(ZHEJIANG)) == ["impossible-time"] * TRIES
        (share,) = await world.shared(HUBEI, "s")
        assert (share.tries, share.next_at) == (TRIES, None)
        await world.happen(HUBEI, test("s", id="T-s.2", revision=2))
        assert [fact.revision for fact in await facts_in(world, ZHEJIANG)] == [1]

    async def test_hostile_facts_are_set_aside_with_their_reasons(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG), code("s", Color.GREEN, 1, EvidenceClass.NONE))
        await world.happen(HUBEI, test("s"))
        (good,) = await told(world)
        key = world.nation.catalogue.encryption(ZHEJIANG, NOW)
        assert key is not None
        rubbish: Sequence[tuple[str, bytes]] = (
            ("malformed-record", b"{"),
            ("unknown-kind", record(kind="dna")),
            ("malformed-record", record({"kind": "pcr"})),
            ("malformed-record", record(fact="x")),
            ("more-than-agreed", record({"area": "330106", "since": "2020-02-01", "until": "2020-02-02", "extra": 1})),
            ("impossible-time", record(at=NOW + timedelta(days=1))),
        )
        expected, messages = [], []
        for number, (reason, plaintext) in enumerate(rubbish, good.sequence + 1):
            sealed = seal(key, info_of(HUBEI, ZHEJIANG, good.handle, number), plaintext)
            messages.append(replaced(good, number, sealed))
            expected.append(reason)
        del messages[4], expected[4]
        number = good.sequence + 20
        other_place = seal(key, info_of(HUBEI, ZHEJIANG, "0" * 32, number), record())
        messages += [
            replaced(good, number, other_place),
            replaced(good, number + 1, b"x" * 300),
            msgspec.structs.replace(good, id="m", sequence=number + 2, sealed="~"),
            msgspec.structs.replace(good, id="m", sequence=number + 3),
        ]
        expected += ["not-for-us", "not-for-us", "not-sealed", "not-for-us"]
        facts = await facts_in(world, ZHEJIANG)
        await world.send(*(signed(world, HUBEI, message) for message in messages))
        assert await reasons(world, national(ZHEJIANG)) == expected
        assert await facts_in(world, ZHEJIANG) == facts
        assert [each.refused for each in (await receipts(world, HUBEI))[1:]] == expected
