"""Wires oversight."""

import uuid
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from chassis.documents import read_document, read_yaml
from chassis.kafka.security import connection_for
from chassis.postgres.pool import Connection
from chassis.run import Blueprint, Runtime, Service
from chassis.settings import SettingsError
from healthcode.envelope import topic_name
from healthcode.events import AreaLevelRecorded, CodeChanged, FindingConcluded, ListingRecorded
from healthcode.events.code import FINDINGS_IN_BACKGROUND
from healthcode.region import region_from
from services.oversight.api import Deps, routers
from services.oversight.api.feed import Feed
from services.oversight.config import Settings
from services.oversight.domain.thresholds import Thresholds, thresholds_from
from services.oversight.handlers.alarm import Rules
from services.oversight.store.books import PostgresBooks
from services.oversight.store.views import PostgresViews
from services.oversight.stream.app import Setup
from services.oversight.stream.counting import Counting
from services.oversight.stream.worker import FaustWorker

TOPICS: Final = (
    CodeChanged.topic,
    FindingConcluded.topic,
    FINDINGS_IN_BACKGROUND,
    ListingRecorded.topic,
    AreaLevelRecorded.topic,
)
THRESHOLDS: Final = "oversight.yaml"


async def build(runtime: Runtime) -> Service:
    """The oversight of a region. Raises DocumentError for what an operator has to mend."""
    settings, region = runtime.settings, runtime.region
    if not isinstance(settings, Settings):
        raise SettingsError("oversight is built with its own settings")
    folder = settings.regions / region
    thresholds = read_thresholds(folder)
    zone = ZoneInfo(region_from(read_yaml(folder / "region.yaml")).timezone)

    def books(connection: Connection) -> PostgresBooks:
        return PostgresBooks(connection, region)

    counting = Counting(runtime.pool, books, Rules(region, thresholds, _new_id), runtime.clock)
    setup = Setup(
        name=f"{region}-{runtime.service}",
        bootstrap=settings.broker.bootstrap,
        connection=connection_for(settings.broker),
        topics=[topic_name(region, topic) for topic in TOPICS],
        commit_seconds=settings.oversight_commit_seconds,
        batch_records=settings.oversight_batch_records,
        batch_seconds=settings.oversight_batch_seconds,
        tick_seconds=settings.oversight_tick_seconds,
    )
    views = PostgresViews(runtime.pool)
    feed = Feed(views, runtime.clock)
    deps = Deps(clock=runtime.clock, views=views, feed=feed, zone=zone, lateness=thresholds.lateness)
    return Service(
        runtime.service,
        {"api": [feed], "worker": [FaustWorker(setup, counting)], "relay": [runtime.relay()]},
        routers(deps),
    )


def read_thresholds(folder: Path) -> Thresholds:
    """The thresholds of a region's folder; the usual ones where it has none. Raises DocumentError."""
    path = folder / THRESHOLDS
    if not path.is_file():
        return Thresholds()
    document = read_document(path)
    try:
        return thresholds_from(document.content)
    except ValueError as error:
        raise document.refusal(error) from None


def _new_id() -> str:
    return uuid.uuid4().hex


BLUEPRINT: Final = Blueprint("oversight", Path(__file__).parent / "migrations", build, Settings)
