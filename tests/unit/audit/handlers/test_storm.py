from msgspec.structs import replace

from services.audit.handlers.storm import BACKLOG, advance_storms
from services.audit.ports.schedule import Storm
from tests.twins.audit import ScheduleTwin
from tests.twins.audit_behaviour import NOW


def ids() -> str:
    return "id"


def storm(number: int = 1, area: str | None = "330106", reference: int = 2) -> Storm:
    return Storm(
        id=number,
        area=area,
        cause="area" if area else "policy",
        reference=reference,
        state="new",
        fence=None,
        at_area="",
        at_subject="",
        swept=0,
        queued=0,
        started_at=NOW,
        ended_at=None,
    )


def world(**changes: object) -> ScheduleTwin:
    people = {f"p{n}": 1 for n in range(6)}
    stays = {("330106", "p0"), ("330106", "p1"), ("330100", "p2"), ("330106001", "p3"), ("330102", "p4")}
    return ScheduleTwin(stays=stays, references=people, storms={1: storm()}, **changes)  # type: ignore[arg-type]  # by name


async def until_settling(twin: ScheduleTwin, limit: int = 2) -> None:
    for _ in range(20):
        if not await advance_storms(twin, NOW, limit, ids):
            return
    raise AssertionError("the storm does not end")


async def test_it_waits_for_every_transaction_that_may_have_read_older_data() -> None:
    twin = world(xid=105, oldest=90)
    await advance_storms(twin, NOW, 2, ids)
    twin.xid = 120
    for oldest in (90, 104):
        twin.oldest = oldest
        assert not await advance_storms(twin, NOW, 2, ids)
        assert not twin.asked
    twin.oldest = 105
    assert await advance_storms(twin, NOW, 2, ids)
    assert twin.storms[1].state == "sweeping"


async def test_all_within_the_area_are_asked_for_in_chunks() -> None:
    twin = world()
    await until_settling(twin)
    assert sorted(ask.subject for ask in twin.asked) == ["p0", "p1", "p3"]
    assert {(ask.cause, ask.reference) for ask in twin.asked} == {("area", 2)}
    assert (twin.storms[1].swept, twin.storms[1].queued) == (3, 3)


async def test_who_was_reviewed_with_the_new_data_is_left_alone() -> None:
    twin = world()
    twin.references["p1"] = 2
    await until_settling(twin)
    assert sorted(ask.subject for ask in twin.asked) == ["p0", "p3"]


async def test_a_sweep_goes_on_where_it_was_killed() -> None:
    twin = world()
    for _ in range(3):
        await advance_storms(twin, NOW, 2, ids)
    heir = ScheduleTwin(stays=twin.stays, references=twin.references, storms=dict(twin.storms))
    await until_settling(heir)
    assert sorted(ask.subject for ask in [*twin.asked, *heir.asked]) == ["p0", "p1", "p3"]
    assert twin.asked


async def test_it_is_done_when_none_is_left_with_older_data() -> None:
    twin = world()
    await until_settling(twin)
    assert twin.storms[1].state == "settling"
    twin.references |= {"p0": 2, "p3": 2}
    await until_settling(twin)
    assert twin.storms[1].state == "settling"
    twin.references["p1"] = 2
    await until_settling(twin)
    assert (twin.storms[1].state, twin.storms[1].ended_at) == ("done", NOW)


async def test_a_full_outbox_holds_a_sweep_back_but_no_other_storm() -> None:
    twin = world(unpublished=BACKLOG)
    await until_settling(twin)
    assert twin.storms[1].state == "sweeping"
    assert not twin.asked
    twin.storms[2] = replace(storm(2), state="settling")
    twin.references |= {f"p{n}": 2 for n in range(4)}
    await until_settling(twin)
    assert twin.storms[2].state == "done"


async def test_a_policy_concerns_everybody() -> None:
    twin = world()
    twin.storms = {1: storm(area=None)}
    await until_settling(twin)
    assert sorted(ask.subject for ask in twin.asked) == sorted(twin.references)
    assert {ask.cause for ask in twin.asked} == {"policy"}
