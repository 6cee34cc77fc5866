"""Dead letters in the hands of an operator, on either broker: seen, replayed once, dropped with a reason."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from chassis import metrics
from chassis.kafka.ports import Broker
from chassis.ops.desk import OpsDesk
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import Delivery, Rejected
from tests.support.operating import WHY, Office
from tests.support.streaming import DONE_COUNT, Stream

pytestmark = pytest.mark.embedded

SECRET = "110105194912310021"


@pytest.fixture
async def office(pool: Pool, broker: Broker) -> AsyncIterator[Office]:
    stream = Stream(pool, broker, f"-{uuid.uuid4().hex[:8]}")
    await stream.create()
    yield Office(stream)
    await stream.kill()


async def accept(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """What the mended handler does."""
    rows = [(delivery.event.id, delivery.event.key) for delivery in deliveries]
    await connection.copy_records_to_table("done", records=rows, columns=("id", "subject"))


async def refused(office: Office, count: int) -> list[dict[str, Any]]:
    """So many letters of one person."""
    await office.refuse(*(office.stream.review(n, "s1", "impossible", partition=0) for n in range(count)))
    return await office.letters()


async def test_a_list_tells_the_reason_and_nothing_of_what_was_sent(office: Office) -> None:
    garbage = office.stream.review(1, "s1", value=b'{"id": "' + SECRET.encode() + b'", "extra": 1}')
    await office.refuse(garbage, office.stream.review(2, "s1", "impossible"))
    found = await office.letters()
    assert [letter["reason"] for letter in found] == ["malformed", "impossible"] or len(found) == 2
    assert {letter["consumer"] for letter in found} == {"worker"}
    assert SECRET not in str(found)
    malformed = next(letter for letter in found if letter["reason"] == "malformed")
    shown = await office.post(f"/dead-letters/{malformed['id']}/show", purpose="ticket 1174")
    assert shown["content"]["fields"] == {"id": "text"}
    assert shown["content"]["missing"] == ["subject", "cause", "due"]
    assert (shown["content"]["unknown_fields"], shown["content"]["value"], shown["open"]) == (1, None, True)
    assert SECRET not in str(shown)
    [act] = (await office.get("/acts"))["acts"]
    assert (act["who"], act["client"], act["act"], act["reason"]) == (
        "ops-1", "admin", "dead-letter.show", "ticket 1174",
    )  # fmt: skip


async def test_a_letter_of_a_topic_without_persons_is_shown_whole(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    [letter] = await refused(office, 1)
    monkeypatch.setattr(OpsDesk, "personal", lambda *_: False)
    shown = await office.post(f"/dead-letters/{letter['id']}/show", purpose="ticket 1174")
    assert '"cause":"impossible"' in shown["content"]["value"]


async def test_a_replay_takes_effect_once_and_the_letter_is_open_no_more(office: Office) -> None:
    letters = await refused(office, 3)
    office.handle = accept
    key = uuid.uuid4().hex
    body: dict[str, Any] = {"letters": [letters[0]["id"], letters[1]["id"]], "reason": WHY}
    first = await office.post("/dead-letters/replay", key=key, **body)
    assert [each["outcome"] for each in first["outcomes"]] == ["replayed", "replayed"]
    assert await office.post("/dead-letters/replay", key=key, **body) == first
    again = await office.post("/dead-letters/replay", **body)
    assert [each["outcome"] for each in again["outcomes"]] == ["decided", "decided"]
    assert await office.stream.done("s1") == ["0", "1"]
    assert [letter["id"] for letter in await office.letters()] == [letters[2]["id"]]


async def test_replays_at_once_double_nothing(office: Office) -> None:
    await refused(office, 20)
    office.handle = accept
    everything: dict[str, Any] = {"all": True, "reason": WHY}
    answers = await asyncio.gather(*(office.post("/dead-letters/replay", **everything) for _ in range(5)))
    outcomes = Counter(each["outcome"] for answer in answers for each in answer["outcomes"])
    assert outcomes["replayed"] == 20
    assert sorted(await office.stream.done("s1"), key=int) == [str(n) for n in range(20)]


@pytest.mark.parametrize("step", ["handled", "decided"])
async def test_who_dies_between_two_steps_leaves_nothing_half_done(office: Office, step: str) -> None:
    """The process is gone in the midst of a replay: all of it happens at the next try, or none of it did."""
    [letter] = await refused(office, 1)
    body: dict[str, Any] = {"letters": [letter["id"]], "reason": WHY}
    reached = asyncio.Event()

    async def dying(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        if step == "handled":
            await accept(connection, deliveries)
        reached.set()
        await asyncio.sleep(60)

    office.handle = dying
    request = asyncio.create_task(office.post("/dead-letters/replay", **body))
    await asyncio.wait_for(reached.wait(), 20)
    request.cancel()
    await asyncio.wait([request])
    assert await office.stream.pool.fetchval(DONE_COUNT) == 0
    office.handle = accept
    done = await office.post("/dead-letters/replay", **body)
    assert done["outcomes"][0]["outcome"] == "replayed"
    assert await office.stream.done("s1") == ["0"]


async def test_what_is_refused_again_comes_back_as_a_letter_that_names_the_first(office: Office) -> None:
    [letter] = await refused(office, 1)
    answer = await office.post("/dead-letters/replay", all=True, reason=WHY)
    assert [(each["outcome"], each["why"]) for each in answer["outcomes"]] == [("rejected", "impossible")]
    assert await office.publish() == 1
    [again] = await office.letters()
    assert (again["replay_of"], again["place"]) == (letter["id"], letter["place"])
    assert again["id"] != letter["id"]


async def test_a_replay_that_fails_leaves_its_letter_open_and_says_why(office: Office) -> None:
    await refused(office, 2)

    async def broken(_connection: Connection, deliveries: Sequence[Delivery]) -> None:
        if deliveries[0].event.id == "0":
            raise KeyError(SECRET)
        raise Rejected("again", "no")

    office.handle = broken
    answer = await office.post("/dead-letters/replay", all=True, reason=WHY)
    assert [(each["outcome"], each["why"]) for each in answer["outcomes"]] == [
        ("failed", "KeyError"), ("rejected", "again"),
    ]  # fmt: skip
    assert SECRET not in str(answer)
    assert len(await office.letters()) == 1


async def test_behind_a_parked_subject_a_replayed_record_waits(office: Office) -> None:
    await refused(office, 1)
    office.stream.start()
    await office.stream.send(office.stream.review(9, "s1", "poison"))
    await office.stream.until("SELECT count(*) FROM parked_record", 1)
    await office.stream.end()
    office.handle = accept
    answer = await office.post("/dead-letters/replay", all=True, reason=WHY)
    assert [each["outcome"] for each in answer["outcomes"]] == ["parked"]
    assert await office.stream.pool.fetchval("SELECT count(*) FROM parked_record") == 2


async def test_all_are_replayed_in_pages_and_what_comes_back_meanwhile_is_not_met_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.ops.routes_letters.MOST", 3)
    await refused(office, 8)
    cursor, outcomes, left = None, [], []
    while True:
        body: dict[str, Any] = {"all": True, "reason": WHY, **({"cursor": cursor} if cursor else {})}
        answer = await office.post("/dead-letters/replay", **body)
        await office.publish()
        outcomes += [each["outcome"] for each in answer["outcomes"]]
        left.append(answer["left"])
        cursor = answer["next"]
        if cursor is None:
            break
    assert outcomes == ["rejected"] * 8
    assert left == sorted(left, reverse=True)
    assert len(await office.letters()) == 8


async def test_a_dropped_letter_is_gone_from_the_list_and_its_reason_is_on_record(office: Office) -> None:
    letters = await refused(office, 2)
    await office.gauges()
    labels = {"topic": office.stream.topic, "consumer": "svc.worker"}
    assert metrics.value("hc_dead_letters_open", **labels) == 2
    names = [letter["id"] for letter in letters]
    await office.post("/dead-letters/drop", letters=[names[0]], reason="a test of the sender")
    await office.gauges()
    assert metrics.value("hc_dead_letters_open", **labels) == 1
    assert [letter["id"] for letter in await office.letters()] == names[1:]
    [act] = (await office.get("/acts"))["acts"]
    assert (act["act"], act["targets"], act["reason"]) == ("dead-letter.drop", names[:1], "a test of the sender")
    assert '"dropped"' in act["outcome"]


async def test_only_operators_of_the_region_may(office: Office) -> None:
    for role, region in (("officer", "330000"), ("ops", "420000")):
        async with office.client(role, region) as client:
            assert (await client.get("/dead-letters")).status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": WHY}, 422),
        ({"all": True, "letters": ["a:1:1"], "reason": WHY}, 422),
        ({"all": True, "reason": "no"}, 422),
        ({"letters": ["nonsense"], "reason": WHY}, 422),
        ({"all": True, "cursor": "e30x", "reason": WHY}, 400),
    ],
)
async def test_a_bad_choice_is_refused_with_a_problem(office: Office, body: dict[str, Any], status: int) -> None:
    async with office.client() as client:
        answer = await client.post("/dead-letters/replay", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
