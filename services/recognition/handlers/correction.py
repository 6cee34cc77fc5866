"""Corrections of guests go to the region of their code with the clock running, and its answers come back."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.events import CorrectionAnswered, CorrectionAsked, CorrectionPassed, Event
from services.recognition.domain.correction import (
    NOBODY,
    Answer,
    Contested,
    Contesting,
    answer_abroad,
    bring_home,
    handle_of,
    pass_correction,
    refuse_here,
    take_passed,
    told,
)
from services.recognition.ports.correction import ContestStore, Counter


async def pass_corrections(counter: Counter, here: Contesting, asked: Sequence[CorrectionAsked], now: datetime) -> None:
    """The destination: pass on what is of a guest, each once; what is of nobody is answered at once."""
    wanted = {event.id: (event, handle) for event in asked if (handle := handle_of(event)) is not None}
    guests = await counter.guests.lock([handle for _, handle in wanted.values()])
    passed = []
    refused: list[Event] = []
    for event, handle in wanted.values():
        found = pass_correction(here, event, guests.get(handle), now)
        if found is None:
            refused.append(refuse_here(here, event, now))
        else:
            passed.append(found)
    kept = await counter.contests.add([contest for contest, _ in passed])
    await counter.contests.send([message for contest, message in passed if contest.name in kept])
    await counter.contests.publish(refused, now)


async def take_corrections(
    counter: Counter, here: Contesting, passed: Sequence[CorrectionPassed], now: datetime
) -> None:
    """The origin: lay them before those who answer for its people; a handle that it does not know is answered no."""
    subjects = await counter.people.watched_as([event.handle for event in passed])
    homes = await counter.people.lock_known(list(subjects.values()))
    asked: dict[str, CorrectionAsked] = {}
    taken = []
    refused = []
    for event in passed:
        contested = Contested(event.correction, event.destination, event.until)
        subject = subjects.get(event.handle, "")
        ours = take_passed(event, subject, homes.get(subject))
        if ours is None:
            refused.append(told(here, contested, "rejected", NOBODY, now))
        else:
            asked[event.correction] = ours
            taken.append(contested)
    new = await counter.contests.take(taken)
    await counter.contests.publish([event for name, event in asked.items() if name in new], now)
    await counter.contests.send([message for message in refused if message is not None])


async def tell_answers(contests: ContestStore, here: Contesting, answers: Sequence[Answer], now: datetime) -> None:
    """The origin: what became of those that came from elsewhere goes back."""
    known = await contests.contested([answer.correction for answer in answers])
    messages = [
        answer_abroad(here, known[answer.correction], answer, now) for answer in answers if answer.correction in known
    ]
    await contests.send([message for message in messages if message is not None])


async def take_answers(
    contests: ContestStore, here: Contesting, answered: Sequence[CorrectionAnswered], now: datetime
) -> None:
    """The destination: answers reach the person as those of its own authorities do."""
    known = await contests.passed([event.correction for event in answered])
    ours = [event for event in answered if event.correction in known and known[event.correction].origin == event.origin]
    await contests.publish([bring_home(here, known[event.correction], event) for event in ours], now)


async def forget_corrections(contests: ContestStore, now: datetime, limit: int) -> bool:
    """Forget what nobody waits for any more; tells whether there may be more."""
    return await contests.forget(now, limit) == limit
