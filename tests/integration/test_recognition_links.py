"""When regions were heard, on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.recognition.store.link import PostgresLinks
from tests.support.recognition import HUBEI, Nation
from tests.support.schema import delivery_pool, tables_of
from tests.twins.link_behaviour import LinkBehaviour

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    folder: Path = tmp_path_factory.mktemp("keys")
    return Nation.made_in(folder)


class TestOnPostgres(LinkBehaviour):
    @pytest.fixture
    async def book(self, nation: Nation, database_url: str) -> AsyncIterator[PostgresLinks]:
        pool = await delivery_pool(database_url, "links", tables_of("recognition"))
        async with pool.acquire() as connection, connection.transaction():
            yield PostgresLinks(connection, HUBEI, nation.signer(HUBEI))
        await pool.close()
