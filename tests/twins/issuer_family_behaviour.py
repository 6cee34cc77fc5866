"""What guardians and paper promise, whatever store is under them: run over the twin and over PostgreSQL."""

import itertools
import secrets
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from healthcode.credential import CheckPolicy, Es256Key, TrustEntry, TrustList, Verdict
from healthcode.events import GuardianshipChanged
from healthcode.values import Color
from services.issuer.domain import Naming, StatusPlace
from services.issuer.handlers.code import take_findings
from services.issuer.handlers.credential import Credential, Signer, Wanted, issue, scan
from services.issuer.handlers.family import NotGuardian, look_after, take_guardianships, ward, wards
from services.issuer.ports import Credentials, Family, Ledgers, LookupLog, Views
from tests.twins.issuer_findings import ALICE, BOB, DAY, LIFETIME, NOW, finding

REGION = "330000"
PAPER = Wanted(paper=Naming("王**", "2X"))


class FamilyWorld(Protocol):
    """A store under test."""

    @property
    def ledgers(self) -> Ledgers: ...

    @property
    def credentials(self) -> Credentials: ...

    @property
    def views(self) -> Views: ...

    @property
    def lookups(self) -> LookupLog: ...

    @property
    def family(self) -> Family: ...

    def taking(self) -> AbstractAsyncContextManager[Family]:
        """The guardianships within a transaction."""
        ...


PICTURES = CheckPolicy(live=False)


@dataclass
class Press:
    """Signs, and chooses places: from 1 on."""

    world: FamilyWorld
    key: Es256Key = field(default_factory=Es256Key.generate)
    places: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def issue(self, wanted: Wanted, subject: str = ALICE, now: datetime = NOW) -> Credential:
        signer = Signer(REGION, lambda _: self.key, timedelta(hours=24), 7 * DAY)
        place = lambda at: StatusPlace(f"{at:%Y%m%d}-0", next(self.places))  # noqa: E731 - short as it is
        return await issue(self.world.credentials, signer, place, lambda: secrets.token_bytes(16), subject, now, wanted)

    async def verdict(self, credential: Credential, now: datetime = NOW) -> Verdict:
        entry = TrustEntry(
            kid=self.key.kid,
            public_key=self.key.public_key,
            region=REGION,
            not_before=NOW - DAY,
            not_after=NOW + 900 * DAY,
        )
        return (await scan(self.world.credentials, TrustList([entry]), credential.text, now, policy=PICTURES)).verdict


def told(version: int, until: datetime | None, ident: str = "g1", incarnation: int = 1) -> GuardianshipChanged:
    return GuardianshipChanged(
        id=secrets.token_hex(16),
        subject=ALICE,
        guardian=BOB,
        guardianship=ident,
        until=until,
        incarnation=incarnation,
        version=version,
        at=NOW,
    )


async def take(world: FamilyWorld, *events: GuardianshipChanged, now: datetime = NOW) -> None:
    async with world.taking() as family:
        await take_guardianships(family, events, now)


class FamilyBehaviour:
    """Subclasses bring the fixture `family_world`."""

    @pytest.fixture
    async def press(self, family_world: FamilyWorld) -> Press:
        async with family_world.ledgers.begin() as ledger:
            await take_findings(ledger, [finding(Color.GREEN, 1)], LIFETIME, NOW, lambda: secrets.token_hex(16))
        return Press(family_world)

    async def test_a_guardian_shows_a_code_until_the_end(self, family_world: FamilyWorld) -> None:
        await take(family_world, told(2, NOW + 2 * DAY))
        assert [each.subject for each in await wards(family_world.family, BOB, NOW)] == [ALICE]
        assert (await ward(family_world.family, BOB, "g1", NOW)).subject == ALICE
        assert await wards(family_world.family, BOB, NOW + 2 * DAY) == []
        for guardian, ident in ((BOB, "g2"), (ALICE, "g1")):
            with pytest.raises(NotGuardian):
                await ward(family_world.family, guardian, ident, NOW)

    async def test_the_latest_counts_in_whatever_order_it_comes(self, family_world: FamilyWorld) -> None:
        await take(family_world, told(4, NOW + DAY), told(3, None), told(2, NOW + 9 * DAY))
        await take(family_world, told(3, None))
        assert [each.until for each in await wards(family_world.family, BOB, NOW)] == [NOW + DAY]
        await take(family_world, told(1, None, incarnation=2))
        assert await wards(family_world.family, BOB, NOW) == []

    async def test_what_a_guardian_holds_ends_with_the_guardianship(
        self, family_world: FamilyWorld, press: Press
    ) -> None:
        await take(family_world, told(2, NOW + 3 * DAY))
        guardianship = await ward(family_world.family, BOB, "g1", NOW)
        theirs = await press.issue(Wanted(guardianship=guardianship))
        paper = await press.issue(Wanted(paper=Naming(None, "2X"), guardianship=guardianship))
        own = await press.issue(Wanted())
        assert paper.claims.expires_at == NOW + 3 * DAY
        await take(family_world, told(3, NOW + 2 * DAY))
        assert [await press.verdict(each) for each in (theirs, paper, own)] == [
            Verdict.VALID,
            Verdict.REVOKED,
            Verdict.VALID,
        ]
        await take(family_world, told(4, None))
        assert [await press.verdict(each) for each in (theirs, own)] == [Verdict.REVOKED, Verdict.VALID]

    async def test_nothing_is_issued_to_who_is_no_guardian_any_more(
        self, family_world: FamilyWorld, press: Press
    ) -> None:
        await take(family_world, told(2, NOW + 3 * DAY))
        as_it_was = await ward(family_world.family, BOB, "g1", NOW)
        with pytest.raises(NotGuardian):
            await press.issue(Wanted(guardianship=as_it_was), now=NOW + 3 * DAY)
        await take(family_world, told(3, NOW + DAY))
        shorter = await press.issue(Wanted(paper=Naming(None, "2X"), guardianship=as_it_was))
        assert shorter.claims.expires_at == NOW + DAY
        await take(family_world, told(4, None))
        with pytest.raises(NotGuardian):
            await press.issue(Wanted(guardianship=as_it_was))

    async def test_each_look_of_a_guardian_is_there_for_the_person_to_see(
        self, family_world: FamilyWorld, press: Press
    ) -> None:
        assert await press.world.views.code(ALICE) is not None
        await take(family_world, told(2, NOW + 3 * DAY))
        guardianship = await ward(family_world.family, BOB, "g1", NOW)
        for minute in range(3):
            at = NOW + timedelta(minutes=minute)
            code = await look_after(family_world.views, family_world.lookups, guardianship, "account", at)
            assert code.color is Color.GREEN
        page = await family_world.lookups.seen(ALICE, None, 2)
        assert [(each.lookup.role, each.lookup.at - NOW) for each in page] == [
            ("guardian", timedelta(minutes=2)),
            ("guardian", timedelta(minutes=1)),
        ]
        rest = await family_world.lookups.seen(ALICE, page[-1].number, 9)
        assert [each.lookup.at for each in rest] == [NOW]
        assert await family_world.lookups.seen(BOB, None, 9) == []
        assert await family_world.lookups.forget(NOW + timedelta(minutes=1), 9) == 1
        assert len(await family_world.lookups.seen(ALICE, None, 9)) == 2

    async def test_a_new_paper_takes_the_place_of_the_one_before(self, press: Press) -> None:
        app, first = await press.issue(Wanted()), await press.issue(PAPER)
        second = await press.issue(PAPER)
        verdicts = [await press.verdict(each) for each in (app, first, second)]
        assert verdicts == [Verdict.VALID, Verdict.REVOKED, Verdict.VALID]
        assert second.claims.expires_at == NOW + 7 * DAY
        async with press.world.credentials.begin() as book:
            assert await book.revoke_paper(ALICE, NOW) == 1
            assert await book.revoke_paper(ALICE, NOW) == 0
        assert await press.verdict(second) is Verdict.REVOKED
