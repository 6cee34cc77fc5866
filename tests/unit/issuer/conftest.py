import itertools
import secrets
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from chassis.http.app import Application, create_app
from chassis.http.rates import Rate
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.credential import Es256Key, TrustEntry, TrustList, Usage
from healthcode.pseudonym import subject_behind, subject_of
from healthcode.values import IdType
from services.issuer.api import Deps, routers
from services.issuer.api.clients import ClientDoor
from services.issuer.api.entries import Entries
from services.issuer.api.texts import Reason, Texts
from services.issuer.domain import StatusPlace, Turns
from services.issuer.handlers.abroad import VerifiedLists
from services.issuer.handlers.client import Allowances
from services.issuer.handlers.credential import Abroad, Signer
from services.issuer.handlers.keys import KeyRing
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_abroad import ListsAbroadTwin
from tests.twins.issuer_clients import GrantsTwin
from tests.twins.issuer_findings import DAY, NOW
from tests.twins.issuer_places import PlacesTwin, ScansTwin

REGION = "330000"
NUMBER = "11010519491231002X"
PSEUDONYM_KEY = bytes(32)


class Clock:
    """Stands where it is put."""

    time = NOW

    def now(self) -> datetime:
        return self.time


def pseudonymise(id_type: IdType, number: str) -> str:
    return subject_of(PSEUDONYM_KEY, id_type, number)


@pytest.fixture
def me() -> str:
    """The subject of the citizen of the tests."""
    return pseudonymise(IdType.RESIDENT_ID, NUMBER)


@pytest.fixture
def twin() -> IssuerTwin:
    return IssuerTwin()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key() -> Es256Key:
    return Es256Key.generate()


@pytest.fixture
def lists_key() -> Es256Key:
    return Es256Key.generate()


@pytest.fixture
def signing(key: Es256Key, lists_key: Es256Key) -> tuple[Es256Key, Es256Key]:
    return key, lists_key


@pytest.fixture
def trust(key: Es256Key) -> TrustList:
    entry = TrustEntry(
        kid=key.kid, public_key=key.public_key, region=REGION, not_before=NOW - DAY, not_after=NOW + 99 * DAY
    )
    return TrustList([entry])


def texts() -> Texts:
    reason = Reason("您被列入名单", "实施细则", {"check_ins": "再打卡：{done}/{needed}"})
    return Texts({"zh": {"red": reason}})


@pytest.fixture
def grants() -> GrantsTwin:
    return GrantsTwin()


@pytest.fixture
def door(grants: GrantsTwin, clock: Clock) -> ClientDoor:
    allowances = Allowances(grants, ZoneInfo("Asia/Shanghai"))
    return ClientDoor(grants, allowances, clock, partial(subject_behind, PSEUDONYM_KEY), Rate(1, 10))


@pytest.fixture
def places() -> PlacesTwin:
    return PlacesTwin()


@pytest.fixture
def lists_abroad() -> ListsAbroadTwin:
    return ListsAbroadTwin()


@pytest.fixture
def scans() -> ScansTwin:
    return ScansTwin()


@pytest.fixture
def entries(
    places: PlacesTwin, lists_key: Es256Key, lists_abroad: ListsAbroadTwin, trust: TrustList, scans: ScansTwin
) -> Entries:
    entry = TrustEntry(
        kid=lists_key.kid,
        public_key=lists_key.public_key,
        region=REGION,
        not_before=NOW - DAY,
        not_after=NOW + 99 * DAY,
        usages=frozenset({Usage.STATUS_LIST}),
    )
    ids, numbers = itertools.count(), itertools.count(123_000)
    return Entries(
        places=places,
        passes=places,
        trust=lambda: TrustList([entry]),
        region=REGION,
        new_place=lambda: f"aaaaaaaaaaa{'abcdefghij'[next(ids)]}a",
        new_number=lambda: str(next(numbers)),
        kept_days=30,
        abroad=Abroad(REGION, VerifiedLists(lists_abroad, lambda: trust).standing),
        scans=scans,
    )


class Held(dict[bytes, Es256Key]):
    """Private keys that are at hand."""

    def find(self, kid: bytes) -> Es256Key | None:
        return self.get(kid)


@pytest.fixture
def turns() -> Turns:
    return Turns(100_000, time.monotonic)


@pytest.fixture
def desk(entries: Entries, turns: Turns) -> tuple[Entries, Turns]:
    return entries, turns


@pytest.fixture
def app(
    twin: IssuerTwin,
    clock: Clock,
    signing: tuple[Es256Key, Es256Key],
    trust: TrustList,
    identity: DemoIdentity,
    door: ClientDoor,
    desk: tuple[Entries, Turns],
) -> Application:
    entries, turns = desk
    numbers = itertools.count(1)
    held = {each.kid: each for each in signing}
    own = entries.trust().all(Usage.STATUS_LIST)
    believed = TrustList([*trust.all(Usage.CREDENTIAL), *trust.all(Usage.STATUS_LIST), *own], trust.regions.values())
    keys = KeyRing(REGION, lambda: believed, Held(held))

    def places(now: datetime) -> StatusPlace:
        return StatusPlace(f"{now:%Y%m%d}-0", next(numbers))

    deps = Deps(
        clock=clock,
        ids=lambda: secrets.token_hex(16),
        new_cti=lambda: secrets.token_bytes(16),
        views=twin,
        history=twin,
        ledgers=twin,
        clients=door,
        credentials=twin.credentials,
        entries=entries,
        lookups=twin,
        family=twin.family,
        pseudonymise=pseudonymise,
        places=places,
        lists=1,
        signer=Signer(REGION, keys.credentials, timedelta(hours=24)),
        keys=keys,
        turns=turns,
        key_changes=twin.key_changes,
        reissues=twin.reissues,
        texts=texts(),
        zone=ZoneInfo("Asia/Shanghai"),
    )
    settings = ChassisSettings(region=REGION, kafka_bootstrap="b:1", database_url="postgresql://x/y")
    made = create_app(
        title="issuer",
        version="1",
        settings=settings,
        clock=clock,
        checks=[],
        authenticator=identity.authenticator(REGION),
    )
    for router in routers(deps):
        made.include_router(router)
    return made


@pytest.fixture(scope="session")
def identity() -> DemoIdentity:
    return DemoIdentity()


Login = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def login(app: Application, identity: DemoIdentity) -> AsyncIterator[Login]:
    """Clients with a role; a citizen is verified unless told otherwise."""
    opened: list[httpx.AsyncClient] = []

    def of(role: str, **claims: Any) -> httpx.AsyncClient:
        verified: dict[str, Any] = (
            {"id_type": "resident_id", "id_number": NUMBER} if role == "citizen" else {"region": REGION}
        )
        token = identity.token(f"{role}-1", roles=[role], **(verified | claims))
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)
        opened.append(client)
        return client

    yield of
    for client in opened:
        await client.aclose()


@pytest.fixture
async def anyone(app: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client
