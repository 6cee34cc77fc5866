"""Several codes of one person, and certificates of other systems: which counts is the region's data."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from healthcode.combine import Combine
from healthcode.credential import Es256Key, TrustList
from healthcode.foreign import ForeignTable, rules_from
from healthcode.values import Color
from services.issuer.api import models
from services.issuer.api.entries import Entries
from services.issuer.domain.trust import believed
from services.issuer.handlers.code import take_findings
from tests.support.holders import Holder
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_abroad import ListsAbroadTwin
from tests.twins.issuer_findings import LIFETIME, NOW, finding
from tests.twins.issuer_places import PlacesTwin
from tests.unit.healthcode.foreign.makers import KEYS, TESTED, VACCINATED, dcc, shc
from tests.unit.issuer.conftest import REGION
from tests.unit.issuer.test_issuer_api import body
from tests.unit.issuer.test_issuer_trust import catalogue, own, shown, take_list

Login = Callable[..., httpx.AsyncClient]
Ask = Callable[..., Awaitable[dict[str, Any]]]
AT = NOW.timestamp()
ZH = {"Accept-Language": "zh"}
ROWS = [
    {"kind": "test", "detected": True, "within_days": 14, "status": "10"},
    {"kind": "test", "detected": False, "within_hours": 48, "status": "00"},
]
TIMES = {4: int(AT) + 86_400, 6: int(AT) - 86_400}


def certificate(**test: str) -> str:
    """Of a test on the day before."""
    return dcc(claims=TIMES, dcc={"t": [{**TESTED, "sc": "2020-02-10T10:00:00+01:00", **test}]})


POSITIVE = {"tr": "260373001"}


@pytest.fixture(params=[Combine.STRICTEST, Combine.ANY_GREEN])
def combine(request: pytest.FixtureRequest) -> Combine:
    rule: Combine = request.param
    return rule


@pytest.fixture
def entries(entries: Entries, combine: Combine) -> Entries:
    return replace(entries, combine=combine, foreign=ForeignTable(KEYS, rules_from({"rows": ROWS})))


@pytest.fixture
def trust(key: Es256Key) -> TrustList:
    return believed([own(key)], catalogue(), REGION)


@pytest.fixture
async def ask(login: Login, lists_abroad: ListsAbroadTwin) -> Ask:
    """A guard scans; what the other region says of its codes is here."""
    gate = login("checkpoint")
    await lists_abroad.ask([(("420000", "20200211-0"))], NOW)  # type: ignore[list-item]  # a plain pair
    await take_list(lists_abroad, [9])

    async def scan(credential: str, *others: str, **more: Any) -> dict[str, Any]:
        asked = {"credential": credential, "others": others, **more}
        return body(await gate.post("/v1/verifications", json=asked, headers=ZH), models.VerificationAnswer)

    return scan


@pytest.fixture
def have(twin: IssuerTwin, login: Login, me: str) -> Callable[[Color], Awaitable[Holder]]:
    """A code of one's own here, of a color."""

    async def got(color: Color) -> Holder:
        await take_findings(twin, [finding(color, 1, me)], LIFETIME, NOW, lambda: secrets.token_hex(16))
        holder = Holder()
        return holder.took(await login("citizen").post("/v1/me/credentials", json=holder.asked))

    return got


async def test_the_stricter_of_two_codes_counts_unless_any_green_suffices(
    ask: Ask, have: Callable[[Color], Awaitable[Holder]], combine: Combine
) -> None:
    holder = await have(Color.YELLOW)
    answer = await ask(holder.show(AT), shown())
    strict = combine is Combine.STRICTEST
    assert (answer["counts"], answer["color"], answer["region"]) == (
        (0, "yellow", "330000") if strict else (1, "green", "420000")
    )
    assert answer["act"] == ("health_monitoring" if strict else "may_enter")
    assert [(each["verdict"], each["color"], each["region"]) for each in answer["others"]] == [
        ("valid", "green", "420000")
    ]
    alone = await ask(holder.show(AT + 1))
    assert (alone["counts"], alone["color"], alone["others"]) == (0, "yellow", [])


async def test_what_is_not_valid_spoils_the_rest_where_all_have_to_be(
    ask: Ask, have: Callable[[Color], Awaitable[Holder]], combine: Combine
) -> None:
    holder = await have(Color.GREEN)
    answer = await ask(holder.show(AT), holder.show(AT - 300))
    told = (answer["counts"], answer["verdict"], answer["color"], answer["act"])
    if combine is Combine.STRICTEST:
        assert told == (None, "not_fresh", None, None)
    else:
        assert told == (0, "valid", "green", "may_enter")
    twice = holder.show(AT + 1)
    again = await ask(twice, twice)
    assert again["others"][0]["repeated"]
    assert again["counts"] == (None if combine is Combine.STRICTEST else 0)


async def test_who_is_let_in_at_a_place_is_on_record_as_it_counted(
    ask: Ask,
    have: Callable[[Color], Awaitable[Holder]],
    login: Login,
    places: PlacesTwin,
    combine: Combine,
) -> None:
    officer = login("officer", authority="330100-cdc", person="person-1")
    door = (await officer.post("/v1/places", json={"name": "西湖文化广场 3 号门", "area": "330106"})).json()["code"]
    holder = await have(Color.YELLOW)
    answer = await ask(holder.show(AT, door), certificate(), place=door)
    if combine is Combine.STRICTEST:
        assert (answer["number"], places.passes) == (None, [])
    else:
        assert (answer["number"], [one.color for one in places.passes]) == ("123000", [Color.GREEN])


async def test_a_certificate_of_another_system_counts_as_the_table_says(ask: Ask) -> None:
    good = await ask(certificate())
    assert (good["verdict"], good["color"], good["act"], good["region"]) == ("valid", "green", "may_enter", None)
    assert good["certificate"] == {
        "format": "dcc",
        "issuer": "DE",
        "name": "Erika Müller",
        "born": "1964-08-12",
        "status": "00",
        "row": 2,
        "refusal": None,
    }
    bad = await ask(certificate(**POSITIVE))
    assert (bad["color"], bad["act"], bad["certificate"]["row"]) == ("red", "central_isolation", 1)
    unknown = await ask(dcc(claims=TIMES, dcc={"v": [VACCINATED]}))
    assert (unknown["color"], unknown["act"], unknown["certificate"]["status"]) == (None, None, "unknown")


@pytest.mark.parametrize(
    ("text", "verdict", "refusal", "words"),
    [
        (dcc(claims=TIMES, kid=b"nobodys!"), "unknown_issuer", "unknown_issuer", "未知的签发机构"),
        (dcc(claims={**TIMES, 4: int(AT) - 9}), "expired", "expired", "已过期"),
        (dcc(), "clock_ahead", "not_yet", "尚未生效"),
        (shc(), "clock_ahead", "not_yet", "尚未生效"),
        ("shc:/1/2/567", "malformed", "unsupported", "不支持的证明类型"),
        ("shc:/xyz", "malformed", "malformed", "不是可识别的证明"),
    ],
)
async def test_a_refusal_is_typed_and_told_in_words(
    ask: Ask, text: str, verdict: str, refusal: str, words: str
) -> None:
    answer = await ask(text)
    assert (answer["verdict"], answer["certificate"]["refusal"], answer["color"]) == (verdict, refusal, None)
    assert answer["text"].startswith(words)


async def test_no_machine_opens_by_a_certificate_that_anybody_can_copy(ask: Ask, login: Login) -> None:
    gate = login("checkpoint")
    answer = await gate.post("/v1/verifications/number", json={"credential": certificate()})
    assert answer.json()["result"] == 6
    answer = await gate.post("/v1/verifications/status", json={"credential": certificate()})
    assert answer.json()["status"] is None


async def test_a_broken_code_of_ours_is_no_certificate(ask: Ask) -> None:
    answer = await ask(shown("320000", Es256Key.generate()))
    assert (answer["verdict"], answer["certificate"]) == ("unknown_issuer", None)
    late = await ask("HC1:NOT", shown())
    assert (late["verdict"], late["certificate"]) in (("malformed", None), ("valid", None))


async def test_no_more_than_four_are_shown_at_once(login: Login) -> None:
    gate = login("checkpoint")
    asked = {"credential": "HC1:X", "others": ["HC1:X"] * 4}
    assert (await gate.post("/v1/verifications", json=asked)).status_code == 422
