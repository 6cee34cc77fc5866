"""What of way 1 no store has a part in, over the twins alone."""

import json
from datetime import timedelta

import msgspec

from healthcode.events import FactReceipt, ListingRecorded, TestRecorded
from services.recognition.domain.sealing import seal
from tests.support.recognition import GANSU, HUBEI, NATION, NOW, REGIONS, ZHEJIANG, inbox, national, reasons, trip
from tests.support.sharing import SharingWorld, facts_in, listing, receipts, record, shared_by_hand, signed, test, told


class SharingRules:
    """What no store has a part in."""

    async def test_a_region_shares_what_its_data_says_and_no_more(self, world: SharingWorld) -> None:
        """Zhejiang shares listings with Hubei for a trip, and tests with all who judge; Gansu does not judge."""
        await world.happen(ZHEJIANG, listing("s"), test("s"))
        await world.happen(ZHEJIANG, trip("s", HUBEI), trip("s", GANSU))
        assert {type(fact) for fact in await facts_in(world, HUBEI)} == {TestRecorded, ListingRecorded}
        assert {message.destination for message in await told(world, ZHEJIANG)} == {HUBEI}
        await world.happen(NATION, test("n"), trip("n", HUBEI))
        assert len(await told(world, ZHEJIANG)) == 2
        assert await told(world, NATION) == []

    async def test_nothing_that_was_received_is_shared(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG), test("s", origin=GANSU), listing("s", origin=ZHEJIANG))
        await world.happen(HUBEI, listing("t"), trip("t", ZHEJIANG))
        (message,) = await told(world)
        assert message.destination == ZHEJIANG
        assert [share.subject for share in await world.shared(HUBEI, "t")] == ["t"]
        assert await world.shared(HUBEI, "s") == []

    async def test_an_old_fact_is_not_shared(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, test("s", recorded_at=NOW - timedelta(days=31)), trip("s", ZHEJIANG))
        assert await told(world) == []

    async def test_who_may_not_say_it_is_refused_by_the_hub(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG), test("s"))
        (good,) = await told(world)
        (receipt,) = await receipts(world, HUBEI)
        number = good.sequence
        longer = "A" * 5000
        later = msgspec.structs.replace(receipt, sequence=number + 1)
        cases = [
            ("too-large", signed(world, HUBEI, msgspec.structs.replace(good, sequence=number + 1, sealed=longer))),
            ("another-inbox", signed(world, ZHEJIANG, msgspec.structs.replace(good, sequence=number + 1))),
            ("unknown-watch", signed(world, HUBEI, msgspec.structs.replace(good, handle="e" * 32))),
            ("answers-nothing", signed(world, ZHEJIANG, later)),
            ("unknown-watch", signed(world, ZHEJIANG, msgspec.structs.replace(receipt, handle="e" * 32))),
            ("another-watch", signed(world, GANSU, msgspec.structs.replace(receipt, destination=GANSU))),
        ]
        await world.send(*(wire for _, wire in cases))
        assert sorted([reason for each in REGIONS for reason in await reasons(world, inbox(each))]) == sorted(
            reason for reason, _ in cases
        )

    async def test_a_receipt_by_who_has_not_opened_it_counts_for_nothing(self, world: SharingWorld) -> None:
        await world.happen(HUBEI, trip("s", ZHEJIANG))
        (opened,) = [
            json.loads(w.value) for w in await world.written(inbox(HUBEI)) if json.loads(w.value)["sequence"] == 1
        ]
        key = world.nation.catalogue.encryption(ZHEJIANG, NOW)
        assert key is not None
        await world.send(signed(world, HUBEI, shared_by_hand(opened["handle"], 5, seal(key, [b"elsewhere"], record()))))
        assert await world.shared(HUBEI, "s") == []
        await world.happen(HUBEI, test("s"))
        (share,) = await world.shared(HUBEI, "s")
        assert share.received_at is None, "the hub has passed on a higher number: this one is overtaken"
        forged = FactReceipt(
            id="f", handle=share.handle, origin=HUBEI, destination=ZHEJIANG, sequence=share.sequence, digest="0" * 64,
            at=NOW,
        )  # fmt: skip
        await world.send(signed(world, NATION, forged, national(HUBEI)))
        assert await reasons(world, national(HUBEI)) == ["wrong-receipt"]
