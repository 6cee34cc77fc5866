"""Results of tests: added, changed, withdrawn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from healthcode.events import TestRecorded
from services.audit.handlers.entry import EARLIEST, admit, own_entry, sole, withdrawal_of
from services.audit.ports.entry import EntryStore, Fault, Refused, Test

# Clocks of laboratories may run a little ahead of ours.
AHEAD: Final = timedelta(minutes=5)


async def record_tests(store: EntryStore[Test], drafts: Sequence[Test], now: datetime) -> list[Test | Refused]:
    """Record what may be recorded; gives the verdict on each draft, in order."""
    admission = await admit(store, drafts, now, check=_check)
    await store.publish([event_of(test) for test in admission.news])
    return admission.verdicts


async def withdraw_test(store: EntryStore[Test], entry: str, source: str, now: datetime, by: str) -> Test:
    """Withdraw a laboratory's own result; one that is withdrawn already stays as it is. Raises UnknownEntry."""
    test = await own_entry(store, entry, source)
    if test.withdrawn:
        return test
    return sole(await record_tests(store, [withdrawal_of(test, now, by)], now))


def _check(draft: Test, now: datetime) -> list[Fault]:
    if draft.sampled_at > now + AHEAD:
        return [Fault("future", "sampled_at")]
    return [Fault("impossible_date", "sampled_at")] if draft.sampled_at < now - EARLIEST else []


def event_of(test: Test) -> TestRecorded:
    """The revision as the audit's worker reads it."""
    return TestRecorded(
        id=test.fact,
        subject=test.subject,
        test=test.entry,
        revision=test.revision,
        kind=test.kind,
        result=test.result,
        sampled_at=test.sampled_at,
        source=test.source,
        evidence=test.evidence,
        recorded_at=test.recorded_at,
        withdrawn=test.withdrawn,
    )
