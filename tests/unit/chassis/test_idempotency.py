import re
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.http.body import Body
from chassis.http.idempotency import IdempotencyKey, Stored, idempotency_key, request_hash
from chassis.settings import ChassisSettings

Key = Annotated[IdempotencyKey | None, Depends(idempotency_key)]
router = APIRouter()


class Thing(Body):
    name: str


@router.post("/things")
async def put_thing(thing: Thing, key: Key) -> dict[str, str | None]:
    return {"name": thing.name, "key": key.key if key else None, "hash": key.body_hash.hex() if key else None}


@router.get("/stored")
async def stored() -> Response:
    return Stored(201, b'{"id":1}').response()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    settings = ChassisSettings(region="330000", kafka_bootstrap="b:1", database_url="postgresql://x/y")
    app = create_app(title="t", version="1", settings=settings, clock=SystemClock(), checks=[])
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as connected:
        yield connected


async def test_a_request_may_come_without_a_key(client: httpx.AsyncClient) -> None:
    assert (await client.post("/things", json={"name": "a"})).json()["key"] is None


async def test_the_key_comes_with_the_hash_of_the_raw_request(client: httpx.AsyncClient) -> None:
    body = b'{ "name": "a" }'
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/json"}
    answer = (await client.post("/things", content=body, headers=headers)).json()
    assert answer == {"name": "a", "key": "k-1", "hash": request_hash("POST", "/things", body).hex()}


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "\x7f", "\xe9"])
async def test_a_malformed_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    raw = {b"Idempotency-Key": key.encode("latin-1")}
    response = await client.post("/things", json={"name": "a"}, headers=raw)
    assert response.status_code == 400
    assert response.json()["code"] == "1005"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "/a", b"x"), ("POST", "/b", b"x"), ("POST", "/a", b"y"), ("POST", "/a\nx", b"")],
)
def test_requests_that_differ_in_anything_have_different_hashes(method: str, path: str, body: bytes) -> None:
    assert request_hash(method, path, body) != request_hash("POST", "/a", b"x")


async def test_a_replayed_answer_says_so(client: httpx.AsyncClient) -> None:
    response = await client.get("/stored")
    assert (response.status_code, response.content) == (201, b'{"id":1}')
    assert response.headers["idempotent-replayed"] == "true"


async def test_the_header_is_documented(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    (parameter,) = document["paths"]["/things"]["post"]["parameters"]
    assert (parameter["name"].lower(), parameter["in"], parameter["required"]) == ("idempotency-key", "header", False)
    assert re.fullmatch(parameter["schema"]["pattern"], "2020-02-11/a.7")
    assert not re.fullmatch(parameter["schema"]["pattern"], "a b")
