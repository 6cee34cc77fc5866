"""Wires subscription."""

import base64
import secrets
import uuid
from functools import partial
from pathlib import Path
from typing import Final

from chassis.backlog import held_back, outbox_of
from chassis.http.idempotency import FORGET_SECONDS, forgetting
from chassis.keys import read_hex_key
from chassis.loop import Loop
from chassis.postgres.pool import Connection
from chassis.postgres.transactions import Transactions
from chassis.run import Blueprint, Component, Runtime, Service
from chassis.settings import SettingsError
from healthcode.pseudonym import clients_name, subject_of
from services.subscription.api import Desk, routers
from services.subscription.config import Settings
from services.subscription.store.feed import PostgresFeed
from services.subscription.store.registry import PostgresRegistry
from services.subscription.store.restored import RESTORED
from services.subscription.stream.codes import codes_spec
from services.subscription.stream.timer import catching_up, ending, expiring, opening

CLIENT_BYTES: Final = 8


async def build(runtime: Runtime) -> Service:
    """The subscription service of a region."""
    settings = runtime.settings
    if not isinstance(settings, Settings):
        raise SettingsError("subscription is built with its own settings")
    region, clock = runtime.region, runtime.clock
    key = read_hex_key(settings.secrets, "pseudonym.key")
    name = partial(clients_name, key)

    def registry(connection: Connection) -> PostgresRegistry:
        return PostgresRegistry(connection, region, _new_id)

    def feed(connection: Connection) -> PostgresFeed:
        return PostgresFeed(connection, region)

    async def topics(client: str) -> None:
        await runtime.broker.create_topics(runtime.topics.for_client(region, client))

    registries, feeds = Transactions(runtime.pool, registry), Transactions(runtime.pool, feed)
    outbox = outbox_of(runtime.pool)
    steps = [
        opening(registries, topics, clock),
        expiring(registries, clock),
        ending(feeds, name, clock, _new_id),
        held_back("subscription catching up", outbox, catching_up(feeds, name, clock, _new_id)),
    ]
    timer = Loop(steps, settings.subscription_timer_seconds)
    forget = Loop([forgetting(runtime.pool, clock.now)], FORGET_SECONDS)
    desk = Desk(
        region=region,
        clock=clock,
        ids=_new_id,
        new_client=_new_client,
        pool=runtime.pool,
        registry=registry,
        feed=feed,
        subject_of=partial(subject_of, key),
        name=name,
    )
    worker = runtime.worker(codes_spec(region, feed, name, clock, _new_id))
    roles: dict[str, list[Component]] = {"worker": [worker], "relay": [runtime.relay()], "timer": [timer, forget]}
    return Service("subscription", roles, routers(desk))


def _new_id() -> str:
    return uuid.uuid4().hex


def _new_client() -> str:
    """Short enough for the name of a topic, and too long to be guessed."""
    return base64.b32encode(secrets.token_bytes(CLIENT_BYTES)).decode().rstrip("=").lower()


BLUEPRINT: Final = Blueprint("subscription", Path(__file__).parent / "migrations", build, Settings, restored=RESTORED)
