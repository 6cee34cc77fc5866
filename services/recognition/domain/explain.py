"""Why a guest counts as what they do: the same words at home and where they are."""

from dataclasses import dataclass
from typing import Final

from healthcode.areas import UnknownArea, nearest
from healthcode.values import Color, Lang, Status, label
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import HomeCode, Watch
from services.recognition.domain.translation import Translation

NATION: Final = {"zh": "国家平台", "en": "the nation"}
TEXTS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {
        "home": "{origin}（{origin_code}）的健康码为：{home}。",
        "silent": "{origin}（{origin_code}）尚无可互认的健康码。",
        "national": "按其转换表“{home_rule}”，在国家标准中为：{status}（{status_code}）。",
        "there": "{destination}（{destination_code}）按其转换表“{rule}”认定为：{color}。",
    },
    "en": {
        "home": "The code of {origin} ({origin_code}) is: {home}.",
        "silent": "{origin} ({origin_code}) has no code yet that could be recognised.",
        "national": "By the row “{home_rule}” of its table this is, in the national schema: {status} ({status_code}).",
        "there": "By the row “{rule}” of its table {destination} ({destination_code}) takes it as: {color}.",
    },
}


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A guest's color, from home over the nation to where they are; without `home_color` the home has said nothing."""

    origin: str
    destination: str
    status: Status
    color: Color
    rule: str
    home_color: Color | None = None
    home_rule: str | None = None


def of_guest(guest: Guest, destination: str) -> Reckoning:
    """As the destination knows it."""
    return Reckoning(
        origin=guest.origin,
        destination=destination,
        status=guest.status,
        color=guest.color,
        rule=guest.rule,
        home_color=guest.home_color,
        home_rule=guest.home_rule,
    )


def of_watch(origin: str, own: Translation, code: HomeCode, watch: Watch, there: Translation) -> Reckoning:
    """As the home reckons it, by the table that the destination has published."""
    known = code.version > 0
    status = own.to_national(code.color, code.evidence) if known else Status.UNKNOWN
    local = there.to_local(status, code.evidence)
    return Reckoning(
        origin=origin,
        destination=watch.destination,
        status=status,
        color=local.color,
        rule=local.rule,
        home_color=code.color if known else None,
        home_rule=own.out_rule(code.color, code.evidence) if known else None,
    )


def explain(reckoning: Reckoning, lang: Lang) -> list[str]:
    """The steps, one sentence each."""
    texts = TEXTS[lang]
    home = reckoning.home_color
    words = {
        "origin": name_of(reckoning.origin, lang),
        "origin_code": reckoning.origin,
        "home": label(home, lang) if home else "",
        "home_rule": reckoning.home_rule or "",
        "status": label(reckoning.status, lang),
        "status_code": reckoning.status.value,
        "destination": name_of(reckoning.destination, lang),
        "destination_code": reckoning.destination,
        "rule": reckoning.rule,
        "color": label(reckoning.color, lang),
    }
    steps = ("home", "national", "there") if home and reckoning.home_rule else ("silent", "there")
    return [texts[step].format_map(words) for step in steps]


def name_of(region: str, lang: Lang) -> str:
    """What people call a region."""
    try:
        found = nearest(region)
    except UnknownArea:
        return NATION[lang]
    return found.zh if lang == "zh" else found.en
