"""The peer in Quix Streams, run by `python quix.py ROLE SETTINGS` in an environment of its own; stopped by SIGTERM.

`copy` is delivery alone. `judge` keeps what is known of each person and writes a color for every record; `view` puts
the colors into PostgreSQL, so that they can be asked for: Quix Streams has no queries of its own.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg2
from psycopg2.extras import execute_values
from quixstreams import Application, State
from quixstreams.sinks import BatchingSink, SinkBatch
from quixstreams.state.rocksdb import RocksDBOptions

SYMPTOMS: Final = frozenset({"fever", "cough", "fatigue"})
FEVER: Final = 37.3
CATEGORIES: Final = {"close_contact": "red", "secondary_contact": "yellow"}
UPSERT: Final = """
INSERT INTO color (subject, color) VALUES %s ON CONFLICT (subject) DO UPDATE SET color = excluded.color
"""


class Given:
    """Settings from the one argument that holds them, as JSON; what is listed in docs/benchmarks.md is named there."""

    def __init__(self, text: str) -> None:
        settings: dict[str, Any] = json.loads(text)
        self.bootstrap: str = settings["bootstrap"]
        self.group: str = settings["group"]
        self.folder = Path(settings["folder"])
        self.declarations: str = settings["declarations"]
        self.facts: str = settings["facts"]
        self.colors: str = settings["colors"]
        self.database: str = settings["database"]
        self.tuning: Mapping[str, Any] = settings["tuning"]

    def application(self, guarantee: str) -> Application:
        """An application tuned as given."""
        return Application(
            self.bootstrap,
            consumer_group=self.group,
            state_dir=self.folder / self.group,
            auto_offset_reset="earliest",
            auto_create_topics=True,
            processing_guarantee=guarantee,
            commit_interval=self.tuning["commit_interval"],
            consumer_poll_timeout=self.tuning["consumer_poll_timeout"],
            max_partition_buffer_size=self.tuning["max_partition_buffer_size"],
            rocksdb_options=RocksDBOptions(**self.tuning["rocksdb"]),
            consumer_extra_config=dict(self.tuning["consumer"]),
            producer_extra_config=dict(self.tuning["producer"]),
            loglevel="WARNING",
        )


def copy(given: Given) -> None:
    """Each declaration to another topic."""
    app = given.application("exactly-once")
    source = app.topic(given.declarations, value_deserializer="bytes")
    app.dataframe(source).to_topic(app.topic(given.colors, value_serializer="bytes"))
    app.run()


def judge(given: Given) -> None:
    """Both topics into one state for each person; every record gives a color."""
    app = given.application("exactly-once")
    declared = app.dataframe(app.topic(given.declarations, value_deserializer="json"))
    listed = app.dataframe(app.topic(given.facts, value_deserializer="json"))
    both = declared.concat(listed)
    both.apply(color_of, stateful=True).to_topic(app.topic(given.colors, value_serializer="str"))
    app.run()


def color_of(event: Mapping[str, Any], state: State) -> str:
    """Takes a record into what is known of its person; their color."""
    known = state.get("known") or {"declared": False, "ill": False, "entries": {}}
    if "entry" in event:
        known["entries"][event["entry"]] = event["category"]
    else:
        known["declared"] = True
        known["ill"] |= event["temperature"] >= FEVER or not SYMPTOMS.isdisjoint(event.get("symptoms", ()))
    state.set("known", known)
    found = {CATEGORIES.get(each) for each in known["entries"].values()}
    if "red" in found:
        return "red"
    if known["ill"] or "yellow" in found:
        return "yellow"
    return "green" if known["declared"] else "pending"


class View(BatchingSink):  # type: ignore[misc] # it is not installed where types are checked
    """The latest color of each person.

    Its one input topic keeps a person's colors in order, so writing a batch twice changes nothing.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._connection: Any = None

    def setup(self) -> None:
        """Connect."""
        self._connection = psycopg2.connect(self._url)

    def write(self, batch: SinkBatch) -> None:
        """One statement for the batch of a partition, committed before its offsets are."""
        latest = {item.key: item.value for item in batch}
        with self._connection, self._connection.cursor() as cursor:
            execute_values(cursor, UPSERT, sorted(latest.items()), page_size=10_000)


def view(given: Given) -> None:
    """The colors into PostgreSQL."""
    app = given.application("at-least-once")
    colors = app.topic(given.colors, key_deserializer="str", value_deserializer="str")
    app.dataframe(colors).sink(View(given.database))
    app.run()


if __name__ == "__main__":
    {"copy": copy, "judge": judge, "view": view}[sys.argv[1]](Given(sys.argv[2]))
