"""Parked subjects released in order, and partitions that go on after they were held."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from chassis import metrics
from chassis.kafka.model import OffsetOutOfRange, TopicPartition
from chassis.kafka.twin import TwinBroker
from chassis.ops.content import key_hash
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import Delivery, TooManyDeadLetters
from tests.support.operating import CONSUMER, WHY, Office
from tests.support.streaming import DONE_COUNT, Stream

pytestmark = pytest.mark.embedded

PARKED = "SELECT count(*) FROM parked_record"


@pytest.fixture
async def office(pool: Pool) -> AsyncIterator[Office]:
    stream = Stream(pool, TwinBroker())
    await stream.create()
    yield Office(stream)
    await stream.kill()


async def accept(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    rows = [(delivery.event.id, delivery.event.key) for delivery in deliveries]
    await connection.copy_records_to_table("done", records=rows, columns=("id", "subject"))


async def parked(office: Office, count: int) -> str:
    """One subject whose first record is poison, with so many in all; its name."""
    office.stream.start()
    causes = ["poison", *["time"] * (count - 1)]
    await office.stream.send(*(office.stream.review(n, "s1", cause) for n, cause in enumerate(causes)))
    await office.stream.until(PARKED, count)
    return f"/parked/{CONSUMER}/{key_hash(b's1')}"


async def test_a_parked_subject_is_listed_and_shown_without_its_content(office: Office) -> None:
    name = await parked(office, 3)
    await office.gauges()
    assert metrics.value("hc_parked_subjects", consumer="svc.worker") == 1
    [subject] = (await office.get("/parked"))["subjects"]
    assert (subject["key_hash"], subject["records"], subject["reason"]) == (key_hash(b"s1"), 3, "RuntimeError")
    shown = (await office.post(f"{name}/show", purpose="ticket 1174"))["records"]
    assert len(shown) == 3
    assert shown[0]["content"]["fields"].keys() == {"id", "subject", "cause", "due"} | (
        shown[0]["content"]["fields"].keys() & {"reference"}
    )
    assert '"s1"' not in str(shown)


async def test_records_that_arrive_during_a_release_come_after_the_parked_ones(office: Office) -> None:
    """A worker goes on all the while, and the operator releases chunk by chunk."""
    name = await parked(office, 90)
    office.handle = accept
    stop = asyncio.Event()
    sent = 90

    async def keep_sending() -> None:
        nonlocal sent
        while not stop.is_set():
            await office.stream.send(office.stream.review(sent, "s1"))
            sent += 1
            await asyncio.sleep(0.002)

    sending = asyncio.create_task(keep_sending())
    chunks = 0
    while (await office.post(f"{name}/release", reason=WHY))["left"]:
        chunks += 1
    stop.set()
    await sending
    assert chunks >= 4
    await office.stream.until(DONE_COUNT, sent)
    await office.stream.end()
    assert await office.stream.done("s1") == [str(n) for n in range(sent)]
    assert await office.stream.pool.fetchval(PARKED) == 0


async def test_a_release_stops_at_the_record_that_fails_again(office: Office) -> None:
    name = await parked(office, 4)
    answer = await office.post(f"{name}/release", reason=WHY)
    assert (answer["released"], answer["left"], answer["failed"]) == (0, 4, "RuntimeError")
    places = await office.post(f"{name}/drop", records="first", reason="nothing can be made of it")
    assert len(places["places"]) == 1
    answer = await office.post(f"{name}/release", reason=WHY)
    assert (answer["released"], answer["left"], answer["failed"]) == (3, 0, None)
    assert await office.stream.done("s1") == ["1", "2", "3"]
    assert [act["act"] for act in (await office.get("/acts"))["acts"]] == [
        "parked.release", "parked.drop", "parked.release",
    ]  # fmt: skip
    await office.stream.end()


async def test_releases_at_once_double_nothing(office: Office) -> None:
    name = await parked(office, 15)
    office.handle = accept

    async def release() -> int:
        async with office.client() as client:
            answer = await client.post(f"{name}/release", json={"reason": WHY})
        return int(answer.json()["released"]) if answer.is_success else 0

    assert sum(await asyncio.gather(*(release() for _ in range(4)))) == 15
    assert await office.stream.done("s1") == [str(n) for n in range(15)]
    await office.stream.end()


async def test_a_release_of_somebody_who_is_not_parked_is_no_act(office: Office) -> None:
    async with office.client() as client:
        for path in (f"/parked/{CONSUMER}/{'0' * 64}/release", f"/parked/other/{'0' * 64}/release"):
            assert (await client.post(path, json={"reason": WHY})).status_code == httpx.codes.NOT_FOUND
    assert (await office.get("/acts"))["acts"] == []


async def test_a_partition_held_at_its_limit_goes_on_without_a_restart(office: Office) -> None:
    bad = [office.stream.review(n, "s1", "impossible", partition=0) for n in range(20)]
    office.stream.start(strikes=5, at_limit="pause", max_records=7)
    await office.stream.send(*bad)
    await office.stream.until("SELECT count(*) FROM stream_offset WHERE stopped_for = 'limit'", 1)
    await office.gauges()
    assert metrics.value("hc_partitions_stopped", consumer="svc.worker", why="limit") == 1
    held = [each for each in (await office.get("/offsets"))["offsets"] if each["state"] == "limit"]
    assert [(each["partition"], each["position"], each["end"]) for each in held] == [(0, 5, 20)]
    answer = await office.post("/offsets/resume", consumer=CONSUMER, topic=office.stream.topic, partition=0, reason=WHY)
    assert (answer["state"], answer["strikes"]) == ("running", 0)
    await office.stream.until("SELECT count(*) FROM outbox", 10)
    await office.stream.end()


async def test_a_worker_that_ended_at_its_limit_says_so_in_the_database(office: Office) -> None:
    await office.stream.send(*(office.stream.review(n, "s1", "impossible", partition=0) for n in range(20)))
    with pytest.raises(TooManyDeadLetters, match="runbook"):
        await office.stream.start(strikes=5)
    office.stream.tasks.clear()
    [held] = [each for each in (await office.get("/offsets"))["offsets"] if each["state"] == "limit"]
    await office.post("/offsets/resume", consumer=CONSUMER, topic=held["topic"], partition=0, reason=WHY)
    office.stream.start()
    await office.stream.until("SELECT count(*) FROM outbox", 20)
    await office.stream.end()


async def test_a_position_outside_its_log_moves_only_as_the_operator_says(office: Office) -> None:
    assert isinstance(office.stream.broker, TwinBroker)
    await office.stream.send(*(office.stream.review(n, "s1", partition=0) for n in range(3)))
    office.stream.start()
    await office.stream.until(DONE_COUNT, 3)
    await office.stream.end()
    await office.stream.send(*(office.stream.review(n, "s1", partition=0) for n in range(3, 9)))
    office.stream.broker.trim(TopicPartition(office.stream.topic, 0), 6)
    with pytest.raises(OffsetOutOfRange, match="runbook"):
        await office.stream.start()
    office.stream.tasks.clear()
    place: dict[str, Any] = {"consumer": CONSUMER, "topic": office.stream.topic, "partition": 0, "reason": WHY}
    async with office.client() as client:
        answer = await client.post("/offsets/resume", json=place)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:healthcode:problem:position-outside-log")
    assert (answer.json()["position"], answer.json()["begin"]) == (3, 6)
    await office.post("/offsets/resume", **place, to="beginning")
    office.stream.start()
    await office.stream.until(DONE_COUNT, 6)
    async with office.client() as client:
        answer = await client.post("/offsets/resume", json={**place, "to": "beginning"})
    assert answer.json()["type"] == "urn:healthcode:problem:position-within-log"
    await office.stream.end()


async def test_an_event_newer_than_its_reader_is_passed_over_and_counted(office: Office) -> None:
    """While a new sender and an old reader run side by side."""
    newer = office.stream.review(1, "s1")
    headers = tuple((n, b"org.healthcode.review.asked.v1" if n == "ce_type" else v) for n, v in newer.headers)
    labels = {"topic": office.stream.topic, "consumer": CONSUMER}
    before = metrics.value("hc_unknown_events_total", **labels) or 0
    office.stream.start(strikes=0)
    await office.stream.send(office.stream.review(1, "s1", headers=headers), office.stream.review(2, "s1"))
    await office.stream.until(DONE_COUNT, 1)
    await office.stream.end()
    assert metrics.value("hc_unknown_events_total", **labels) == before + 1
    assert await office.stream.pool.fetchval("SELECT count(*) FROM outbox") == 0
    office.stream.start(at_limit="pause")
    await office.stream.send(office.stream.review(3, "s1", headers=headers))
    await office.stream.until("SELECT count(*) FROM outbox", 1)
    await office.stream.end()
