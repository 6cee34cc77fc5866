"""People are sealed to the region whose own they are from now on, and taken in there under its own pseudonyms."""

import json
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

import msgspec
import pytest
from joserfc.jwk import ECKey

from healthcode.events import (
    DossierHandedOver,
    GuardianshipChanged,
    HandoverAnswered,
    ListingRecorded,
    PersonHandedOver,
    TripDeclared,
)
from healthcode.pseudonym import subject_of
from healthcode.values import Attestation, Category, IdType
from services.declaration.domain.dependant import Agreement, Basis, Dependant, Relation
from services.declaration.domain.people import Basic, Document, Person
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.handover import Post, receive, send
from services.declaration.store.seals import IntakeSeals
from services.declaration.store.vault import MasterVault
from tests.unit.declaration.office import HONG, MING, START
from tests.unit.declaration.twin import TwinUnits

NATION, REGION = "100000", "620000"
KEYS = {region: ECKey.generate_key("P-256") for region in (NATION, REGION)}
CATALOGUE = {"regions": [{"code": code, "intake": key.as_dict(private=False)} for code, key in KEYS.items()]}
PSEUDONYMS = {NATION: bytes(32), REGION: bytes([1]) * 32}
MASTERS = {NATION: bytes([2]) * 32, REGION: bytes([3]) * 32}
BASIC = Basic(
    name="王小明",
    document=Document(IdType.RESIDENT_ID, MING),
    phone="13800000000",
    address="雁滩路",
    residence="620102",
)


class Stack:
    """The declaration service of one region."""

    def __init__(self, region: str) -> None:
        self.units = TwinUnits()
        self.subject = partial(subject_of, PSEUDONYMS[region])
        self.vault = MasterVault(MASTERS[region])
        desk = Desk(self.subject, self.vault, lambda: START, ZoneInfo("Asia/Shanghai"), lambda _: "0" * 32)
        self.post = Post(desk, IntakeSeals(lambda: CATALOGUE, KEYS[region]), region)

    @property
    def published(self) -> list[object]:
        return list(self.units.state.published)


def ming(stack: Stack) -> str:
    return stack.subject(IdType.RESIDENT_ID, MING)


@pytest.fixture
def nation() -> Stack:
    stack = Stack(NATION)
    who = ming(stack)
    stack.units.state.people[who] = Person(who, stack.vault.seal(who, BASIC), 2, self_declared=True)
    return stack


def dossier(subject: str, **more: object) -> DossierHandedOver:
    listing = ListingRecorded(
        id="e1.1", subject=subject, entry="e1", revision=1, category=Category.CONFIRMED, source="cdc", evidence="e",
        valid_from=START, recorded_at=START,
    )  # fmt: skip
    fields = {
        "id": "d", "subject": subject, "handle": "h1", "sequence": 1, "origin": NATION, "destination": REGION,
        "facts": b"\x01", "color": "red", "rule": "R", "listings": (listing,), "at": START, **more,
    }  # fmt: skip
    return DossierHandedOver(**fields)  # type: ignore[arg-type]  # by name


async def sent(nation: Stack, **more: object) -> PersonHandedOver:
    async with nation.units.begin() as unit:
        await send(nation.post, unit, [dossier(ming(nation), **more)])
    (message,) = [each for each in nation.published if isinstance(each, PersonHandedOver)]
    nation.units.state.published.clear()
    return message


async def received(region: Stack, message: PersonHandedOver) -> list[object]:
    before = len(region.published)
    async with region.units.begin() as unit:
        await receive(region.post, unit, [message])
    return region.published[before:]


async def test_a_person_arrives_whole_under_another_name(nation: Stack) -> None:
    message = await sent(nation)
    wire = msgspec.json.encode(message).decode()
    assert not any(secret in wire for secret in (MING, "王小明", ming(nation)))
    region = Stack(REGION)
    (arrived,) = await received(region, message)
    assert isinstance(arrived, DossierHandedOver)
    assert arrived.subject == ming(region) != ming(nation)
    assert {each.subject for each in arrived.listings} == {ming(region)}
    assert (arrived.facts, arrived.color, arrived.handle) == (b"\x01", "red", "h1")
    person = region.units.state.people[ming(region)]
    assert person.basic is not None
    assert region.vault.open(person.subject, person.basic) == BASIC
    assert (person.weight, person.self_declared) == (2, True)
    assert ming(nation) not in json.dumps(msgspec.to_builtins(arrived))


async def test_of_whom_nobody_knows_the_name_nothing_goes() -> None:
    nation = Stack(NATION)
    async with nation.units.begin() as unit:
        await send(nation.post, unit, [dossier("erased")])
    (answer,) = nation.published
    assert isinstance(answer, HandoverAnswered)
    assert (answer.outcome, answer.handle, answer.origin) == ("unnamed", "h1", NATION)


async def test_what_is_sealed_belongs_to_its_message_and_to_its_region(nation: Stack) -> None:
    message = await sent(nation)
    replace = msgspec.structs.replace
    for changed in (
        replace(message, handle="h2"),
        replace(message, sequence=2),
        replace(message, origin="330000"),
        replace(message, sealed=message.sealed[:-4] + "AAAA"),
        replace(message, sealed="nothing"),
    ):
        region = Stack(REGION)
        (answer,) = await received(region, changed)
        assert isinstance(answer, HandoverAnswered)
        assert (answer.outcome, answer.destination) == ("refused", changed.origin)
        assert region.units.state.people == {}
    (answer,) = await received(Stack(NATION), message)
    assert isinstance(answer, HandoverAnswered)
    assert answer.outcome == "refused", "it is sealed to another region"


async def test_once_the_code_has_moved_trips_are_told_and_what_was_declared_here_stays(nation: Stack) -> None:
    trip = TripDeclared(
        id="t", subject="", at=START, attestation=Attestation.SELF, destination="330000", area="330100",
        since=date(2020, 2, 12),
    )  # fmt: skip
    message = await sent(nation, moved=True, trips=(trip,))
    region = Stack(REGION)
    newer = msgspec.structs.replace(BASIC, address="moved")
    who = ming(region)
    region.units.state.people[who] = Person(who, region.vault.seal(who, newer), 2)
    arrived, told = await received(region, message)
    assert isinstance(arrived, DossierHandedOver)
    assert isinstance(told, TripDeclared)
    assert (told.id, told.subject) == ("t", who)
    kept = region.units.state.people[who].basic
    assert kept is not None
    assert region.vault.open(who, kept).address == "moved"


async def test_guardians_go_along_with_the_code_and_are_registered_once(nation: Stack) -> None:
    mother = nation.subject(IdType.RESIDENT_ID, HONG)
    theirs = msgspec.structs.replace(BASIC, name="李红", document=Document(IdType.RESIDENT_ID, HONG))
    nation.units.state.people[mother] = Person(mother, nation.vault.seal(mother, theirs), 2)
    registered = Dependant(
        id="r1", guardian=mother, subject=ming(nation), relation=Relation.CHILD, until=date(2020, 12, 31),
        registered_at=START, basic=nation.vault.seal(ming(nation), BASIC),
        agreement=Agreement(Basis.CONSENT, date(2020, 6, 30)),
    )  # fmt: skip
    nation.units.state.dependants["r1"] = registered
    gone = msgspec.structs.replace(registered, id="r2", guardian="erased")
    over = msgspec.structs.replace(registered, id="r3", until=date(2020, 1, 1))
    nation.units.state.dependants |= {"r2": gone, "r3": over}

    region = Stack(REGION)
    assert len(await received(region, await sent(nation))) == 1, "not before the code moves"
    message = await sent(nation, sequence=2, moved=True)
    _, told = await received(region, message)
    assert isinstance(told, GuardianshipChanged)
    assert (told.subject, told.guardian) == (ming(region), region.subject(IdType.RESIDENT_ID, HONG))
    (kept,) = region.units.state.dependants.values()
    assert (kept.relation, kept.until, kept.agreement) == (registered.relation, registered.until, registered.agreement)
    assert kept.basic is not None
    assert region.vault.open(kept.subject, kept.basic) == BASIC
    assert len(await received(region, message)) == 1, "once"


async def test_a_region_that_nobody_knows_gets_nothing(nation: Stack) -> None:
    async with nation.units.begin() as unit:
        with pytest.raises(LookupError, match="650000"):
            await send(nation.post, unit, [dossier(ming(nation), destination="650000")])
