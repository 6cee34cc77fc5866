"""`python -m services --region R restore`: says what it will do; does it with `--yes`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import asyncpg

from chassis.kafka.model import BrokerError
from chassis.kafka.real import KafkaBroker
from chassis.kafka.security import connection_for
from chassis.postgres.pool import Connection
from chassis.restore.apply import Undecided, apply, target
from chassis.restore.model import Plan
from chassis.restore.survey import survey
from chassis.run import Blueprint
from chassis.settings import ChassisSettings, SettingsError

SHOWN: Final = 10
RUNNING: Final = """
SELECT application_name, count(*) AS sessions FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'healthcode %'
GROUP BY 1 ORDER BY 1
"""


class StillRunningError(RuntimeError):
    """Processes of the region are connected to its database."""


def restore_command(blueprints: Sequence[Blueprint], words: Sequence[str], env: Mapping[str, str]) -> None:
    """Run it; what an operator can mend ends the process with a sentence."""
    parser = argparse.ArgumentParser(prog="python -m services --region R restore", description=__doc__)
    parser.add_argument("--behind-end", choices=("end", "beginning"), help="positions behind their log's end go there")
    parser.add_argument("--before-beginning", choices=("beginning", "end"), help="positions before their log go there")
    parser.add_argument("--report", type=Path, help="write all ids that are named into this file, as JSON")
    parser.add_argument("--yes", action="store_true", help="do it; without, it is only said")
    options = parser.parse_args(words)
    try:
        settings = {each.name: each.settings.load(env, beside=[b.settings for b in blueprints]) for each in blueprints}
        asyncio.run(_run(blueprints, settings, options))
    except (SettingsError, StillRunningError, Undecided, BrokerError) as fault:
        sys.exit(str(fault))
    except (OSError, asyncpg.PostgresError) as fault:
        sys.exit(f"the database does not answer as it should: {type(fault).__name__}")


async def _run(
    blueprints: Sequence[Blueprint], every: Mapping[str, ChassisSettings], options: argparse.Namespace
) -> None:
    common = every[blueprints[0].name]
    async with AsyncExitStack() as stack:
        brokers = {}
        for lane, access in enumerate((common.broker, common.national_broker)):
            name = f"healthcode-{common.region}-restore"
            brokers[lane] = KafkaBroker(access.bootstrap, client_id=name, connection=connection_for(access))
            stack.push_async_callback(brokers[lane].close)
        plans: list[tuple[Plan, asyncpg.Connection[asyncpg.Record]]] = []
        for blueprint in blueprints:
            connection = await _connect(stack, every[blueprint.name], blueprint.name)
            await _refuse_running(connection)
            plan = await survey(connection, blueprint.name, common.region, brokers.__getitem__, blueprint.restored)
            plans.append((plan, connection))
        for plan, _ in plans:
            say(plan, options)
        if options.report:
            options.report.write_text(json.dumps([_named(plan) for plan, _ in plans], indent=2), "utf-8")
        for position in (position for plan, _ in plans for position in plan.positions):
            target(position, options.behind_end, options.before_beginning)
        if not options.yes:
            print("\nNothing was changed. Say --yes to do it.")  # noqa: T201 - this is a command line
            return
        for plan, connection in plans:
            async with connection.transaction():
                await _refuse_running(connection)
                await apply(connection, plan, behind_end=options.behind_end, before_beginning=options.before_beginning)
        print("\nDone. Run migrate, then start everything.")  # noqa: T201 - as above


async def _connect(
    stack: AsyncExitStack, settings: ChassisSettings, schema: str
) -> "asyncpg.Connection[asyncpg.Record]":
    names = {"search_path": schema, "application_name": "restore"}
    connection = await asyncpg.connect(settings.database_url, server_settings=names)
    stack.push_async_callback(connection.close)
    return connection


async def _refuse_running(connection: Connection) -> None:
    running = [f"{row['application_name']} ({row['sessions']})" for row in await connection.fetch(RUNNING)]
    if running:
        raise StillRunningError(f"stop all processes of the region first; still connected: {', '.join(running)}")


def say(plan: Plan, options: argparse.Namespace) -> None:
    """What will be done to one service, and what is lost or not known."""
    lines = [f"{plan.service}", f"  incarnation {plan.incarnation} becomes {plan.raised}: nothing older overtakes"]
    again = sum(position.end - position.stored for position in plan.positions if position.where == "within")
    lines.append(f"  {again} offsets behind their positions are read again or for the first time")
    for position in plan.positions:
        if position.where != "within":
            choice = options.behind_end if position.where == "behind-end" else options.before_beginning
            place = f"{position.tp.topic}/{position.tp.partition} ({position.consumer})"
            lines.append(f"  {place}: {position.stored} is {position.where} ({position.begin} to {position.end}),"
                         f" goes to: {choice or 'not decided'}")  # fmt: skip
    lost = sum(p.begin - p.stored for p in plan.positions if p.where == "before-beginning")
    if lost:
        lines.append(f"  {lost} offsets were forgotten by the broker before they were read: what was there is lost")
    lines.append(
        f"  outbox: {plan.waiting} waiting, {len(plan.published)} of them are on their topics and are forgotten"
    )
    for what, ids in (*plan.after.items(), *plan.gone.items()):
        shown = ", ".join(ids[:SHOWN]) + (", …" if len(ids) > SHOWN else "")
        lines.append(f"  {len(ids)} {what}" + (f": {shown}" if ids else ""))
    lines += [f"  not known any more: {sentence}" for sentence in plan.unknowable]
    print("\n".join(lines))  # noqa: T201 - this is a command line


def _named(plan: Plan) -> dict[str, object]:
    return {"service": plan.service, "incarnation": plan.raised, "only_on_topic": plan.after, "gone": plan.gone}
