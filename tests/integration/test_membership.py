"""Members come, are suspended and go while all regions run: as two officers of the nation type it, on real stores."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from chassis.http.app import create_app
from demo.identity import DemoIdentity
from deploy import membership
from healthcode.events import GuestChanged
from healthcode.values import Color, EvidenceClass, Status
from tests.integration.test_key_rollover import eventually
from tests.integration.test_recognition_journeys import BuiltWorld, world
from tests.support.recognition import HUBEI, NATION, ZHEJIANG, Nation, code, guests_of, inbox, reasons, trip
from tests.support.shell import Shell, shell_on
from tests.twins.recognition_journeys import opened, signed

__all__ = ["world"]  # a fixture

pytestmark = pytest.mark.embedded

WHY = "核查不力，见国办函〔2020〕9号"
Decide = Callable[..., Awaitable[dict[str, Any]]]


@dataclass
class Office:
    """Two officers of the nation at their terminals, and the folder of who holds the nation's key."""

    first: Shell
    second: Shell
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    async def decide(self, *words: str) -> None:
        """One proposes, the other approves, and whoever holds the nation's key carries it out."""
        proposal = (await self.first.json("region", *words, "--reason", WHY))["proposal"]
        refused, _, told = await self.first.run("region", "approve", proposal)
        assert (refused, "Another officer" in told) == (3, True), told
        await self.second.json("region", "approve", proposal)
        to_do = await self.second.json("region", "changes", "--to-do")
        assert [each["proposal"] for each in to_do["items"]] == [proposal]
        self.monkeypatch.setattr("sys.stdin", StringIO(json.dumps(to_do)))
        membership.main(["carry-out", str(self.folder)])

        async def done() -> bool:
            return not (await self.first.json("region", "changes", "--to-do"))["items"]

        await eventually(done)

    async def stands(self, region: str) -> str | None:
        members = (await self.first.json("region", "list"))["members"]
        why: str | None = next(each["why_not"] for each in members if each["region"] == region)
        return why


@pytest.fixture
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    """One for each test, as they change its catalogue."""
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def office(world: BuiltWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    identity = DemoIdentity()
    app = create_app(
        title="nation", version="1", settings=world.settings_of(NATION), clock=world.clock, checks=[],
        authenticator=identity.authenticator(NATION),
    )  # fmt: skip
    for router in world.services[NATION].routers:
        app.include_router(router)
    async with AsyncExitStack() as stack:
        shells = []
        for number in (1, 2):
            token = identity.token(
                f"o{number}", roles=["officer"], region=NATION, person=f"p{number}", authority="100000-nhc"
            )
            folder = tmp_path / f"officer-{number}"
            folder.mkdir()
            shells.append(await stack.enter_async_context(shell_on(app, token, folder)))
        yield Office(shells[0], shells[1], world.nation.folder, monkeypatch)


async def until(world: BuiltWorld, holds: Callable[[list[GuestChanged]], bool]) -> list[GuestChanged]:
    """Let the timers turn until Zhejiang's guests are so."""

    async def so() -> bool:
        await world.let_pass(timedelta())
        return holds(await guests_of(world, ZHEJIANG))

    await eventually(so)
    return await guests_of(world, ZHEJIANG)


def last(changes: list[GuestChanged]) -> dict[str, GuestChanged]:
    return {change.handle: change for change in changes}


async def test_a_suspended_region_counts_nowhere_and_all_that_it_owed_is_told_when_it_is_resumed(
    world: BuiltWorld, office: Office
) -> None:
    await world.happen(HUBEI, code("s", Color.RED, 1, EvidenceClass.LISTED), trip("s", ZHEJIANG))
    (guest,) = last(await guests_of(world, ZHEJIANG)).values()
    assert guest.color is Color.RED

    await office.decide("suspend", HUBEI)
    assert await office.stands(HUBEI) == "suspended-region"
    changes = await until(world, lambda seen: seen[-1].rule == "suspended-region")
    assert (changes[-1].status, changes[-1].color, changes[-1].previous) == (Status.UNKNOWN, Color.PENDING, Color.RED)

    sent = len(await world.written(inbox(HUBEI)))
    await world.happen(HUBEI, code("s", Color.GREEN, 2, EvidenceClass.NONE), trip("t", ZHEJIANG))
    assert len(await world.written(inbox(HUBEI))) == sent, "what would be refused is not even sent"
    await world.send(signed(world, HUBEI, opened()))
    assert await reasons(world, inbox(HUBEI)) == ["suspended-region"], "whoever sends all the same is told why"
    assert len(last(await guests_of(world, ZHEJIANG))) == 1

    await office.decide("resume", HUBEI)
    changes = await until(world, lambda seen: len(last(seen)) > 1 and last(seen)[guest.handle].color is Color.GREEN)
    now = last(changes)
    assert {change.status for change in now.values()} == {Status.LOW, Status.UNKNOWN}, "one has no code yet"
    view = await world.views(ZHEJIANG).guest(guest.handle)
    assert view is not None
    assert (view.color, view.covered) == (Color.GREEN, None)


async def test_a_guest_of_a_region_that_has_left_is_unknown(world: BuiltWorld, office: Office) -> None:
    await world.happen(HUBEI, code("s", Color.RED, 1, EvidenceClass.LISTED), trip("s", ZHEJIANG))
    before = len(await guests_of(world, ZHEJIANG))
    await office.decide("leave", HUBEI)
    changes = await until(world, lambda seen: len(seen) > before)
    assert (changes[-1].rule, changes[-1].status) == ("unknown-region", Status.UNKNOWN)
    code_of_exit, _, refused = await office.first.run("region", "suspend", HUBEI, "--reason", WHY)
    assert (code_of_exit, "it is no member" in refused) == (3, True), refused
