"""What the issuer's handlers do, whatever store is under them: run over the twin and over PostgreSQL."""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from healthcode.credential import CheckPolicy, Es256Key, TrustEntry, TrustList, Verdict
from healthcode.events import CodeChanged, CodeConfirmed, FindingConcluded
from healthcode.values import Color, IdType
from services.issuer.domain import NothingToShow, StatusPlace
from services.issuer.handlers.code import NotDeclared, cancel_code, expire_due, take_findings
from services.issuer.handlers.credential import Credential, ListsFull, Signer, issue, scan
from services.issuer.handlers.lookup import Caller, look_up
from services.issuer.ports import Credentials, History, Ledgers, Lookup, LookupLog, Views
from tests.twins.issuer_findings import ALICE, BOB, DAY, LIFETIME, NOW, finding

REGION = "330000"


class World(Protocol):
    """A store under test."""

    ledgers: Ledgers
    credentials: Credentials
    views: Views
    history: History
    lookups: LookupLog

    async def published(self) -> Sequence[CodeChanged | CodeConfirmed]:
        """What went to codes.v1, in order."""
        ...

    async def lookups_seen(self) -> Sequence[Lookup]:
        """What the look-up log holds."""
        ...


PICTURES = CheckPolicy(live=False)
"""How a credential stands is seen without a device."""


@dataclass
class Desk:
    """Signs, and chooses places: 1, 2, 3 … unless told otherwise."""

    key: Es256Key
    places: "itertools.count[int] | itertools.cycle[int]"

    def place(self, now: datetime) -> StatusPlace:
        return StatusPlace(f"{now:%Y%m%d}-0", next(self.places))

    async def issue(self, world: World, subject: str = ALICE, now: datetime = NOW) -> Credential:
        signer = Signer(REGION, lambda _: self.key, timedelta(hours=24))
        return await issue(world.credentials, signer, self.place, lambda: secrets.token_bytes(16), subject, now)

    def trust(self) -> TrustList:
        entry = TrustEntry(
            kid=self.key.kid,
            public_key=self.key.public_key,
            region=REGION,
            not_before=NOW - DAY,
            not_after=NOW + 900 * DAY,
        )
        return TrustList([entry])


def ids() -> str:
    return secrets.token_hex(16)


async def take(world: World, *findings: FindingConcluded, now: datetime = NOW) -> None:
    async with world.ledgers.begin() as ledger:
        await take_findings(ledger, findings, LIFETIME, now, ids)


async def expire_at(world: World, now: datetime) -> int:
    async with world.ledgers.begin() as ledger:
        return await expire_due(ledger, now, ids, 10)


class IssuerBehaviour:
    """Subclasses bring the fixture `world`."""

    @pytest.fixture
    def desk(self) -> Desk:
        return Desk(Es256Key.generate(), itertools.count(1))

    async def test_the_first_finding_makes_the_first_version(self, world: World) -> None:
        await take(world, finding(Color.GREEN, causes=("d1",)))
        code = await world.views.code(ALICE)
        assert code is not None
        assert (code.incarnation, code.version, code.previous, code.color) == (1, 1, Color.PENDING, Color.GREEN)
        assert (code.causes, code.cause, code.since) == (("d1",), "declaration", NOW)
        assert list(await world.published()) == [code]
        assert await world.views.code(BOB) is None

    async def test_each_finding_of_a_batch_makes_its_own_version(self, world: World) -> None:
        await take(
            world,
            finding(Color.GREEN, 1, causes=("d1",)),
            finding(Color.GREEN, 1, BOB, causes=("d2",)),
            finding(Color.RED, 2),
            finding(Color.RED, 3, causes=("d3",)),
            finding(Color.GREEN, 4, causes=("d4", "d5")),
        )
        told = [event for event in await world.published() if event.subject == ALICE]
        assert [(event.version, event.color, event.causes) for event in told] == [
            (1, Color.GREEN, ("d1",)),
            (2, Color.RED, ()),
            (2, Color.RED, ("d3",)),
            (3, Color.GREEN, ("d4", "d5")),
        ]
        assert isinstance(told[2], CodeConfirmed)
        assert [code.version for code in await world.history.page(ALICE, None, 9)] == [3, 2, 1]

    async def test_what_was_seen_in_one_batch_counts_in_the_next(self, world: World) -> None:
        await take(world, finding(Color.RED, 5, causes=("d1",)))
        await take(world, finding(Color.GREEN, 4, causes=("d0",)), finding(Color.RED, 5, causes=("d1",)))
        await take(world, finding(Color.GREEN, 1, incarnation=2))
        told = await world.published()
        assert [(event.color, event.causes) for event in told] == [
            (Color.RED, ("d1",)),
            (Color.RED, ("d0",)),
            (Color.GREEN, ()),
        ]

    async def test_a_confirmed_code_lives_on(self, world: World) -> None:
        await take(world, finding(Color.GREEN, 1))
        await take(world, finding(Color.GREEN, 2, reviewed_at=NOW + 20 * DAY))
        assert await expire_at(world, NOW + 40 * DAY) == 0
        assert await expire_at(world, NOW + 52 * DAY) == 1

    async def test_a_code_expires_once_and_comes_back(self, world: World, desk: Desk) -> None:
        await take(world, finding(Color.GREEN, 1))
        late = NOW + 30 * DAY
        made = await desk.issue(world, now=late)
        assert made.claims.expires_at == datetime(2020, 3, 12, 16, tzinfo=NOW.tzinfo)
        end = made.claims.expires_at
        assert [await expire_at(world, end - timedelta(seconds=1)), await expire_at(world, end)] == [0, 1]
        assert await expire_at(world, end + DAY) == 0
        code = await world.views.code(ALICE)
        assert code is not None
        assert (code.color, code.version, code.cause, code.act) == (Color.GREY, 2, "expired", "declare")
        with pytest.raises(NothingToShow):
            await desk.issue(world, now=end)
        await take(world, finding(Color.GREEN, 2, reviewed_at=end, causes=("d2",)), now=end)
        again = await world.views.code(ALICE)
        assert again is not None
        assert (again.color, again.previous, again.version) == (Color.GREEN, Color.GREY, 3)

    async def test_a_change_of_color_revokes_and_nothing_else_does(self, world: World, desk: Desk) -> None:
        await take(world, finding(Color.GREEN, 1), finding(Color.GREEN, 1, BOB))
        mine, other = await desk.issue(world), await desk.issue(world, BOB)
        await take(world, finding(Color.GREEN, 2, until=NOW + DAY))
        assert (await scan(world.credentials, desk.trust(), mine.text, NOW, policy=PICTURES)).verdict is Verdict.VALID
        await take(world, finding(Color.RED, 3))
        assert (await scan(world.credentials, desk.trust(), mine.text, NOW, policy=PICTURES)).verdict is Verdict.REVOKED
        assert (
            await scan(world.credentials, desk.trust(), other.text, NOW, policy=PICTURES)
        ).code == await world.views.code(BOB)
        assert await world.credentials.revoked("20200211-0") == [1]
        assert await world.credentials.revoked("20200212-0") == []

    async def test_a_credential_that_is_not_on_record_is_revoked(self, world: World, desk: Desk) -> None:
        await take(world, finding(Color.GREEN, 1))
        made = await desk.issue(world)
        assert await world.credentials.purge(NOW, 10) == 0
        assert await world.credentials.purge(NOW + 2 * DAY, 10) == 1
        assert (await scan(world.credentials, desk.trust(), made.text, NOW, policy=PICTURES)).verdict is Verdict.REVOKED
        expired = await scan(world.credentials, desk.trust(), made.text, NOW + 2 * DAY, policy=PICTURES)
        assert expired.verdict is Verdict.EXPIRED

    async def test_a_taken_place_is_passed_over(self, world: World, desk: Desk) -> None:
        await take(world, finding(Color.GREEN, 1))
        desk.places = itertools.cycle([7, 7, 8])
        assert [(await desk.issue(world)).claims.status_list.index for _ in range(2)] == [7, 8]  # type: ignore[union-attr]  # it always has one
        with pytest.raises(ListsFull):
            await desk.issue(world)

    async def test_pending_and_unknown_people_have_nothing_to_show(self, world: World, desk: Desk) -> None:
        await take(world, finding(Color.PENDING, 1))
        with pytest.raises(NothingToShow):
            await desk.issue(world)
        with pytest.raises(NotDeclared):
            await desk.issue(world, BOB)

    async def test_cancelled_is_cancelled_until_new_facts(self, world: World, desk: Desk) -> None:
        await take(world, finding(Color.GREEN, 1))
        made = await desk.issue(world)
        for _ in range(2):
            async with world.ledgers.begin() as ledger:
                assert (await cancel_code(ledger, ALICE, NOW, ids)).version == 2
        assert (await scan(world.credentials, desk.trust(), made.text, NOW, policy=PICTURES)).verdict is Verdict.REVOKED
        await take(world, finding(Color.GREEN, 2))
        assert await expire_at(world, NOW + 99 * DAY) == 0
        code = await world.views.code(ALICE)
        assert code is not None
        assert code.color is Color.CANCELLED
        await take(world, finding(Color.GREEN, 3, causes=("d3",)))
        assert [event.color for event in await world.published()] == [Color.GREEN, Color.CANCELLED, Color.GREEN]

    async def test_nobody_unknown_is_cancelled(self, world: World) -> None:
        with pytest.raises(NotDeclared):
            async with world.ledgers.begin() as ledger:
                await cancel_code(ledger, BOB, NOW, ids)
        assert await world.views.code(BOB) is None

    async def test_history_is_paged_from_a_version_down(self, world: World) -> None:
        colors = [Color.GREEN, Color.YELLOW, Color.RED, Color.GREEN]
        await take(world, *(finding(color, n) for n, color in enumerate(colors, 1)))
        assert [code.version for code in await world.history.page(ALICE, None, 2)] == [4, 3]
        assert [code.version for code in await world.history.page(ALICE, (1, 3), 9)] == [2, 1]
        assert await world.history.page(BOB, None, 9) == []

    async def test_a_look_up_leaves_its_trace_found_or_not(self, world: World) -> None:
        await take(world, finding(Color.GREEN, 1))
        caller = Caller("gate-1", "app", None)

        async def ask(subject: str) -> CodeChanged:
            document = (IdType.PASSPORT, "X")
            return await look_up(world.views, world.lookups, lambda *_: subject, document, caller, NOW)

        assert (await ask(ALICE)).color is Color.GREEN
        with pytest.raises(NotDeclared):
            await ask(BOB)
        seen = await world.lookups_seen()
        assert [(entry.caller, entry.subject, entry.found) for entry in seen] == [
            ("gate-1", ALICE, True),
            ("gate-1", BOB, False),
        ]
