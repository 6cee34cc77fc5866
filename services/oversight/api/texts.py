"""What an alarm says to people, in both languages."""

from typing import Final

from healthcode.events import AlarmChanged
from healthcode.values import AlarmKind, Lang, label

LANGUAGES: Final[tuple[Lang, ...]] = ("zh", "en")
PERCENT: Final = 100

_TEXTS: Final[dict[AlarmKind, dict[Lang, str]]] = {
    AlarmKind.BULK_RECOLORING: {
        "zh": "{window}内有{count}人因{what}被调为更严码色{part}。请核对依据。",
        "en": "Within {window}, {count} people turned stricter by {what}{part}. Check what it rests on.",
    },
    AlarmKind.SILENT_SOURCE: {
        "zh": "{what}已{window}没有报送，平时约每{usual}一次。请联系该机构。",
        "en": "Nothing has come from {what} for {window}; usually something comes every {usual}. Call it.",
    },
    AlarmKind.UNUSUAL_RULE: {
        "zh": "{window}内{what}决定了{share}的判定（{count}次），平时为{usual}。请核对规则与数据。",
        "en": "Within {window}, {what} decided {share} of the findings ({count}); usually {usual}. "
        "Check the rule and its data.",
    },
    AlarmKind.BY_HAND: {
        "zh": "{window}内有{count}次码色由人工决定。请核对双人复核记录。",
        "en": "Within {window}, {count} colors were decided by hand. Check that two officers signed each.",
    },
}
_RULE: Final = {"zh": "规则“{}”", "en": "rule “{}”"}
_SOURCE: Final = {"zh": "来源“{}”", "en": "source “{}”"}
_PART: Final = {"zh": "，占有码人员的{}", "en": ", {} of all with a code"}
_UNITS: Final[tuple[tuple[float, str, str], ...]] = (
    (86400, "天", "day"),
    (3600, "小时", "hour"),
    (60, "分钟", "minute"),
)


def title(event: AlarmChanged, lang: Lang) -> str:
    """What kind of alarm it is, and whether it goes on."""
    return f"{label(event.kind, lang)} · {label(event.state, lang)}"


def text(event: AlarmChanged, lang: Lang) -> str:
    """The alarm in a sentence or two, with its numbers and what to do."""
    evidence = event.evidence
    silent = event.kind is AlarmKind.SILENT_SOURCE
    usual = evidence.usual
    return _TEXTS[event.kind][lang].format(
        window=span(evidence.window, lang),
        count=f"{evidence.count:,}",
        what=_what(event, lang),
        part=_PART[lang].format(_percent(evidence.share)) if evidence.share is not None else "",
        share=_percent(evidence.share),
        usual=span(usual or 0, lang) if silent else _percent(usual),
    )


def span(seconds: float, lang: Lang) -> str:
    """A length of time in its largest unit, to one digit where that is needed."""
    size, zh, en = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    number = round(seconds / size, 1)
    shown = f"{number:g}"
    return f"{shown}{zh}" if lang == "zh" else f"{shown} {en}{'' if number == 1 else 's'}"


def _what(event: AlarmChanged, lang: Lang) -> str:
    if event.rule is not None:
        return _RULE[lang].format(event.rule)
    return _SOURCE[lang].format(event.source) if event.source is not None else ""


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * PERCENT:.3g}%"
