"""Codes as they are answered: plain data, straight to JSON."""

import hashlib
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chassis.http.wording import language_of
from healthcode.areas import nearest
from healthcode.events import CodeChanged, RuleHit
from healthcode.pseudonym import inner_minute, outer_minute
from healthcode.values import Act, Color, Lang, label
from services.issuer.api.texts import Texts
from services.issuer.domain import authorities_of

_encode: Final = msgspec.json.Encoder().encode
PRIVATE: Final = "private, no-cache"
NO_STORE: Final = "no-store"
VARY: Final = "Accept-Language, Authorization"
MOVED: Final = {
    "zh": "您的健康码现由{region}签发，无需重新申报，请在当地出示和查询。",
    "en": "{region} issues your code now; you need not declare again. Look it up and show it there.",
}


def language(request: Request) -> Lang:
    """The language that the caller prefers."""
    return language_of(request.headers.get("accept-language", ""))


def version_of(code: CodeChanged) -> str:
    """The version of a code: `<incarnation>.<counter>`."""
    return f"{code.incarnation}.{code.version}"


def act_word(act: str, lang: Lang) -> str:
    """What an act is called; one that is a region's own goes by its key."""
    try:
        return label(Act(act), lang)
    except ValueError:
        return act


def answer(data: Any, status: int = 200, **headers: str) -> Response:
    """Data as JSON; header names are written with _."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(_encode(data), status, {"Cache-Control": NO_STORE, **named}, media_type="application/json")


def etag_of(code: CodeChanged, lang: Lang, audience: str = "") -> str:
    """The tag of a code as `audience` sees it; never that of another person's, whose version may be the same."""
    return f'W/"{code.id}-{lang}{audience}"'


def not_modified(request: Request, etag: str) -> Response | None:
    """304 when the caller has this version already (RFC 9110, section 13.1.2: compared weakly, and * is any)."""
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known.isdisjoint((etag.removeprefix("W/"), "*")):
        return None
    return Response(None, 304, {"ETag": etag, "Cache-Control": PRIVATE, "Vary": VARY})


def brief(code: CodeChanged, lang: Lang) -> dict[str, Any]:
    """What everybody may see who may see a code: color and act, since when, until when."""
    return {
        "color": code.color.value,
        "word": label(code.color, lang),
        "act": code.act,
        "act_word": act_word(code.act, lang),
        "since": code.since,
        "until": code.until,
        "version": version_of(code),
        "changed_at": code.changed_at,
    }


def for_clients(code: CodeChanged, lang: Lang) -> dict[str, Any]:
    """What a client of the region may see: as everybody, with the minutes of its times alone."""
    until = None if code.until is None else outer_minute(code.until)
    return {
        **brief(code, lang),
        "since": inner_minute(code.since),
        "until": until,
        "changed_at": inner_minute(code.changed_at),
    }


def clients_etag_of(code: CodeChanged, lang: Lang, client: str) -> str:
    """As etag_of; no two clients get the same, by which they could join what they know."""
    digest = hashlib.sha256(f"{code.id}\0{client}".encode()).hexdigest()[:24]
    return f'W/"{digest}-{lang}"'


def full(code: CodeChanged, texts: Texts, lang: Lang) -> dict[str, Any]:
    """What the person may see: also why, by whose word, and the way out."""
    return {
        **brief(code, lang),
        "cause": code.cause,
        "policy": {"id": code.policy, "version": code.policy_version},
        "finding": code.finding,
        "reasons": [_reason(hit, texts, lang) for hit in code.hits],
        "next_steps": _next_steps(code, texts, lang),
        "moved_to": code.moved_to,
    }


def official(code: CodeChanged, texts: Texts, lang: Lang) -> dict[str, Any]:
    """What an officer may see: also whose, and what the audit made of it."""
    return {
        "subject": code.subject,
        **full(code, texts, lang),
        "previous": code.previous.value,
        "causes": code.causes,
        "evidence": code.evidence.value,
        "first_hand": code.first_hand,
        "residence": code.residence,
    }


def _reason(hit: RuleHit, texts: Texts, lang: Lang) -> dict[str, Any]:
    reason = texts.reason(hit.reason, lang)
    return {
        "rule": hit.rule,
        "color": hit.color.value,
        "reason": hit.reason,
        "text": reason.text,
        "source": reason.source,
        "authorities": authorities_of(hit),
        "facts": hit.facts,
        "since": hit.since,
        "until": hit.until,
        "way_out": [
            {
                "kind": release.kind,
                "text": texts.release(hit.reason, release, lang),
                "needed": release.needed,
                "done": release.done,
                "at": release.at,
            }
            for release in hit.release
        ],
    }


def _next_steps(code: CodeChanged, texts: Texts, lang: Lang) -> list[str]:
    """What there is to do: the act, then each release that is not fulfilled, once."""
    if code.moved_to is not None:
        name = getattr(nearest(code.moved_to), lang)
        return [MOVED[lang].format(region=name)]
    steps = {act_word(code.act, lang): None}
    if code.color is not Color.GREEN:
        for hit in code.hits:
            for release in hit.release:
                if release.done < release.needed:
                    steps[texts.release(hit.reason, release, lang)] = None
    return list(steps)
