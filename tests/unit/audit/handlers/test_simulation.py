"""What was foretold of a change is what the worker makes of it, whoever the people are."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from healthcode.events import Event, ReviewDue
from services.audit.domain import Dossier, Policy, PolicyAct, PolicySet, taking_effect
from services.audit.domain.policy.load import pack_text
from services.audit.domain.simulation import Tally, changed, count
from services.audit.handlers.review import Judge, review_events
from services.audit.handlers.simulation import worlds_of
from services.audit.ports.policy import Pack
from services.audit.ports.simulation import Change
from tests.twins.audit import ReviewTwin
from tests.twins.audit_judge import ids
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import ZONE

PEOPLE = st.lists(some.histories(), min_size=1, max_size=4)
THEN = datetime(2020, 4, 20, tzinfo=ZONE)


def named(policy: Policy, version: str) -> Policy:
    return Policy(policy.pack.model_copy(update={"version": version}))


async def look(twin: ReviewTwin, judge: Judge, now: datetime) -> dict[str, str]:
    """Everybody's color at a time, by the worker's own review."""
    due = [ReviewDue(id=ids(), subject=each, cause="policy", due=now) for each in sorted(twin.dossiers)]
    await review_events(twin, judge, due, now)
    return {outcome.subject: outcome.color for outcome in twin.outcomes[-len(due) :]}


@settings(max_examples=60, deadline=None)
@given(PEOPLE, some.policies(), some.policies())
async def test_the_count_is_what_happens_when_the_policy_begins(
    people: list[list[Event]], one: Policy, other: Policy
) -> None:
    """The worker runs under the old policy, is told nothing, and judges by the new one from its date on."""
    one, other = taking_effect(named(one, "one"), THEN - timedelta(days=200)), named(other, "other")
    twin, judge = ReviewTwin(), Judge(PolicySet([one]), ZONE, ids)
    for number, history in enumerate(people):
        mine = [replace(event, subject=f"s{number}") for event in history]
        await review_events(twin, judge, mine, THEN - timedelta(days=1))
    before = await look(twin, Judge(PolicySet([one]), ZONE, ids), THEN)

    tally = Tally()
    worlds = worlds_of(Change(pack=Pack("other.yaml", pack_text(other))), [], PolicySet([one]), THEN)
    for held in twin.dossiers.values():
        count(tally, Dossier.decode(held.facts), worlds, THEN, ZONE)

    twin.acts.append(
        PolicyAct(
            change="activation",
            policy=other.policy,
            version="other",
            pack=pack_text(other),
            effective=THEN,
            proposal="p",
            recorded_at=THEN - timedelta(days=1),
        )
    )
    twin.reference += 1
    assert await look(twin, judge, THEN - timedelta(seconds=1)) == await look(
        twin, Judge(PolicySet([one]), ZONE, ids), THEN - timedelta(seconds=1)
    ), "before its date it changes nothing"
    after = await look(twin, judge, THEN)
    assert Counter((before[each], after[each]) for each in before) == Counter(tally.colors)
    assert changed(tally) == sum(before[each] != after[each] for each in before)
    assert sum(tally.rules.values()) == sum(tally.areas.values()) == changed(tally)
    assert Tally.decode(tally.encode()) == tally
