"""All that a region holds, to see whether something changed."""

import time
from dataclasses import dataclass
from typing import Any, Final

from tests.support import topics
from tests.support.database import rows
from tests.support.polling import eventually
from tests.support.region import RegionProcesses

# Signs of life and positions move while nothing happens.
RESTLESS: Final = frozenset({"relay_lane", "stream_offset", "counted_offset", "link", "link_turn"})
BEATING: Final = (".beats.v1", ".links.v1")
"""Topics on which regions say that they are there, every ten seconds, and with them the number of the window."""
STILL_SECONDS: Final = 0.7


@dataclass(frozen=True)
class State:
    """The rows of the database, and where the topics end."""

    tables: dict[str, list[dict[str, Any]]]
    ends: dict[topics.Place, int]

    @classmethod
    def of(cls, region: RegionProcesses) -> "State":
        """What is there now, of the region and between regions."""
        bootstrap = region.environment["KAFKA_BOOTSTRAP"]
        names = [name for owner in (region.region, "national") for name in topics.names(bootstrap, f"hc.{owner}.")]
        national = f"hc.national.{region.region}.relay.v1"
        still = [name for name in names if not name.endswith(BEATING) and name != national]
        tables = {
            name: sorted((row for row in found if not str(row.get("topic")).endswith(BEATING)), key=repr)
            for name, found in rows(region.database_url, RESTLESS).items()
        }
        return cls(tables, topics.ends(bootstrap, still))

    def changes(self, after: "State") -> list[str]:
        """The tables and topics that are not as they were."""
        tables = [name for name, found in self.tables.items() if after.tables[name] != found]
        return tables + sorted({topic for (topic, n), end in self.ends.items() if after.ends[topic, n] != end})


def quiet(region: RegionProcesses) -> State:
    """The state once it stays as it is and no outbox holds anything."""

    def ask() -> State | None:
        before = State.of(region)
        time.sleep(STILL_SECONDS)  # nothing tells that nothing will come
        after = State.of(region)
        waiting = any(found for name, found in after.tables.items() if name.endswith(".outbox"))
        return after if not waiting and not before.changes(after) else None

    return eventually("a region in which nothing goes on", ask)
