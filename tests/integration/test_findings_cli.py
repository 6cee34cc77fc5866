"""`healthcode-admin why` and `replay` as they are typed, against an app that listens."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from healthcode.events import Event
from services.audit.ports.finding import FactOrigin
from tests.support.explaining import Explaining
from tests.support.shell import Shell, shell_on
from tests.twins.audit_behaviour import DAY, NOW
from tests.twins.audit_judge import declared, listed


@pytest.fixture
async def world() -> Explaining:
    """Two persons with a past of some days."""
    world = Explaining()
    world.entered["e1.1"] = FactOrigin("e1.1", "listing", "close_contact", "cdc-330100", "case 17", NOW)
    past: list[tuple[int, Event]] = [(0, declared(1)), (1, declared(2, "s2", fever=True)), (3, listed())]
    for days, event in past:
        world.time = NOW + days * DAY
        await world.review(event)
    return world


@pytest.fixture
async def shell(world: Explaining, tmp_path: Path) -> AsyncIterator[Shell]:
    async with shell_on(world.app(), world.token("officer", "ops"), tmp_path) as shell:
        yield shell


async def test_why_is_one_page_of_rules_facts_and_the_way_out(shell: Shell) -> None:
    code, out, err = await shell.run("why", "s1", "--lang", "en")
    assert code == 0, err
    assert out.splitlines()[0] == "red  isolate at a designated place  until 2020-02-25 11:00 at the earliest"
    assert "concluded 2020-02-11 12:00, policy small one" in out
    assert "R1  holds: red until 2020-02-25 11:00 at the earliest" in out
    assert "✗ stated fever" in out
    assert "cdc-330100; case 17" in out
    assert "Green on 2020-02-25 11:00 at the earliest; nothing needs to be done for it." in out
    code, then, _ = await shell.run("why", "s1", "--at", "2020-02-12T00:00+08:00", "--lang", "zh")
    assert (code, then.splitlines()[0]) == (0, "绿码  可通行")
    assert "不成立：条件不满足" in then


async def test_the_past_is_listed_with_the_times_to_ask_for(shell: Shell) -> None:
    found = (await shell.json("findings", "s1", "--lang", "en"))["findings"]
    assert [(each["sequence"], each["color"]) for each in found] == [(2, "red"), (1, "green")]
    code, out, _ = await shell.run("findings", "s1", "--lang", "zh")
    assert (code, "红码" in out, "declared" in out) == (0, True, True)
    code, out, _ = await shell.run("findings", "nobody")
    assert (code, out.strip()) == (0, "Nothing is on record of this person.")


async def test_why_as_json_is_what_the_route_says(shell: Shell) -> None:
    found = await shell.json("why", "s2", "--lang", "zh")
    assert (found["color"], found["color_label"], found["subject"]) == ("yellow", "黄码", "s2")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("why", "nobody"), 3, "404"),
        (("why", "s1", "--at", "2019-02-12T00:00+08:00"), 3, "not kept any more"),
        (("why", "s1", "--at", "yesterday"), 2, "is no time"),
        (("why", "s1", "--at", "2020-02-12T00:00"), 2, "names no zone"),
        (("replay",), 2, "--all"),
        (("replay", "s1", "--all"), 2, "--all"),
    ],
)
async def test_what_is_wrong_is_a_sentence_with_its_exit_code(
    shell: Shell, words: tuple[str, ...], code: int, says: str
) -> None:
    answered, out, err = await shell.run(*words)
    assert (answered, out) == (code, "")
    assert says in err


async def test_replay_of_all_and_of_one(world: Explaining, shell: Shell) -> None:
    assert await shell.json("replay", "--all") == {"looked_at": 3, "counts": {"equal": 3}, "faults": []}
    code, out, _ = await shell.run("replay", "s1")
    assert (code, "equal" in out, "2" in out) == (0, True, True)
    broken = world.reviews.history[1]
    world.reviews.history[1] = msgspec.structs.replace(broken, reviewed_at=broken.reviewed_at + 30 * DAY)
    code, out, _ = await shell.run("replay", "--all", "--json")
    answer = json.loads(out)
    assert (code, answer["counts"]) == (1, {"differs": 1, "equal": 2})
    assert answer["faults"][0]["subject"] == "s2"
    code, out, _ = await shell.run("replay", "--all")
    assert (code, "differs" in out, "color" in out) == (1, True, True)
