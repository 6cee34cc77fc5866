"""What time does in the audit."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chassis.backlog import held_back, outbox_of
from chassis.http.idempotency import FORGET_SECONDS, forgetting
from chassis.loop import Loop, Once, Step
from chassis.run import Component, Runtime
from services.audit.bootstrap.folder import read_retention
from services.audit.bootstrap.stores import (
    adopted_by,
    correction_store,
    migration_store,
    new_id,
    policy_store,
    sealer_of,
    transaction,
    trials,
)
from services.audit.config import Settings
from services.audit.handlers.correction import escalate_overdue
from services.audit.handlers.migration import Mover
from services.audit.handlers.policy import Book, register_policies
from services.audit.handlers.retention import KINDS, drop_past
from services.audit.handlers.review import Judge
from services.audit.handlers.seal import seal_next
from services.audit.handlers.simulation import Simulator
from services.audit.handlers.storm import advance_storms
from services.audit.handlers.timer import fire_timers
from services.audit.ports.retention import Kind
from services.audit.ports.schedule import Pending
from services.audit.store.retention import PostgresRetentionStore
from services.audit.store.schedule import PostgresScheduleStore
from services.audit.store.seal import PostgresSealStore
from services.audit.stream import measures

RETENTION_SECONDS: Final = 60.0


def timer_parts(runtime: Runtime, settings: Settings, book: Book, files: str) -> list[Component]:
    """What runs by the clock; `files`: the digest of the policies' files."""
    clock, region = runtime.clock, runtime.region

    async def timers() -> bool:
        async with transaction(runtime) as connection:
            store = PostgresScheduleStore(connection, region)
            return await fire_timers(store, clock.now(), settings.audit_timer_chunk, new_id)

    async def storms() -> bool:
        async with transaction(runtime) as connection:
            store = PostgresScheduleStore(connection, region)
            return await advance_storms(store, clock.now(), settings.audit_storm_chunk, new_id)

    async def pending(now: datetime) -> Pending:
        async with runtime.pool.acquire() as connection:
            return await PostgresScheduleStore(connection, region).pending(now)

    async def escalations() -> bool:
        async with transaction(runtime) as connection:
            store = correction_store(runtime, connection)
            return await escalate_overdue(store, clock.now(), settings.audit_timer_chunk, new_id)

    sealer = sealer_of(settings)

    async def seals() -> bool:
        async with transaction(runtime) as connection:
            return await seal_next(PostgresSealStore(connection, region), sealer, clock.now())

    async def register() -> None:
        async with transaction(runtime) as connection:
            await register_policies(policy_store(runtime, connection), files, clock.now())

    simulator = Simulator(book, settings.audit_simulation_chunk)

    async def trial() -> bool:
        return await simulator.step(partial(trials, runtime, readonly=True), partial(trials, runtime), clock.now())

    return [
        Once(register),
        Loop([held_back("audit timers", outbox_of(runtime.pool), timers)], settings.audit_timer_seconds),
        Loop([storms], settings.audit_timer_seconds),
        Loop([measures.measuring(pending, clock)], measures.SECONDS),
        Loop([escalations], settings.audit_timer_seconds),
        Loop([seals], settings.audit_timer_seconds),
        Loop([trial], settings.audit_timer_seconds),
        Loop([forgetting(runtime.pool, clock.now)], FORGET_SECONDS),
    ]


def migration_part(runtime: Runtime, settings: Settings) -> Component:
    """What hands people over whose region takes a code of its own, behind what the outbox holds."""
    adopted, clock = adopted_by(settings), runtime.clock
    mover = Mover(
        runtime.region,
        lambda region: adopted(region) == "",
        new_id,
        settings.audit_migration_chunk,
        timedelta(seconds=settings.audit_migration_seconds),
    )

    async def step() -> bool:
        async with transaction(runtime) as connection:
            return await mover.step(migration_store(runtime, connection), clock.now())

    return Loop([held_back("audit migration", outbox_of(runtime.pool), step)], settings.audit_timer_seconds)


def sweep_part(runtime: Runtime, settings: Settings, judge: Judge) -> Component:
    """What drops what is past its days, one kind after another."""
    retention, clock = read_retention(settings.regions / settings.region), runtime.clock

    def sweeping(kind: Kind) -> Step:
        async def sweep() -> bool:
            async with transaction(runtime) as connection:
                store = PostgresRetentionStore(connection, runtime.region)
                return await drop_past(store, judge, retention, kind, clock.now(), settings.audit_storm_chunk)

        return held_back(f"audit retention of {kind}", outbox_of(runtime.pool), sweep)

    return Loop([sweeping(kind) for kind in KINDS], RETENTION_SECONDS)
