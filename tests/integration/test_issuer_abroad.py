"""Lists of other regions on PostgreSQL, and fetched over HTTP from a server that may do anything."""

from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from services.issuer.handlers.abroad import NotFetched
from services.issuer.store.abroad import PostgresListsAbroad
from services.issuer.stream.abroad import LARGEST, get_signed
from tests.support.schema import delivery_pool, tables_of
from tests.twins.issuer_abroad_behaviour import AbroadBehaviour, signed


@pytest.mark.embedded
class TestOnPostgres(AbroadBehaviour):
    @pytest.fixture
    async def lists(self, database_url: str) -> AsyncIterator[PostgresListsAbroad]:
        pool = await delivery_pool(database_url, "issuer", tables_of("issuer"))
        yield PostgresListsAbroad(pool)
        await pool.close()


class Region(BaseHTTPRequestHandler):
    """Answers as its path says."""

    def do_GET(self) -> None:
        accepted = self.headers["accept"] == "application/statuslist+cwt"
        status = {"/gone": 404, "/broken": 500}.get(self.path, 200 if accepted else 406)
        body = b" " * (LARGEST + 1) if self.path == "/endless" else signed([7])
        self.send_response(status)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return  # hung up on

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Region)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_a_list_is_fetched_as_it_was_signed(address: str) -> None:
    assert len(await get_signed(f"{address}/good")) > 0


@pytest.mark.parametrize(("path", "why"), [("gone", "404"), ("broken", "500"), ("endless", "larger")])
async def test_what_is_no_list_is_told(address: str, path: str, why: str) -> None:
    with pytest.raises(NotFetched, match=why):
        await get_signed(f"{address}/{path}")


async def test_nobody_there_is_told() -> None:
    with pytest.raises(NotFetched, match="ConnectError"):
        await get_signed("http://127.0.0.1:9/")
