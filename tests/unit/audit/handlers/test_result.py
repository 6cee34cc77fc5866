from datetime import timedelta

import msgspec

from healthcode.events import TestRecorded
from healthcode.values import TestKind, TestResult
from services.audit.handlers.test import record_tests, withdraw_test
from services.audit.ports.entry import Test
from tests.twins.audit import EntryTwin
from tests.twins.audit_behaviour import DAY, NOW, codes


def result(**changes: object) -> Test:
    plain = Test(
        entry="t1",
        revision=1,
        source="lab-1",
        evidence="sheet 4",
        recorded_at=NOW,
        recorded_by="l1",
        subject="s1",
        kind=TestKind.PCR,
        result=TestResult.NEGATIVE,
        sampled_at=NOW - DAY,
    )
    return msgspec.structs.replace(plain, **changes)


async def test_a_result_is_published() -> None:
    twin: EntryTwin[Test] = EntryTwin()
    await record_tests(twin, [result()], NOW)
    (event,) = twin.published
    assert isinstance(event, TestRecorded)
    assert (event.id, event.test, event.sampled_at) == ("t1.1", "t1", NOW - DAY)


async def test_nothing_is_sampled_in_the_future() -> None:
    twin: EntryTwin[Test] = EntryTwin()
    late, near, ancient = await record_tests(
        twin,
        [
            result(sampled_at=NOW + timedelta(minutes=6)),
            result(sampled_at=NOW + timedelta(minutes=4)),
            result(entry="t2", sampled_at=NOW.replace(year=2001)),
        ],
        NOW,
    )
    assert codes(late) == [("future", "sampled_at")]
    assert isinstance(near, Test)
    assert codes(ancient) == [("impossible_date", "sampled_at")]


async def test_two_results_of_one_time_may_stand() -> None:
    twin: EntryTwin[Test] = EntryTwin()
    verdicts = await record_tests(twin, [result(), result(entry="t2", result=TestResult.POSITIVE)], NOW)
    assert all(isinstance(verdict, Test) for verdict in verdicts)


async def test_a_withdrawn_result_is_a_revision() -> None:
    twin: EntryTwin[Test] = EntryTwin()
    await record_tests(twin, [result()], NOW)
    assert (await withdraw_test(twin, "t1", "lab-1", NOW, "l1")).revision == 2
    assert [event.id for event in twin.published] == ["t1.1", "t1.2"]
