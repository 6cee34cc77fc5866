"""The conditions of rules in words, each predicate of the vocabulary by one function."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from healthcode.values import TestKind, label
from services.audit.domain.explain.phrases import Speech
from services.audit.domain.policy import arguments as a
from services.audit.domain.policy import predicates as p

_WHOLE: Final = 60
"""Days that are not worth a word: what people state is evidence for no longer."""


def condition_text(condition: p.Predicate, speech: Speech) -> str:
    """What a condition asks; of `all`, `any` and `not` the heading over their parts."""
    match condition:
        case p.All():
            return speech.say("all")
        case p.Any_():
            return speech.say("any")
        case p.Not():
            return speech.say("not")
        case _:
            arguments = getattr(condition, next(iter(type(condition).model_fields)))
            return _WORDS[type(condition)](arguments, speech)


def _listed(args: a.ListedArgs, speech: Speech) -> str:
    return speech.say("listed", what=speech.labels(args.category))


def _stayed(args: a.StayedArgs, speech: Speech) -> str:
    where = speech.say("abroad") if args.abroad else _where(args, speech)
    if args.between is not None:
        where += speech.say("between", since=args.between[0], until=args.between[1])
    return speech.say("stayed_left" if args.left else "stayed", where=where, days=args.within_days)


def _where(args: a.StayedArgs | a.PresentArgs, speech: Speech) -> str:
    places, levels = speech.joined(map(speech.place, args.areas), "or"), speech.labels(args.level)
    how = "where_both" if places and levels else "where_level" if levels else "where_named"
    return speech.say(how, places=places, levels=levels)


def _within(text: str, days: int, speech: Speech) -> str:
    return text if days >= _WHOLE else text + speech.say("within", days=days)


def _temperature(args: a.TemperatureArgs, speech: Speech) -> str:
    if args.missing_days is not None:
        return speech.say("no_temperature", days=args.missing_days)
    return _within(speech.say("temperature", degrees=args.at_least), args.within_days, speech)


def _declared(args: a.DeclaredArgs, speech: Speech) -> str:
    return speech.say("undeclared") if args.missing else speech.say("outdated", days=args.older_than_days)


def _checked_in(args: a.CheckInArgs, speech: Speech) -> str:
    return speech.say("streak", days=args.streak) if args.streak else speech.say("missed", days=args.missed_days)


def _tested(args: a.TestedArgs, speech: Speech) -> str:
    kinds = speech.labels(args.kind if len(args.kind) < len(TestKind) else TestKind)
    text = speech.say("tested", count=args.count, result=label(args.result, speech.lang), kinds=kinds)
    if args.apart_hours:
        text += speech.say("apart", hours=args.apart_hours)
    return _within(text, args.within_days, speech)


_WORDS: Final[Mapping[type[a.Part], Callable[[Any, Speech], str]]] = {
    p.Listed: _listed,
    p.Stayed: _stayed,
    p.Present: lambda args, speech: speech.say("present", where=_where(args, speech)),
    p.Felt: lambda args, speech: _within(
        speech.say("symptom", what=speech.labels(args.any_of)), args.within_days, speech
    ),
    p.Temperature: _temperature,
    p.Contact: lambda args, speech: _within(speech.say("contact_stated"), args.within_days, speech),
    p.Declared: _declared,
    p.CheckedIn: _checked_in,
    p.Tested: _tested,
    p.Contradicted: lambda args, speech: speech.say(
        "contradicted", what=speech.say(f"denied_{args.denied}"), by=speech.labels(args.by)
    ),
}
