"""Listens to the oversight of each region, as an officer's desk would, and keeps what it says for the live page."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final

import httpx

from demo.identity import DemoIdentity

AGAIN_SECONDS: Final = 1.0
SHOWN_RULES: Final = 6


class Overseer:
    """What the regions' oversight says now: `snapshot()`."""

    def __init__(self, urls: Mapping[str, str], regions: Iterable[str], identity: DemoIdentity) -> None:
        """`urls`: where each region answers; `regions`: those that have an oversight."""
        self._urls = {region: urls[region] for region in regions}
        self._identity = identity
        self._alarms: dict[str, dict[str, Any]] = {}
        self._counts: dict[str, list[dict[str, Any]]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Listen to all until `stop`."""
        listening = [asyncio.create_task(self._listen(region, url)) for region, url in self._urls.items()]
        await stop.wait()
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)

    def snapshot(self) -> dict[str, Any]:
        """`alarms`: open ones, latest first, each with its `region`, `title` and `text`; `counts`: by region.

        The counts are the last day's changes, `[{"rule", "color", "count"}]`, the most frequent first.
        """
        alarms = sorted(self._alarms.values(), key=lambda alarm: str(alarm["opened_at"]), reverse=True)
        return {"alarms": alarms, "counts": {region: items[:SHOWN_RULES] for region, items in self._counts.items()}}

    async def _listen(self, region: str, url: str) -> None:
        """Follow one stream, and again when it ends: the page can do without for a while."""
        async with httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(10.0, read=60.0)) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    await self._follow(region, client)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self, region: str, client: httpx.AsyncClient) -> None:
        token = self._identity.token("oversight-desk", roles=["oversight"], region=region)
        headers = {"authorization": f"Bearer {token}"}
        async with client.stream("GET", "/v1/oversight/stream", headers=headers) as answer:
            if not answer.is_success:
                return
            self._alarms = {name: alarm for name, alarm in self._alarms.items() if alarm["region"] != region}
            async for kind, data in _messages(answer.aiter_lines()):
                self._take(region, kind, data)

    def _take(self, region: str, kind: str, data: dict[str, Any]) -> None:
        if kind == "counts":
            self._counts[region] = data["items"]
        elif kind == "alarm" and data["state"] == "open":
            self._alarms[data["alarm"]] = {"region": region, **data}
        elif kind == "alarm":
            self._alarms.pop(data["alarm"], None)


async def _messages(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Server-sent events whose data is one line of JSON."""
    kind = ""
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)
