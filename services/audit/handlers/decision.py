"""Decisions by hand: a color that a person has at least, or rules that do not count for them; always with an end."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from healthcode.events import DecisionRecorded
from healthcode.values import Color
from services.audit.handlers.entry import admit, check_times, own_entry, sole, withdrawal_of
from services.audit.ports.entry import Decision, EntryStore, Fault, Refused

LONGEST: Final = timedelta(days=92)
EVERY_RULE: Final = "*"
COLORS: Final = (Color.YELLOW, Color.RED)


def check_decision(rules: Collection[str], reasons: Collection[str], draft: Decision, now: datetime) -> list[Fault]:
    """What is wrong with a decision; `rules` are those of the policies, `reasons` the keys of the region's texts."""
    faults = check_times(draft.valid_from, draft.valid_until, now)
    if draft.valid_until > draft.valid_from + LONGEST:
        faults.append(Fault("decision_too_long", "valid_until", {"days": LONGEST.days}))
    if (draft.color is None) == (not draft.exempts):
        faults.append(Fault("color_or_exempts", "color"))
    elif draft.color is not None and draft.color not in COLORS:
        faults.append(Fault("no_color_by_hand", "color"))
    if not all(rule in rules or rule == EVERY_RULE for rule in draft.exempts.split()):
        faults.append(Fault("unknown_rule", "exempts"))
    if draft.reason not in reasons:
        faults.append(Fault("unknown_reason", "reason"))
    return faults


async def record_decisions(
    store: EntryStore[Decision],
    rules: Collection[str],
    reasons: Collection[str],
    drafts: Sequence[Decision],
    now: datetime,
) -> list[Decision | Refused]:
    """Record what may be recorded; gives the verdict on each draft, in order."""
    admission = await admit(store, drafts, now, check=partial(check_decision, rules, reasons))
    await store.publish([event_of(decision) for decision in admission.news])
    return admission.verdicts


async def withdraw_decision(store: EntryStore[Decision], entry: str, source: str, now: datetime, by: str) -> Decision:
    """Take an authority's own decision back; one that is withdrawn already stays as it is. Raises UnknownEntry."""
    decision = await own_entry(store, entry, source)
    if decision.withdrawn:
        return decision
    withdrawn = withdrawal_of(decision, now, by)
    return sole(await record_decisions(store, decision.exempts.split(), [decision.reason], [withdrawn], now))


def event_of(decision: Decision) -> DecisionRecorded:
    """The revision as the audit's worker reads it."""
    return DecisionRecorded(
        id=decision.fact,
        subject=decision.subject,
        decision=decision.entry,
        revision=decision.revision,
        color=decision.color,
        exempts=tuple(decision.exempts.split()),
        reason=decision.reason,
        source=decision.source,
        evidence=decision.evidence,
        valid_from=decision.valid_from,
        valid_until=decision.valid_until,
        recorded_at=decision.recorded_at,
        withdrawn=decision.withdrawn,
    )
