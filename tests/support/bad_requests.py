"""Requests that nothing may come of, over every route that writes, and how each is answered."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import httpx

from tests.support.callers import caller
from tests.support.clients import APPLICATION, terms
from tests.support.good_requests import (
    AREA_ENTRY,
    CALLER,
    JSON,
    LISTED,
    MY_CLIENT,
    NO_CLIENT,
    NOBODY,
    PACKS,
    ROUTES,
    SEARCH,
    WHY,
    WRONG_DIGIT,
    Bad,
    area_entry,
    day,
    dependant,
    entry,
    stay,
    tested,
    trip,
)
from tests.support.people import declaration, id_number
from tests.support.region import RegionProcesses


def sent(region: RegionProcesses, bad: Bad) -> httpx.Response:
    """The answer to a request."""
    body = bad.body if isinstance(bad.body, bytes) else json.dumps(bad.body).encode()
    headers = {"content-type": bad.media} | ({"idempotency-key": bad.key} if bad.key else {})
    if bad.role is None:
        return httpx.request(bad.method, region.url + bad.path, content=body, headers=headers)
    identity = {"id_type": "resident_id", "id_number": id_number(CALLER)}
    client = caller(region, bad.role, sub=f"{bad.role}-{bad.authority}", authority=bad.authority, **identity)
    return client.request(bad.method, bad.path, content=body, headers=headers)


def _on_every_route() -> Iterator[Bad]:
    for good in ROUTES:
        cut, padded = json.dumps(good.body).encode()[:-1], json.dumps(good.body).encode() + b" " * (1 << 20)
        named = f"{good.what},"
        yield replace(good, what=f"{named} cut", body=cut, status=400, problem="malformed-json")
        yield replace(good, what=f"{named} NaN", body=b'{"x": NaN}', status=400, problem="malformed-json")
        yield replace(good, what=f"{named} oversized", body=padded, status=413, problem="content-too-large")
        yield replace(good, what=f"{named} a list", body=[])
        yield replace(good, what=f"{named} extra", body={**good.body, "admin": True}, fault="extra_forbidden")
        media = {"media": "text/plain", "status": 415, "problem": "unsupported-media-type"}
        yield replace(good, what=f"{named} text", **media)  # type: ignore[arg-type]  # its own fields
        yield replace(good, what=f"{named} nobody", role=None, status=401, problem="unauthenticated")
        yield replace(good, what=f"{named} other role", role="nobody", status=403, problem="forbidden")


def _statements() -> Iterator[Bad]:
    path = "/v1/declarations"
    for what, health, fault in (
        ("too hot", {"temperature": 45.0}, "less_than_equal"),
        ("too cold", {"temperature": 3.6}, "greater_than_equal"),
        ("a temperature in words", {"temperature": "38"}, "float_type"),
        ("an unknown symptom", {"symptoms": ["zxcv"]}, "enum"),
        ("none and some", {"symptoms": ["none", "cough"]}, "symptoms_contradict"),
        ("no promise", {"promise": False}, "promise_required"),
        ("30 February", stay(until="2026-02-30"), "date_from_datetime_parsing"),
        ("a day as a number", stay(until=1), "date_parsing"),
        ("a stay to come", stay(until=day(2)), "in_future"),
        ("a stay backwards", stay(until=day(-6)), "until_before_since"),
        ("a stay of old", stay(since=day(-40), until=day(-30)), "stay_too_old"),
        ("a stay nowhere", stay(area="429999"), "unknown_area"),
        ("a stay in two places", stay(country="JP"), "area_or_country"),
    ):
        yield Bad(what, "citizen", path, declaration(CALLER, **health), fault=fault)
    for what, changes, fault in (
        ("a wrong digit", {"id_number": WRONG_DIGIT}, "id_number_check_digit"),
        ("15 digits", {"id_number": "110105491231002"}, "id_number_old_form"),
        ("no birthday", {"id_number": "110105194913310020"}, "id_number_birth_date"),
        ("no province", {"id_number": "990105194912310020"}, "id_number_area"),
        ("an unknown residence", {"residence": "339999"}, "unknown_area"),
        ("an unknown document", {"id_type": "library_card"}, "enum"),
        ("no phone", {"phone": "call me"}, "string_pattern_mismatch"),
    ):
        said = declaration(CALLER)
        yield Bad(what, "citizen", path, {**said, "basic": {**said["basic"], **changes}}, fault=fault)
    yield Bad("too cold", "citizen", "/v1/check-ins", {"temperature": 20.0, "symptoms": []}, fault="greater_than_equal")
    for what, changes, fault in (
        ("a district", {"destination": "330106", "area": "330106"}, "not_a_region"),
        ("elsewhere", {"area": "330106"}, "area_outside"),
        ("nowhere", {"destination": "990000"}, "unknown_area"),
        ("backwards", {"until": day(0)}, "until_before_since"),
        ("over", {"since": day(-9), "until": day(-8)}, "trip_over"),
        ("far ahead", {"since": day(90), "until": day(91)}, "too_far_ahead"),
    ):
        yield Bad(what, "citizen", "/v1/trips", trip(**changes), fault=fault)
    own = {"basic": declaration(CALLER)["basic"]}
    for what, changes, fault in (
        ("past", {"until": day(-1)}, "in_past"),
        ("for ever", {"until": day(3000)}, "consent_too_long"),
        ("oneself", own, "own_document"),
    ):
        yield Bad(what, "citizen", "/v1/dependants", dependant(**changes), fault=fault)
    answer = Bad("unknown", "citizen", f"/v1/declarations/{NOBODY}/confirmation", {"agreed": True}, 404, "not-found")
    yield answer
    yield replace(answer, what="no id", path="/v1/declarations/x/confirmation", status=422, problem="invalid-request")


def _entries() -> Iterator[Bad]:
    path = "/v1/lists/entries"
    without = {name: value for name, value in entry(CALLER).items() if name != "evidence"}
    yield Bad("no evidence", "officer", path, without, fault="missing")
    yield Bad("no source", "officer", path, entry(CALLER), 403, "no-authority", authority=None)
    for what, changes, fault in (
        ("blank evidence", {"evidence": "  "}, "string_too_short"),
        ("another's", {"source": "somebody"}, "other_authority"),
        ("an unknown category", {"category": "disliked"}, "enum"),
        ("backwards", {"valid_until": "2025-01-01T00:00:00+08:00"}, "backwards"),
        ("long ago", {"valid_from": "1990-01-01T00:00:00+08:00"}, "impossible_date"),
        ("no time zone", {"valid_from": "2026-01-01T00:00:00"}, "timezone_aware"),
        ("a wrong digit", {"person": {"id_type": "resident_id", "id_number": WRONG_DIGIT}}, "id_check_digit"),
    ):
        yield Bad(what, "officer", path, entry(CALLER, **changes), fault=fault)
    yield Bad("overlapping", "officer", path, entry(LISTED), 409, "entry-conflict", "overlap")
    yield Bad("overlapping", "officer", "/v1/areas", AREA_ENTRY, 409, "entry-conflict", "overlap")
    yield Bad("unknown", "officer", "/v1/areas", area_entry("339999"), fault="unknown_area")
    yield Bad("no code", "officer", "/v1/areas", area_entry("33"), fault="string_pattern_mismatch")
    yield Bad("unknown level", "officer", "/v1/areas", area_entry("330106", level="extreme"), fault="enum")
    yield Bad("to come", "laboratory", "/v1/tests", tested(sampled_at="2029-01-01T00:00:00+08:00"), fault="future")
    yield Bad("unknown kind", "laboratory", "/v1/tests", tested(kind="horoscope"), fault="enum")
    for what, where, asked, status, problem, fault in (
        ("a pack", "/v1/policies/activations", {"files": PACKS, "why": WHY}, 422, "bad-policy", "pack"),
        (
            "no version",
            "/v1/policies/rollbacks",
            {"version": "a", "why": WHY},
            422,
            "invalid-request",
            "unknown_version",
        ),
        ("no version", "/v1/simulations", {"version": "a"}, 422, "invalid-request", "unknown_version"),
        ("two things", "/v1/simulations", {"version": "a", "withdrawn": ["b"]}, 422, "invalid-request", "one_of"),
        ("nothing", "/v1/policies/diff", {"one": {}, "other": {"version": "b"}}, 422, "invalid-request", "one_of"),
    ):
        yield Bad(what, "officer", where, asked, status, problem, fault)
    for name in (path, "/v1/tests", "/v1/areas"):
        role = "laboratory" if name == "/v1/tests" else "officer"
        body = {"why": WHY} if name == "/v1/areas" else b""
        yield Bad("nothing", role, f"{name}/nothing/withdrawal", body, 404, "not-found")
        yield Bad("no text", role, f"{name}/bulk", b"\xff\xff", 422, "bad-bulk", media="application/x-ndjson")
        yield Bad("a picture", role, f"{name}/bulk", b"x", 415, "unsupported-media-type", media="image/png")


def _clients() -> Iterator[Bad]:
    changes: dict[str, Any]
    for what, changes, fault in (
        ("no scopes", {"scopes": []}, "too_short"),
        ("an unknown scope", {"scopes": ["codes.change"]}, "enum"),
        ("a short purpose", {"purpose": "门禁"}, "string_too_short"),
        ("control characters", {"name": "门禁\u0000一号"}, "control_character"),
        ("no contact", {"contact": None}, "string_type"),
    ):
        yield Bad(what, "integrator", "/v1/clients", {**APPLICATION, **changes}, fault=fault)
    yield Bad("no account", "integrator", "/v1/clients", APPLICATION, 403, "no-client-account")
    path = f"{NO_CLIENT}/proposals"
    for what, changes, fault in (
        ("nothing a day", {"per_day": 0}, "greater_than_equal"),
        ("a day in words", {"per_day": "many"}, "int_type"),
        ("no end", {"expires_at": None}, "datetime_type"),
        ("no time zone", {"expires_at": "2030-01-01T00:00:00"}, "timezone_aware"),
        ("in the past", {"expires_at": "2020-01-01T00:00:00Z"}, "end_of_grant"),
        ("for ever", {"expires_at": "2999-01-01T00:00:00Z"}, "end_of_grant"),
        ("no reason", {"why": "好"}, "string_too_short"),
    ):
        yield Bad(what, "officer", path, terms(**changes), fault=fault)
    yield Bad("no authority", "officer", path, terms(), 403, "client-officer-unverified", authority=None)
    yield Bad("unknown", "officer", path, terms(), 404, "not-found")
    yield Bad("unknown", "officer", f"{path}/{NOBODY}/approval", {}, 404, "not-found")
    yield Bad("unknown", "officer", f"{NO_CLIENT}/suspension", {"why": WHY}, 404, "not-found")
    yield Bad("no client", "officer", "/v1/clients/X/suspension", {"why": WHY})
    for what, changes, fault in (
        ("in the past", {"until": "2020-01-01T00:00:00Z"}, "end_of_consent"),
        ("for ever", {"until": "2999-01-01T00:00:00Z"}, "end_of_consent"),
        ("an odd reference", {"reference": "张三"}, "string_pattern_mismatch"),
    ):
        soon = {"until": f"{day(9)}T00:00:00+08:00"}
        yield Bad(what, "citizen", MY_CLIENT, {**soon, **changes}, fault=fault, method="PUT")
    soon = {"until": f"{day(9)}T00:00:00+08:00"}
    yield Bad("unknown", "citizen", MY_CLIENT, soon, 404, "not-found", method="PUT")
    yield Bad("unknown", "citizen", MY_CLIENT, b"", 404, "not-found", method="DELETE")
    for what, changes, fault in (
        ("nowhere", {"area": "999999"}, "unknown_place_area"),
        ("no code", {"area": "33"}, "string_pattern_mismatch"),
        ("a long name", {"name": "门" * 61}, "string_too_long"),
    ):
        yield Bad(what, "officer", "/v1/places", {"name": "3 号门", "area": "330106", **changes}, fault=fault)
    yield Bad("no place", "citizen", "/v1/me/passes", {"place": "HP1:X"}, 404, "no-such-place")
    yield Bad("not let in", "integrator", "/v1/places", {"name": "3 号门", "area": "330106"}, 403, "client-not-granted")
    for what, changes, fault in (
        ("no purpose", {"purpose": "看"}, "string_too_short"),
        ("a whole year", {"until": "2020-12-11T00:00:00Z"}, "span_of_search"),
        ("two things", {"place": "a" * 13}, "one_of_two"),
    ):
        yield Bad(what, "officer", "/v1/passes/searches", {**SEARCH, **changes}, fault=fault)
    yield Bad("no authority", "officer", "/v1/passes/searches", SEARCH, 403, "searcher-unverified", authority=None)
    for path in ("/v1/verifications", "/v1/verifications/status", "/v1/verifications/number"):
        yield Bad("no place", "checkpoint", path, {"credential": "HC1:X", "place": "HP1:X"}, 404, "no-such-place")
        yield Bad("not let in", "integrator", path, {"credential": "HC1:X"}, 403, "client-not-granted")
        yield Bad("nothing", "checkpoint", path, {"credential": ""}, fault="string_too_short")
        yield Bad("far too much", "checkpoint", path, {"credential": "H" * 4097}, fault="string_too_long")


def _others() -> Iterator[Bad]:
    batch = Bad(
        "no key", "employer", "/v1/batches", b"{}", 400, "idempotency-key-required", media="application/x-ndjson"
    )
    keyed = replace(batch, key="a-batch")
    yield batch
    unreadable = {"status": 422, "problem": "batch-unreadable"}
    yield replace(keyed, what="other columns", media="text/csv", body=b"a,b\n1,2\n", **unreadable)  # type: ignore[arg-type]
    yield replace(keyed, what="empty", body=b"\n", **unreadable)  # type: ignore[arg-type]  # as above
    yield replace(keyed, what="too long", body=b"{}\n" * 20_001, status=413, problem="batch-too-long")
    yield replace(keyed, what="oversized", body=b" " * (10 << 20 | 1), status=413, problem="content-too-large")
    yield replace(keyed, what="one object", media=JSON, status=415, problem="unsupported-media-type")
    yield replace(keyed, what="a key in two lines", key="a b", status=400)
    yield Bad("nothing to show", "citizen", "/v1/me/credentials", {}, 404, "not-declared")
    number = {"id_type": "resident_id", "id_number": WRONG_DIGIT}
    yield Bad("a wrong digit", "checkpoint", "/v1/lookups", number, fault="id_number_check_digit")
    subject = "a" * 26
    yield Bad("nobody", "officer", f"/v1/codes/{subject}/cancellation", b"", 404, "not-declared")
    yield Bad("no subject", "officer", "/v1/codes/x/cancellation", b"")


BAD: Final = (*_on_every_route(), *_statements(), *_entries(), *_clients(), *_others())

REPEATED: Final = tuple(
    replace(good, key=f"key-of-{good.what}") for good in ROUTES if good.what in {"trip", "dependant", "test", "area"}
)
"""Good requests to routes that take a key."""


def with_another_body(good: Bad) -> Bad:
    """The same request with something else in it."""
    body = copy.deepcopy(good.body)
    field, value = {"trip": ("until", day(4)), "dependant": ("relation", "parent")}.get(good.what, ("evidence", "另一"))
    return replace(good, body={**body, field: value})
