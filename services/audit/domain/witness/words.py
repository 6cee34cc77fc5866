"""A witness in plain words, for officers to sign."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Final

from healthcode.areas import UnknownArea, nearest
from healthcode.events import CheckInAccepted, DeclarationAccepted, Event, ListingRecorded, Stay, TestRecorded
from healthcode.values import FEVER_FROM, Lang, Level, Symptom, label
from services.audit.domain.finding import Finding
from services.audit.domain.witness.search import Witness

_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "en": {
        "when": "On {at}, a person of whom this is known:",
        "verdict": "is {one} under {one_policy} ({one_rules}) and {other} under {other_policy} ({other_rules}).",
        "listed": "listed as {what} from {at}",
        "until": " until {at}",
        "declared": "declared on {at}: {what}",
        "well": "all is well",
        "contact": "contact with a case",
        "temperature": "a temperature of {degrees} °C",
        "stay": "in {where} from {since} to {until}",
        "tested": "{what}, {result}, sampled {at}",
        "checked_in": "checked in as well on {days} days running from {since} on",
        "level": "{where} is at {level} from {at} on",
        "home": "lives in {where}",
        "join": ", ",
        "item": "- ",
    },
    "zh": {
        "when": "{at}，某人已知情况如下：",
        "verdict": "按{one_policy}为{one}（{one_rules}），按{other_policy}为{other}（{other_rules}）。",
        "listed": "自{at}起列为{what}",
        "until": "，至{at}止",
        "declared": "{at}申报：{what}",
        "well": "一切正常",
        "contact": "接触过病例",
        "temperature": "体温{degrees}℃",
        "stay": "{since}至{until}在{where}",
        "tested": "{what}{result}，采样于{at}",
        "checked_in": "自{since}起连续{days}天正常打卡",
        "level": "{where}自{at}起为{level}",
        "home": "居住在{where}",
        "join": "，",
        "item": "- ",
    },
}


def told(witness: Witness, lang: Lang, tz: tzinfo) -> str:
    """The witness as a few lines that need no knowledge of the packs. Times are the region's own."""
    words = _Words(lang, tz)
    say = _WORDS[lang]
    lines = [say["when"].format(at=words.time(witness.at))]
    lines += [say["item"] + each for each in words.facts(witness)]
    one, other = witness.one, witness.other
    lines.append(
        say["verdict"].format(
            one=label(one.color, lang),
            one_policy=f"{one.policy} {one.policy_version}",
            one_rules=words.rules(one),
            other=label(other.color, lang),
            other_policy=f"{other.policy} {other.policy_version}",
            other_rules=words.rules(other),
        )
    )
    return "\n".join(lines)


class _Words:
    def __init__(self, lang: Lang, tz: tzinfo) -> None:
        self.lang, self.tz, self.say = lang, tz, _WORDS[lang]

    def time(self, at: datetime) -> str:
        return at.astimezone(self.tz).strftime("%Y-%m-%d %H:%M")

    def rules(self, finding: Finding) -> str:
        return self.say["join"].join(hit.rule for hit in finding.hits if hit.color is finding.color)

    def facts(self, witness: Witness) -> list[str]:
        said = [
            self.say["level"].format(where=self.place(area), level=label(Level(level), self.lang), at=self.time(since))
            for area, level, since, _ in witness.levels
        ]
        said += [self.fact(event) for event in witness.events if not isinstance(event, CheckInAccepted)]
        return said + self.check_ins([event.day for event in witness.events if isinstance(event, CheckInAccepted)])

    def check_ins(self, days: Sequence[date]) -> list[str]:
        if not days:
            return []
        return [self.say["checked_in"].format(days=len(set(days)), since=min(days).isoformat())]

    def fact(self, event: Event) -> str:
        match event:
            case ListingRecorded():
                what = label(event.category, self.lang)
                until = "" if event.valid_until is None else self.say["until"].format(at=self.time(event.valid_until))
                return self.say["listed"].format(what=what, at=self.time(event.valid_from)) + until
            case TestRecorded():
                what, result = label(event.kind, self.lang), label(event.result, self.lang)
                return self.say["tested"].format(what=what, result=result, at=self.time(event.sampled_at))
            case DeclarationAccepted():
                return self.say["declared"].format(at=self.time(event.at), what=self.stated(event))
            case _:
                return event.type

    def stated(self, event: DeclarationAccepted) -> str:
        said = [label(each, self.lang) for each in event.symptoms if each is not Symptom.NONE]
        if event.temperature is not None and event.temperature >= FEVER_FROM:
            said.append(self.say["temperature"].format(degrees=event.temperature))
        if event.contact:
            said.append(self.say["contact"])
        said += [self.stay(each) for each in event.stays]
        home = self.say["home"].format(where=self.place(event.residence))
        return self.say["join"].join([*(said or [self.say["well"]]), home])

    def stay(self, stay: Stay) -> str:
        where = self.place(stay.area or stay.country)
        return self.say["stay"].format(where=where, since=stay.since.isoformat(), until=stay.until.isoformat())

    def place(self, code: str) -> str:
        """Its name and code."""
        if code.isalpha():
            return {"zh": "境外", "en": "a country abroad"}[self.lang]
        try:
            found = nearest(code)
        except UnknownArea:
            return code
        return f"{found.zh if self.lang == 'zh' else found.en} ({code})"
