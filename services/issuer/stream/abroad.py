"""Time fetches the status lists of other regions, from where an operator says that they are."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import httpx
import structlog

from chassis.clock import Clock
from chassis.loop import Step
from healthcode.credential import TrustList
from healthcode.credential.status_list import FULL
from services.issuer.handlers.abroad import ASKED_LATELY, Fetch, NotFetched, fetch_due
from services.issuer.ports.abroad import ListsAbroad, Wanted

BATCH: Final = 20
SECONDS: Final = 5.0
LARGEST: Final = 1 << 18
Get = Callable[[str], Awaitable[bytes]]

log = structlog.get_logger()


def fetching(
    lists: ListsAbroad,
    trust: Callable[[], TrustList],
    addresses: Mapping[str, str],
    clock: Clock,
    get: Get | None = None,
) -> Step:
    """A step that brings the lists up to date; a region without an address has none."""
    fetch = _from(addresses, get or get_signed)

    async def step() -> bool:
        now = clock.now()
        for wanted, why in await fetch_due(lists, trust(), fetch, addresses, now, BATCH):
            log.warning("list_not_fetched", other=wanted.region, list=wanted.list_id, reason=why)
        await lists.forget(now - ASKED_LATELY)
        return False

    return step


def _from(addresses: Mapping[str, str], get: Get) -> Fetch:
    async def fetch(wanted: Wanted) -> bytes:
        address = addresses.get(wanted.region)
        if address is None:
            raise NotFetched("HC_ISSUER_ABROAD does not say where this region is")
        return await get(f"{address.rstrip('/')}/v1/status-lists/{wanted.list_id}")

    return fetch


async def get_signed(url: str) -> bytes:
    """A signed list; raises NotFetched. No more is read than a list can have."""
    try:
        async with (
            httpx.AsyncClient(timeout=SECONDS) as client,
            client.stream("GET", url, headers={"Accept": FULL}) as answer,
        ):
            if not answer.is_success:
                raise NotFetched(f"answered {answer.status_code}")
            data = b""
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > LARGEST:
                    raise NotFetched("larger than any list")
            return data
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        raise NotFetched(type(fault).__name__) from None
