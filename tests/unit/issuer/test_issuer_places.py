"""Places with a code at the door: who is let in, what is kept of it, and who may look."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from healthcode.values import Color, Scope
from services.issuer.api import devices, models, place_models
from services.issuer.handlers.client import take_clients
from services.issuer.handlers.code import take_findings
from tests.support.holders import Holder
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_clients import ACCOUNT, GrantsTwin, client
from tests.twins.issuer_findings import LIFETIME, NOW, finding
from tests.twins.issuer_places import PlacesTwin
from tests.unit.issuer.test_issuer_api import body, problem

Login = Callable[..., httpx.AsyncClient]
PLACE = {"name": "西湖文化广场 3 号门", "area": "330106"}
OFFICER = {"authority": "330100-cdc", "person": "person-1"}
SPAN = {"since": "2020-02-11T00:00:00Z", "until": "2020-02-12T00:00:00Z"}
AT = NOW.timestamp()
PURPOSE = "流调：2020-02-11 西湖文化广场病例"


async def fetched(citizen: httpx.AsyncClient) -> Holder:
    holder = Holder()
    return holder.took(await citizen.post("/v1/me/credentials", json=holder.asked))


async def declared(twin: IssuerTwin, color: Color, subject: str, sequence: int = 1) -> None:
    await take_findings(twin, [finding(color, sequence, subject)], LIFETIME, NOW, lambda: secrets.token_hex(16))


@pytest.fixture
async def poster(login: Login) -> str:
    """The code at a door that an authority has registered."""
    made = body(await login("officer", **OFFICER).post("/v1/places", json=PLACE), place_models.PlaceOut, 201)
    return str(made["code"])


async def test_who_scans_the_code_at_a_door_is_let_in_by_the_code_as_it_stands(
    twin: IssuerTwin, places: PlacesTwin, login: Login, me: str, poster: str
) -> None:
    citizen = login("citizen")
    problem(await citizen.post("/v1/me/passes", json={"place": poster}), 404, "not-declared")
    await declared(twin, Color.GREEN, me)
    entered = body(await citizen.post("/v1/me/passes", json={"place": poster}), place_models.EntryOut)
    assert (entered["admitted"], entered["name"], entered["number"]) == (True, PLACE["name"], "123000")
    await declared(twin, Color.RED, me, 2)
    refused = body(await citizen.post("/v1/me/passes", json={"place": poster}), place_models.EntryOut)
    assert (refused["admitted"], refused["color"], refused["number"]) == (False, "red", None)

    mine = body(await citizen.get("/v1/me/passes"), place_models.OwnPasses)
    assert [(one["name"], one["color"], one["number"], one["how"]) for one in mine["items"]] == [
        (PLACE["name"], "green", "123000", "scanned")
    ]
    path = f"/v1/places/{places.passes[0].place}/passes"
    seen = body(await login("officer", **OFFICER).get(path), place_models.DoorPasses)
    assert [one["number"] for one in seen["items"]] == ["123000"]
    assert me not in str(seen)


async def test_what_hangs_at_a_door_has_to_be_an_open_places_of_this_region(
    twin: IssuerTwin, login: Login, me: str, poster: str, places: PlacesTwin
) -> None:
    await declared(twin, Color.GREEN, me)
    officer, citizen = login("officer", **OFFICER), login("citizen")
    for text in ("HP1:NOT", "https://example.com", "HC1:NCFOXN", poster[:-1]):
        problem(await citizen.post("/v1/me/passes", json={"place": text}), 404, "no-such-place")
    (place,) = places.places
    stranger = login("officer", **{**OFFICER, "authority": "330200-cdc"})
    problem(await stranger.post(f"/v1/places/{place}/closure"), 404, "not-found")
    problem(await stranger.get(f"/v1/places/{place}/passes"), 404, "not-found")
    closed = body(await officer.post(f"/v1/places/{place}/closure"), place_models.PlaceOut)
    assert closed["closed_at"]
    problem(await citizen.post("/v1/me/passes", json={"place": poster}), 404, "no-such-place")
    assert places.passes == []


async def test_a_forwarded_picture_is_refused_at_a_place(
    twin: IssuerTwin, places: PlacesTwin, login: Login, me: str, poster: str
) -> None:
    await declared(twin, Color.GREEN, me)
    gate, device = login("checkpoint"), await fetched(login("citizen"))
    other = body(await login("officer", **OFFICER).post("/v1/places", json=PLACE), place_models.PlaceOut, 201)["code"]

    async def verdict(shown: str, **more: Any) -> dict[str, Any]:
        asked = {"credential": shown, "place": poster, **more}
        return body(await gate.post("/v1/verifications", json=asked), models.VerificationAnswer)

    for shown in (
        device.credential,  # a picture of the code alone
        device.show(AT),  # a proof for no place
        device.show(AT, other),  # one for another door
        device.show(AT - 90, poster),  # one that was sent on
    ):
        assert (await verdict(shown))["verdict"] == "not_fresh"
    assert (await verdict(device.show(AT + 90, poster)))["verdict"] == "clock_ahead"
    assert places.passes == []

    live = device.show(AT, poster)
    good = await verdict(live)
    assert (good["verdict"], good["repeated"], good["number"]) == ("valid", False, "123000")
    again = await verdict(live)
    assert (again["verdict"], again["repeated"], again["number"]) == ("valid", True, None)
    assert [(one.subject, one.how) for one in places.passes] == [(me, "shown")]
    problem(await gate.post("/v1/verifications", json={"credential": live, "place": "HP1:NOT"}), 404, "no-such-place")


async def test_where_nobody_looks_twice_the_same_proof_opens_once(
    twin: IssuerTwin, login: Login, me: str, poster: str
) -> None:
    await declared(twin, Color.GREEN, me)
    gate, device = login("checkpoint"), await fetched(login("citizen"))
    asked: dict[str, Any] = {}
    for place in (poster, None):
        asked = {"credential": device.show(AT + 10, place), "place": place}
        results = [(await gate.post("/v1/verifications/number", json=asked)).json()["result"] for _ in range(2)]
        assert results == [1, 6]
    refused = body(await gate.post("/v1/verifications/status", json=asked), devices.StatusAnswer)
    assert (refused["status"], refused["verdict"]) == (None, "not_fresh")


async def test_officers_say_for_what_they_search_and_the_people_see_it(
    twin: IssuerTwin, places: PlacesTwin, login: Login, me: str, poster: str
) -> None:
    await declared(twin, Color.GREEN, me)
    citizen, officer = login("citizen"), login("officer", **OFFICER)
    await citizen.post("/v1/me/passes", json={"place": poster})
    (place,) = places.places
    for whom, by_place in (({"subject": me}, False), ({"place": place}, True)):
        asked = {**SPAN, **whom, "purpose": PURPOSE}
        found = body(await officer.post("/v1/passes/searches", json=asked), place_models.FoundPasses)
        assert [(one["subject"], one["place"]) for one in found["items"]] == [(me, place)]
        seen = body(await citizen.get("/v1/me/passes/searches"), place_models.OwnSearches)["items"][0]
        assert (seen["authority"], seen["purpose"], seen["by_place"]) == ("330100-cdc", PURPOSE, by_place)
    other = login("citizen", id_type="passport", id_number="E12345678")
    assert body(await other.get("/v1/me/passes/searches"), place_models.OwnSearches)["items"] == []
    assert len(places.searched) == 2


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"purpose": "随便"}, "string_too_short"),
        ({"until": "2020-02-11T00:00:00Z"}, "span_of_search"),
        ({"until": "2020-04-11T00:00:00Z"}, "span_of_search"),
        ({"place": "aaaaaaaaaaaaa"}, "one_of_two"),
        ({"subject": None}, "one_of_two"),
        ({"since": "2020-02-11T00:00:00"}, "timezone_aware"),
    ],
)
async def test_a_search_without_purpose_or_bounds_is_refused(
    login: Login, places: PlacesTwin, changes: dict[str, Any], fault: str
) -> None:
    asked = {"subject": "a" * 26, **SPAN, "purpose": PURPOSE, **changes}
    refused = problem(await login("officer", **OFFICER).post("/v1/passes/searches", json=asked), 422, "invalid-request")
    assert fault in {error["code"] for error in refused["errors"]}
    assert places.searched == []
    for claims in ({"authority": "330100-cdc"}, {"person": "person-1"}):
        good = {"subject": "a" * 26, **SPAN, "purpose": PURPOSE}
        answer = await login("officer", **claims).post("/v1/passes/searches", json=good)
        problem(answer, 403, "searcher-unverified")


async def test_a_client_with_that_scope_registers_places(grants: GrantsTwin, login: Login, places: PlacesTwin) -> None:
    mine = login("integrator", client_id=ACCOUNT)
    await take_clients(grants, [client()])
    problem(await mine.post("/v1/places", json=PLACE), 403, "client-out-of-scope")
    await take_clients(grants, [client(2, scopes=(Scope.PLACES,))])
    made = body(await mine.post("/v1/places", json=PLACE), place_models.PlaceOut, 201)
    assert body(await mine.get(f"/v1/places/{made['place']}/passes"), place_models.DoorPasses)["items"] == []
    wrong = problem(await mine.post("/v1/places", json={**PLACE, "area": "999999"}), 422, "invalid-request")
    assert wrong["errors"][0]["code"] == "unknown_place_area"


async def test_passes_are_kept_for_so_long_and_no_longer(
    twin: IssuerTwin, places: PlacesTwin, login: Login, me: str, poster: str
) -> None:
    await declared(twin, Color.GREEN, me)
    citizen = login("citizen")
    for _ in range(3):
        await citizen.post("/v1/me/passes", json={"place": poster})
    first = body(await citizen.get("/v1/me/passes?limit=2"), place_models.OwnPasses)
    rest = body(await citizen.get(f"/v1/me/passes?limit=2&cursor={first['next']}"), place_models.OwnPasses)
    assert (len(first["items"]), len(rest["items"]), rest["next"], rest["kept_days"]) == (2, 1, None, 30)
    assert await places.forget(NOW, NOW, 500) == 0
    assert await places.forget(NOW + timedelta(seconds=1), NOW, 500) == 3
