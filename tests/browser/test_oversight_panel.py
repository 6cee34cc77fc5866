"""The live page's panel of alarms, on a page that is told what to show."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from playwright.sync_api import Browser, expect

from chassis.server import HttpServer
from demo.web import page_router
from healthcode.events import AlarmEvidence
from healthcode.values import AlarmKind
from services.oversight.api.models import alarm_out
from services.oversight.domain.alarm import About, Signal, open_alarm
from tests.support.browsers import picture
from tests.support.region import free_port
from tests.twins.oversight_events import HOUR, NOW

pytestmark = pytest.mark.browser

COLORS = ("pending", "green", "yellow", "red", "grey", "cancelled")
REGIONS = ("330000", "420000", "100000", "620000")


def alarm(region: str, about: About, **evidence: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"since": NOW - HOUR, "until": NOW, "window": 3600.0, "count": 0}
    step = open_alarm(Signal(about, AlarmEvidence(**fields | evidence)), region, NOW, lambda: about.kind.value)
    return {"region": region, **alarm_out(step.alarm.event).model_dump(mode="json")}


def state() -> dict[str, Any]:
    """What the page's stream says, as demo.follower and demo.overseer would."""
    none = dict.fromkeys(COLORS, 0)
    region = {"declared": 0, "colors": none, "guests": none, "abroad": 0, "recolored": 0}
    bulk, silent = (
        About(AlarmKind.BULK_RECOLORING, rule="listed-contact"),
        About(AlarmKind.SILENT_SOURCE, source="市疾控中心"),
    )
    return {
        "phase": "live", "sim": NOW.isoformat(), "regions": dict.fromkeys(REGIONS, region), "topics": {}, "series": [],
        "latency": {"p50_ms": None, "p99_ms": None, "samples": 0}, "changes": [], "guest_changes": [], "ready": True,
        "mine": None, "crossings": [], "ways": dict.fromkeys(REGIONS, "convert"),
        "oversight": {
            "alarms": [
                alarm("330000", bulk, count=1317, total=98_000, share=0.0134),
                alarm("420000", silent, window=90_000.0, usual=7200.0),
            ],
            "counts": {"330000": [{"rule": "listed-contact", "color": "red", "count": 1317}], "420000": []},
        },
    }  # fmt: skip


@pytest.fixture
def address() -> Iterator[str]:
    app, port, stop = FastAPI(), free_port(), asyncio.Event()
    routes = APIRouter()

    @routes.get("/stream")
    async def stream() -> StreamingResponse:
        async def tell() -> AsyncIterator[bytes]:
            yield b"data: " + msgspec.json.encode(state()) + b"\n\n"
            await stop.wait()

        return StreamingResponse(tell(), media_type="text/event-stream")

    app.include_router(routes)
    app.include_router(page_router())
    loop = asyncio.new_event_loop()
    server = threading.Thread(target=loop.run_until_complete, args=(HttpServer(app, "127.0.0.1", port).run(stop),))
    server.start()
    yield f"http://127.0.0.1:{port}/"
    loop.call_soon_threadsafe(stop.set)
    server.join(30)
    loop.close()


def test_open_alarms_and_counts_are_shown_in_both_languages(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1360, "height": 1000}, locale="en-GB")
    page.goto(address)
    alarms = page.locator("#alarms li")
    expect(alarms).to_have_count(2)
    expect(alarms.first).to_contain_text("Zhejiang · bulk recoloring · open")
    expect(alarms.first).to_contain_text(
        "1,317 people turned stricter by rule “listed-contact”, 1.34% of all with a code"
    )
    expect(alarms.nth(1)).to_contain_text("Nothing has come from source “市疾控中心” for 1 day")
    expect(page.locator("#rules li")).to_have_text("listed-contact 1,317")
    picture(page, "oversight-en")
    page.locator("#language").click()
    expect(alarms.first).to_contain_text("1小时内有1,317人因规则“listed-contact”被调为更严码色")
    picture(page, "oversight-zh")
    page.close()
