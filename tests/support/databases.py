"""Either database for a test of delivery: the twin, or the real one at an address."""

from typing import cast

from chassis.postgres.pool import Pool
from tests.support.schema import delivery_pool
from tests.twins.database import asked, delivery
from tests.twins.database.engine import Database
from tests.twins.database.pool import TwinPool
from tests.twins.database.server import Server

STATEMENTS = (asked, delivery)
EITHER = ("twin", "real")


async def either_pool(database_url: str | None, schema: str, more: str = "") -> Pool:
    """A pool on a schema of its own; without an address, on a twin."""
    if database_url is None:
        return cast("Pool", TwinPool(Server(Database()), schema))
    return await delivery_pool(database_url, schema, more)
