"""What officers put in force takes the place of what was to begin then or later, and of nothing that judged before."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import Policy, PolicyAct, PolicySet, load_policy, taking_effect, timeline, without
from services.audit.domain.policy.load import pack_text, read_pack
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import PACK, at

RULE = "  - {id: A, when: {contact: {}}, color: red, reason: r}\n"


def version(day: int) -> Policy:
    return load_policy(PACK.replace("2020-02-11", f"2020-02-{day}") + RULE, f"{day}.yaml")


def act(policy: Policy, effective: datetime, change: str = "activation") -> PolicyAct:
    return PolicyAct(
        change="rollback" if change == "rollback" else "activation",
        policy=policy.policy,
        version=policy.version,
        pack=pack_text(policy),
        effective=effective,
        proposal=f"p-{effective}",
        recorded_at=effective,
    )


def shown(policies: PolicySet) -> list[tuple[str, datetime]]:
    return [(each.version, each.effective) for each in policies.policies]


def test_a_rollback_takes_the_place_of_what_was_to_come_and_keeps_what_was() -> None:
    base = PolicySet([version(11), version(25)])
    first, second = ("2020-02-11", at(11, 0)), ("2020-02-20", at(20, 0))
    acts = [act(version(20), at(20, 0))]
    assert shown(timeline(base, acts)) == [first, second], "the files' later version never begins"
    acts.append(act(version(11), at(21, 0), "rollback"))
    assert shown(timeline(base, acts)) == [first, second, ("2020-02-11", at(21, 0))]
    acts.append(act(version(22), at(22, 0)))
    acts.append(act(version(11), at(22, 0), "rollback"))
    assert shown(timeline(base, acts))[-1] == ("2020-02-11", at(22, 0)), "what was planned is cancelled"
    assert timeline(base, acts).version("2020-02-22") is None


def test_what_a_rollback_took_out_still_explains_who_was_judged_under_it() -> None:
    """A worker whose clock is ahead judges under a version that a rollback, earlier by another clock, takes out."""
    acts = [act(version(20), at(20, 0)), act(version(11), at(19, 23), "rollback")]
    policies = timeline(PolicySet([version(11)]), acts)
    assert policies.version("2020-02-20") is None
    found = policies.concluded_under("sample", "2020-02-20")
    assert found is not None
    assert found.version == "2020-02-20"
    assert policies.concluded_under("sample", "2020-02-21") is None


def test_a_region_without_one_of_its_versions() -> None:
    policies = timeline(
        PolicySet([version(11)]), [act(version(20), at(20, 0)), act(version(11), at(21, 0), "rollback")]
    )
    assert shown(without(policies, "2020-02-11")) == [("2020-02-20", at(20, 0))]
    only = PolicySet([version(11)])
    assert without(only, "2020-02-11") is only


@given(st.lists(st.integers(1, 40), max_size=6), st.integers(0, 45))
def test_at_any_time_the_last_act_that_has_begun_counts(days: list[int], day: int) -> None:
    start = at(11, 0)
    acts = [act(version(11 + number), start + timedelta(days=day)) for number, day in enumerate(days)]
    now = start + timedelta(days=day)
    standing = timeline(PolicySet([version(11)]), acts)
    begun = [
        (number, each)
        for number, each in enumerate(days)
        if each <= day and not any(later <= each for later in days[number + 1 :])
    ]
    wanted = f"2020-02-{11 + begun[-1][0]}" if begun else "2020-02-11"
    assert standing.at(now).version == wanted
    times = [each.effective for each in standing.policies]
    assert times == sorted(set(times))


@given(some.policies())
def test_a_policy_is_the_same_from_its_text(policy: Policy) -> None:
    again = read_pack(pack_text(policy), "again")
    assert again.policy.pack == policy.pack
    assert again.same_rules(taking_effect(policy, policy.effective + timedelta(days=1)))
