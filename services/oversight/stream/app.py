"""The Faust app: one agent over all topics that oversight reads, and a timer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import faust
from faust.types import EventT

from chassis.kafka.model import Record
from services.oversight.stream.consumer import transport_of

SESSION_SECONDS: Final = 10.0
HEARTBEAT_SECONDS: Final = 3.0


class TablelessApp(faust.App):
    """Faust makes a folder for the files of its tables; oversight has none, and its file system may be read-only."""

    def _create_directories(self) -> None:
        """Make nothing."""


class Setup(NamedTuple):
    """What an app is made from. `name` is the consumer group's too.

    `bootstrap`: host:port, with commas; `connection`: TLS and SASL, by aiokafka's names.
    """

    name: str
    bootstrap: str
    connection: Mapping[str, Any]
    topics: Sequence[str]
    commit_seconds: float
    batch_records: int
    batch_seconds: float
    tick_seconds: float


class Work(NamedTuple):
    """What the app does: with a batch of records, and at each tick."""

    take: Callable[[Sequence[Record]], Awaitable[None]]
    tick: Callable[[], Awaitable[None]]


def make_app(setup: Setup, work: Work) -> faust.App:
    """An app that is not started; for the running event loop, and for one start."""
    app = TablelessApp(
        setup.name,
        broker=";".join(f"kafka://{server.strip()}" for server in setup.bootstrap.split(",")),
        autodiscover=False,
        broker_credentials=_credentials(setup.connection),
        broker_commit_interval=setup.commit_seconds,
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_session_timeout=SESSION_SECONDS,
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        loop=asyncio.get_running_loop(),
        processing_guarantee="at_least_once",
        reply_create_topic=False,
        store="memory://",
        # what was read and is not counted is read again; to wait for it, after the flow has ended, is to wait for ever
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        value_serializer="raw",
        web_enabled=False,
    )
    app.transport = transport_of(app)
    topic = app.topic(*setup.topics, key_type=bytes, value_type=bytes)

    @app.agent(topic, name=f"{setup.name}-count", concurrency=1)
    async def count(stream: Any) -> None:  # its interface for types lacks noack_take, which gives events
        async for events in stream.noack_take(setup.batch_records, setup.batch_seconds):
            await work.take([record_of(event) for event in events])
            for event in events:
                await stream.ack(event)

    app.timer(setup.tick_seconds)(work.tick)

    return app


def _credentials(connection: Mapping[str, Any]) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """The same in Faust's words."""
    if not connection:
        return None
    if "sasl_mechanism" not in connection:
        return faust.SSLCredentials(context=connection["ssl_context"])
    return faust.SASLCredentials(
        username=connection["sasl_plain_username"],
        password=connection["sasl_plain_password"],
        ssl_context=connection["ssl_context"],
        mechanism=connection["sasl_mechanism"],
    )


def record_of(event: EventT[bytes]) -> Record:
    """The record that Faust has read, as it was: nothing of it is decoded by Faust."""
    message = event.message
    headers = message.headers or ()
    return Record(
        message.topic,
        message.partition,
        message.offset,
        message.key,
        message.value,
        tuple(headers.items() if isinstance(headers, Mapping) else headers),
    )
