import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Annotated

import asyncpg
import httpx
import pytest
import structlog
from fastapi import APIRouter, Query, Request
from pydantic import Field, TypeAdapter, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs

from chassis import metrics
from chassis.clock import SystemClock
from chassis.http.app import Application, create_app
from chassis.http.body import PLAIN_TEXT, Body, BodyRule
from chassis.http.problems import Problem
from chassis.http.standard import CONFLICT
from chassis.settings import ChassisSettings

JSON = {"Content-Type": "application/json"}


class Stop(Body):
    to: str = Field(min_length=2)
    day: int = Field(ge=1)


class Trip(Body):
    name: str
    stops: list[Stop]
    share: float = 0

    @field_validator("name")
    @classmethod
    def _sound(cls, value: str) -> str:
        if value == "bad":
            raise PydanticCustomError("name_odd", "odd: {value}", {"value": value})
        if value == "worse":
            raise ValueError(f"odd: {value}")
        return value


router = APIRouter(prefix="/v1", tags=["trips"])


@router.post("/trips/{trip_id}")
async def put_trip(trip_id: str, trip: Trip, limit: Annotated[int, Query(ge=1)] = 1) -> dict[str, object]:
    return {"id": trip_id, "stops": len(trip.stops), "limit": limit}


@router.post("/uploads")
async def upload(request: Request) -> dict[str, int]:
    return {"size": len(await request.body())}


@router.get("/conflict")
async def conflict() -> None:
    raise Problem(CONFLICT, headers={"Retry-After": "3"}, extensions={"current": 7, "status": "ignored"})


@router.get("/boom/{number}")
async def boom(number: str) -> None:
    structlog.get_logger("test").info("before")
    raise ValueError(f"secret {number}")


@router.get("/things/{thing}")
async def thing(thing: str) -> str:
    return thing


@router.delete("/things/{gone}")
async def remove(gone: str) -> str:
    return gone


@router.get("/late")
async def late() -> PlainTextResponse:
    return PlainTextResponse("fine")


def build() -> Application:
    settings = ChassisSettings(region="330000", kafka_bootstrap="b:1", database_url="postgresql://x/y")
    app = create_app(
        title="trips",
        version="1.2.3",
        settings=settings,
        clock=SystemClock(),
        checks=[],
        bodies={"/v1/uploads": BodyRule(limit=2 << 20, media=frozenset({"text/csv"}))},
    )
    app.include_router(router)
    app.router.add_route("/plain/{x}", plain)
    return app


async def plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["x"])


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with connect(build()) as connected:
        yield connected


def connect(app: Application) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def assert_problem(response: httpx.Response, status: int, slug: str, code: str) -> dict[str, object]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = response.json()
    assert document["type"] == f"urn:healthcode:problem:{slug}"
    assert (document["status"], document["code"]) == (status, code)
    assert document["instance"] == f"urn:healthcode:request:{response.headers['x-request-id']}"
    assert document["title"]
    assert document["detail"]
    return document


async def test_a_good_request_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/trips/9?limit=4", json={"name": "a", "stops": [{"to": "330100", "day": 1}]})
    assert response.json() == {"id": "9", "stops": 1, "limit": 4}


async def test_every_wrong_field_is_pointed_at_without_its_value(client: httpx.AsyncClient) -> None:
    body = {"name": 5150, "stops": [{"to": "x", "day": 0, "a/b": "5150"}, {"to": "5150x"}], "share": "5150x"}
    response = await client.post("/v1/trips/9?limit=0", json=body)
    document = assert_problem(response, 422, "invalid-request", "1002")
    assert "5150" not in response.text
    errors = document["errors"]
    assert isinstance(errors, list)
    found = {(error.get("pointer") or error.get("parameter")): error["code"] for error in errors}
    assert found == {
        "query:limit": "greater_than_equal",
        "#/name": "string_type",
        "#/stops/0/to": "string_too_short",
        "#/stops/0/day": "greater_than_equal",
        "#/stops/0/a~1b": "extra_forbidden",
        "#/stops/1/day": "missing",
        "#/share": "float_parsing",
    }
    assert {"code": "string_too_short", "pointer": "#/stops/0/to", "detail": "Give at least 2 characters."} in errors


@pytest.mark.parametrize(("value", "code"), [("bad", "name_odd"), ("worse", "value_error")])
async def test_what_a_services_own_validator_says_is_not_passed_on(
    client: httpx.AsyncClient, value: str, code: str
) -> None:
    response = await client.post("/v1/trips/9", json={"name": value, "stops": []})
    document = assert_problem(response, 422, "invalid-request", "1002")
    assert document["errors"] == [{"code": code, "pointer": "#/name", "detail": "This value is not accepted."}]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,zh;q=0.5", "en"),
        ("de,zh-TW;q=0.3", "zh"),
        ("fr", "en"),
        ("zh;q=x", "en"),
    ],
)
async def test_the_language_follows_the_request(client: httpx.AsyncClient, header: str, language: str) -> None:
    response = await client.post("/v1/trips/9", json={"stops": []}, headers={"Accept-Language": header})
    assert response.headers["content-language"] == language
    assert ("必填" in response.text) == (language == "zh")


async def test_a_missing_body_is_said_at_its_root(client: httpx.AsyncClient) -> None:
    document = assert_problem(await client.post("/v1/trips/9"), 422, "invalid-request", "1002")
    assert document["errors"] == [{"code": "missing", "pointer": "#", "detail": "This is required."}]


@pytest.mark.parametrize(
    "body",
    ["{", "", " ", "NaN", '{"share": NaN}', '{"share": Infinity}', '{"a":1,}', "[1] x", '{"a": "\\ud800"', "'a'"],
)
async def test_what_is_no_json_is_refused(client: httpx.AsyncClient, body: str) -> None:
    response = await client.post("/v1/trips/9", content=body, headers=JSON)
    if body:
        assert_problem(response, 400, "malformed-json", "1001")
    else:
        assert_problem(response, 422, "invalid-request", "1002")


@pytest.mark.parametrize("body", [b'{"name": "\xff"}', b"[" * 100_000])
async def test_bytes_that_break_parsers_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    assert_problem(await client.post("/v1/trips/9", content=body, headers=JSON), 400, "malformed-json", "1001")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
async def test_other_kinds_of_body_are_refused(client: httpx.AsyncClient, media: str | None) -> None:
    headers = {"Content-Type": media} if media else {}
    response = await client.post("/v1/trips/9", content=b"a=1", headers=headers)
    document = assert_problem(response, 415, "unsupported-media-type", "1003")
    assert document["accepted"] == ["application/json"]


async def test_a_path_may_take_other_and_larger_bodies(client: httpx.AsyncClient) -> None:
    csv = await client.post("/v1/uploads", content=b"a" * (2 << 20), headers={"Content-Type": "text/csv"})
    assert csv.json() == {"size": 2 << 20}
    more = await client.post("/v1/uploads", content=b"a" * ((2 << 20) + 1), headers={"Content-Type": "text/csv"})
    assert assert_problem(more, 413, "content-too-large", "1004")["limit"] == 2 << 20


async def test_a_body_without_a_length_is_counted_as_it_comes(client: httpx.AsyncClient) -> None:
    async def parts(count: int) -> AsyncIterator[bytes]:
        yield b'"'
        for _ in range(count):
            yield b"a" * 1024
            await asyncio.sleep(0)
        yield b'"'

    assert_problem(
        await client.post("/v1/trips/9", content=parts(1024), headers=JSON), 413, "content-too-large", "1004"
    )
    assert_problem(await client.post("/v1/trips/9", content=parts(2), headers=JSON), 422, "invalid-request", "1002")


async def test_a_length_too_large_is_refused_unread(client: httpx.AsyncClient) -> None:
    read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read = True
        yield b""

    response = await client.post("/v1/trips/9", content=body(), headers={**JSON, "Content-Length": "1048577"})
    assert_problem(response, 413, "content-too-large", "1004")
    assert not read


async def test_addresses_and_methods_that_do_not_exist(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/v1/nothing"), 404, "not-found", "3001")
    response = await client.put("/v1/conflict", json={})
    assert_problem(response, 405, "method-not-allowed", "3002")
    assert response.headers["allow"] == "GET"
    response = await client.options("/v1/things/9")
    assert_problem(response, 405, "method-not-allowed", "3002")
    assert response.headers["allow"] == "DELETE, GET"


@pytest.mark.parametrize("encoding", ["gzip", "GZip, identity", "br"])
async def test_an_encoded_body_is_refused_and_the_caller_told_what_is_read(
    client: httpx.AsyncClient, encoding: str
) -> None:
    headers = JSON | {"Content-Encoding": encoding}
    response = await client.post("/v1/trips/9", content=gzip.compress(b"{}"), headers=headers)
    assert_problem(response, 415, "unsupported-content-encoding", "1007")
    assert response.headers["accept-encoding"] == "identity"
    plain = await client.post("/v1/trips/9", json={"name": "a", "stops": []}, headers={"Content-Encoding": "identity"})
    assert plain.status_code == 200


@pytest.mark.parametrize(
    "away",
    [ConnectionRefusedError(), TimeoutError(), asyncpg.CannotConnectNowError(), asyncpg.DeadlockDetectedError()],
)
async def test_an_outage_of_the_database_asks_to_come_again(away: Exception) -> None:
    app = build()

    @app.get("/away")
    async def fails() -> None:
        raise away

    async with connect(app) as client:
        with capture_logs() as logs:
            response = await client.get("/away")
    assert_problem(response, 503, "not-ready", "5002")
    assert response.headers["retry-after"] == "1"
    assert [(line["event"], line["log_level"]) for line in logs if line["event"] != "http_request"] == [
        ("database_away", "warning")
    ]


async def test_what_the_database_cannot_store_is_the_callers_to_mend() -> None:
    app = build()

    @app.get("/entries/{entry}")
    async def fails(entry: str) -> None:
        raise asyncpg.CharacterNotInRepertoireError("invalid byte sequence")

    async with connect(app) as client:
        assert_problem(await client.get("/entries/%00"), 400, "bad-request", "1000")


@pytest.mark.parametrize(
    ("text", "good"), [("王小明", True), ("a\tb\r\nc", True), ("a\x00b", False), ("\x9b1m", False)]
)
def test_plain_text_has_no_control_characters(text: str, *, good: bool) -> None:
    adapter = TypeAdapter(Annotated[str, Field(min_length=1), PLAIN_TEXT])
    if good:
        assert adapter.validate_python(text) == text
    else:
        with pytest.raises(ValidationError) as refused:
            adapter.validate_python(text)
        assert [error["type"] for error in refused.value.errors()] == ["control_character"]


async def test_a_services_problem_carries_its_headers_and_members(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/conflict")
    document = assert_problem(response, 409, "conflict", "3003")
    assert document["current"] == 7
    assert response.headers["retry-after"] == "3"


async def test_an_unexpected_error_says_nothing_but_its_instance(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        response = await client.get("/v1/boom/4711")
    assert_problem(response, 500, "internal", "5001")
    assert "4711" not in response.text
    assert "ValueError" not in response.text
    assert [line["event"] for line in logs] == ["before", "unexpected_error", "http_request"]


async def test_the_log_line_names_the_route_and_never_the_path(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await client.post("/v1/trips/4711?limit=4712", json={"name": "a", "stops": []})
        await client.get("/plain/4711")
        await client.get("/nothing/4711")
        await client.delete("/v1/trips/4711")
    assert "4711" not in str(logs)
    assert "4712" not in str(logs)
    assert [(line["method"], line["route"], line["status"]) for line in logs] == [
        ("POST", "/v1/trips/{trip_id}", 200),
        ("GET", "/plain/{x}", 200),
        ("GET", "(none)", 404),
        ("DELETE", "/v1/trips/{trip_id}", 405),
    ]


async def test_requests_are_counted_by_route(client: httpx.AsyncClient) -> None:
    labels = {"service": "trips", "method": "GET", "route": "/v1/late", "status": "200"}
    before = metrics.value("hc_http_requests_total", **labels) or 0
    await client.get("/v1/late")
    assert metrics.value("hc_http_requests_total", **labels) == before + 1


async def test_a_sane_request_id_is_taken_over(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/late", headers={"X-Request-Id": "abcdef-12345678"})
    assert response.headers["x-request-id"] == "abcdef-12345678"


@pytest.mark.parametrize("asked", ["x", "has space here", "a" * 65])
async def test_an_odd_request_id_is_replaced(client: httpx.AsyncClient, asked: str) -> None:
    response = await client.get("/v1/late", headers={"X-Request-Id": asked})
    assert len(response.headers["x-request-id"]) == 32


async def test_the_request_id_is_bound_for_handlers_and_unbound_after(client: httpx.AsyncClient) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        await client.get("/v1/boom/1", headers={"X-Request-Id": "abcdef-12345678"})
    assert {line.get("request_id") for line in logs} == {"abcdef-12345678"}
    assert structlog.contextvars.get_contextvars() == {}


async def test_errors_are_documented_once_for_every_route(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/v1/trips/{trip_id}",
        "/v1/uploads",
        "/v1/conflict",
        "/v1/boom/{number}",
        "/v1/late",
        "/v1/things/{thing}",
        "/v1/things/{gone}",
    }
    operation = document["paths"]["/v1/trips/{trip_id}"]["post"]
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}
    assert "422" not in operation["responses"]
    assert "HTTPValidationError" not in json.dumps(document)
    assert "ProblemDocument" in document["components"]["schemas"]
    assert "`1002`" in document["components"]["responses"]["Problem"]["description"]
