"""Corrections of guests: from the region's own topic to the hub, and answers back."""

from collections.abc import Callable, Sequence
from typing import Final

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import (
    CorrectionAnswered,
    CorrectionAsked,
    CorrectionAssigned,
    CorrectionEscalated,
    CorrectionPassed,
    CorrectionSettled,
)
from services.recognition.domain.correction import Contesting
from services.recognition.handlers.correction import pass_corrections, take_answers, take_corrections, tell_answers
from services.recognition.ports.correction import Counter
from services.recognition.stream.national import Part

ANSWERS: Final = (CorrectionAssigned, CorrectionEscalated, CorrectionSettled)
Over = Callable[[Connection], Counter]


def contests_spec(here: Contesting, clock: Clock, over: Over) -> StreamSpec:
    """How what people contest is consumed, and what became of it: of guests, and of own people who are elsewhere."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        counter, now = over(connection), clock.now()
        asked = [each.event for each in deliveries if isinstance(each.event, CorrectionAsked)]
        if asked:
            await pass_corrections(counter, here, asked, now)
        answers = [each.event for each in deliveries if isinstance(each.event, ANSWERS)]
        if answers:
            await tell_answers(counter.contests, here, answers, now)

    topics = [topic_name(here.region, CorrectionAsked.topic)]
    return StreamSpec("contests", topics, handle, decoder(CorrectionAsked, *ANSWERS))


def passed_part(here: Contesting, clock: Clock, over: Over) -> Part:
    """The origin's: what its people contest elsewhere."""

    async def take(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        passed = [each.event for each in deliveries if isinstance(each.event, CorrectionPassed)]
        await take_corrections(over(connection), here, passed, clock.now())

    return Part((CorrectionPassed,), take)


def answered_part(here: Contesting, clock: Clock, over: Over) -> Part:
    """The destination's: what became of what its guests contest."""

    async def take(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        answered = [each.event for each in deliveries if isinstance(each.event, CorrectionAnswered)]
        await take_answers(over(connection).contests, here, answered, clock.now())

    return Part((CorrectionAnswered,), take)
