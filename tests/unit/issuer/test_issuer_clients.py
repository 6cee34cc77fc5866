"""Clients at the issuer: who may ask what, how fast, how often in a day, and of whom."""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from healthcode.events import ClientChanged, ConsentChanged
from healthcode.pseudonym import clients_name
from healthcode.values import ClientState, Color, Scope
from services.issuer.api import devices, models
from services.issuer.domain.client import day_at
from services.issuer.handlers.client import Allowances, QuotaSpent, take_clients
from services.issuer.handlers.code import take_findings
from tests.support.holders import Holder
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_clients import ACCOUNT, CLIENT, GrantsTwin, client, consent
from tests.twins.issuer_findings import DAY, LIFETIME, NOW, finding
from tests.unit.issuer.test_issuer_api import body, problem

Login = Callable[..., httpx.AsyncClient]
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def gate(grants: GrantsTwin, login: Login) -> httpx.AsyncClient:
    """A client that has been let in."""
    await take_clients(grants, [client()])
    return login("integrator", client_id=ACCOUNT)


async def declared(twin: IssuerTwin, color: Color, subject: str, sequence: int = 1) -> None:
    await take_findings(twin, [finding(color, sequence, subject)], LIFETIME, NOW, lambda: secrets.token_hex(16))


async def test_a_client_reads_of_those_who_agreed_by_its_own_name(
    twin: IssuerTwin, grants: GrantsTwin, gate: httpx.AsyncClient, me: str
) -> None:
    await declared(twin, Color.RED, me)
    name = clients_name(bytes(32), CLIENT, me)
    for nobody in (name, me, "a" * 26, "a" * 25 + "b"):
        problem(await gate.get(f"/v1/codes/{nobody}"), 404, "no-consent")
    await take_clients(grants, [consent(me)])
    response = await gate.get(f"/v1/codes/{name}")
    code = body(response, models.SubjectCode)
    assert (code["subject"], code["color"]) == (name, "red")
    assert me not in response.text
    etag = response.headers["etag"]
    assert (await gate.get(f"/v1/codes/{name}", headers={"If-None-Match": etag})).status_code == 304
    problem(await gate.get(f"/v1/codes/{me}"), 404, "no-consent")
    await take_clients(grants, [consent(me, 2, None)])
    problem(await gate.get(f"/v1/codes/{name}"), 404, "no-consent")


async def test_two_clients_get_nothing_that_both_have(
    twin: IssuerTwin, grants: GrantsTwin, gate: httpx.AsyncClient, login: Login, me: str
) -> None:
    await declared(twin, Color.RED, me)
    other = "zzzzzzzzzzzzz"
    second = client(client=other, account="other")
    await take_clients(grants, [second, consent(me), consent(me, of=other)])
    answers = [
        await asking.get(f"/v1/codes/{clients_name(bytes(32), who, me)}")
        for asking, who in ((gate, CLIENT), (login("integrator", client_id="other"), other))
    ]
    one, two = (body(each, models.SubjectCode) for each in answers)
    assert one["subject"] != two["subject"]
    assert answers[0].headers["etag"] != answers[1].headers["etag"]
    assert all(each["changed_at"].endswith(":00Z") and each["since"].endswith(":00Z") for each in (one, two))


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"state": ClientState.SUSPENDED}, "client-not-granted"),
        ({"state": ClientState.EXPIRED}, "client-not-granted"),
        ({"state": ClientState.REVOKED}, "client-not-granted"),
        ({"state": ClientState.OPENING}, "client-not-granted"),
        ({"expires_at": NOW}, "client-not-granted"),
        ({"expires_at": None}, "client-not-granted"),
        ({"account": "somebody else"}, "client-not-granted"),
        ({"scopes": (Scope.READ,)}, "client-out-of-scope"),
    ],
)
async def test_who_may_not_is_told_why(
    grants: GrantsTwin, gate: httpx.AsyncClient, change: dict[str, Any], slug: str
) -> None:
    scanned = {"credential": "HC1:NOT"}
    assert (await gate.post("/v1/verifications", json=scanned)).status_code == 200
    await take_clients(grants, [client(2, **change)])
    problem(await gate.post("/v1/verifications", json=scanned), 403, slug)
    await take_clients(grants, [client(1)])
    problem(await gate.post("/v1/verifications", json=scanned), 403, slug)


async def test_a_day_has_so_many_answers_and_the_next_one_has_them_again(gate: httpx.AsyncClient, clock: Any) -> None:
    scanned = {"credential": "HC1:NOT"}
    answers = [(await gate.post("/v1/verifications", json=scanned)).status_code for _ in range(50)]
    assert set(answers) == {200}
    refused = await gate.post("/v1/verifications", json=scanned)
    assert problem(refused, 429, "quota-spent")["code"] == "4361"
    assert refused.headers["retry-after"] == str(12 * 3600)  # noon in Shanghai
    clock.time = NOW + timedelta(hours=12)
    assert (await gate.post("/v1/verifications", json=scanned)).status_code == 200


async def test_a_client_that_is_too_fast_is_told_when_to_come_back(grants: GrantsTwin, gate: httpx.AsyncClient) -> None:
    await take_clients(grants, [client(2, per_second=1)])
    answers = [await gate.post("/v1/verifications", json={"credential": "HC1:NOT"}) for _ in range(6)]
    assert [each.status_code for each in answers[:2]] == [200, 200]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_of_one_person_only_so_much_is_asked(
    twin: IssuerTwin, grants: GrantsTwin, gate: httpx.AsyncClient, login: Login, me: str
) -> None:
    await declared(twin, Color.GREEN, me)
    await take_clients(grants, [consent(me)])
    path = f"/v1/codes/{clients_name(bytes(32), CLIENT, me)}"
    assert {(await gate.get(path)).status_code for _ in range(20)} == {200, 429}
    made = [await login("citizen").post("/v1/me/credentials", json={}) for _ in range(20)]
    assert {each.status_code for each in made} == {201, 429}
    assert (await login("citizen").get("/v1/me/code")).status_code == 200


SHAPES = [(Color.GREEN, 1, "00"), (Color.YELLOW, 2, "01"), (Color.RED, 3, "10")]


@pytest.mark.parametrize(("color", "number", "status"), SHAPES)
async def test_devices_that_are_there_already_get_their_own_shape(
    twin: IssuerTwin, gate: httpx.AsyncClient, login: Login, me: str, color: Color, number: int, status: str
) -> None:
    await declared(twin, color, me)
    holder = Holder()
    holder.took(await login("citizen").post("/v1/me/credentials", json=holder.asked))

    async def scanned(shape: str, second: int, answer: type[BaseModel]) -> dict[str, Any]:
        """By its reader; each proof opens once."""
        asked = {"credential": holder.show(NOW.timestamp() + second)}
        return body(await gate.post(f"/v1/verifications/{shape}", json=asked), answer)

    assert (await scanned("number", 1, devices.NumberAnswer))["result"] == number
    answer = await scanned("status", 2, devices.StatusAnswer)
    assert (answer["code"], answer["status"], answer["verdict"]) == ("0000", status, "valid")
    await declared(twin, Color.GREEN if color is not Color.GREEN else Color.RED, me, 2)
    assert (await scanned("number", 3, devices.NumberAnswer))["result"] == 4
    refused = await scanned("status", 4, devices.StatusAnswer)
    assert (refused["code"], refused["status"], refused["verdict"]) == ("1361", None, "revoked")


@given(st.lists(st.integers(1, 400), min_size=1, max_size=4), st.integers(1, 300))
async def test_however_many_processes_there_are_a_day_is_never_exceeded(wants: list[int], per_day: int) -> None:
    grants, now = GrantsTwin(), NOW
    await take_clients(grants, [client(per_day=per_day)])
    grant = grants.clients[CLIENT]
    given_out = 0

    async def process(wanted: int) -> None:
        nonlocal given_out
        mine = Allowances(grants, SHANGHAI)
        for _ in range(wanted):
            try:
                await mine.spend(grant, now)
            except QuotaSpent:
                return
            given_out += 1
            await asyncio.sleep(0)

    await asyncio.gather(*map(process, wants))
    assert given_out <= per_day
    # what a process holds when it ends is lost: a hundredth of the day at most
    assert given_out >= min(sum(wants), per_day) - len(wants) * max(1, per_day // 100)


@given(st.permutations(range(1, 6)), st.integers(1, 5))
async def test_an_older_word_never_wins(order: list[int], size: int) -> None:
    grants = GrantsTwin()
    said = [client(version, per_day=version) for version in order]
    agreed = [consent("somebody", version, NOW + version * DAY) for version in order]
    words: list[ClientChanged | ConsentChanged] = list(itertools.chain.from_iterable(zip(said, agreed, strict=True)))
    for start in range(0, len(words), size):
        await take_clients(grants, words[start : start + size])
    assert grants.clients[CLIENT].per_day == 5
    assert await grants.consented(CLIENT, "somebody") == NOW + 5 * DAY


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds it
def test_a_day_ends_at_the_regions_midnight(now: datetime) -> None:
    for zone in (SHANGHAI, ZoneInfo("Europe/Berlin"), UTC):
        day = day_at(now, zone)
        after = now + timedelta(seconds=day.left + 1)
        assert day.date == now.astimezone(zone).date()
        assert 1 <= day.left <= 25 * 3600
        assert after.astimezone(zone).date() > day.date
