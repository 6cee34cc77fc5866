"""A good request to every route that writes, from which bad ones are made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.support.clients import APPLICATION, terms
from tests.support.people import declaration, id_number

CALLER, LISTED, DEPENDANT = 40, 41, 42
TODAY: Final = datetime.now(ZoneInfo("Asia/Shanghai")).date()
NOBODY: Final = "0" * 32
JSON: Final = "application/json"
WHY: Final = "指挥部会议决定，见会议纪要"
WRONG_DIGIT: Final = "110105194912310021"
SEARCH: Final = {
    "subject": "a" * 26,
    "since": "2020-02-11T00:00:00Z",
    "until": "2020-02-12T00:00:00Z",
    "purpose": "流调：2020-02-11 西湖文化广场病例",
}
NO_CLIENT: Final = "/v1/clients/aaaaaaaaaaaaa"
MY_CLIENT: Final = "/v1/me/clients/aaaaaaaaaaaaa"


def day(offset: int) -> str:
    """A day of the region's calendar, counted from today."""
    return str(TODAY + timedelta(days=offset))


def entry(index: int, **changes: Any) -> dict[str, Any]:
    """The body of an entry of a control list."""
    person = {"id_type": "resident_id", "id_number": id_number(index)}
    since = {"valid_from": "2026-01-01T00:00:00+08:00"}
    return {"person": person, "category": "close_contact", "evidence": "疾控〔2020〕17号", **since, **changes}


def area_entry(area: str, **changes: Any) -> dict[str, Any]:
    """The body of an area's level."""
    since = {"valid_from": "2026-01-01T00:00:00+08:00"}
    return {
        "area": area,
        "level": "medium",
        "evidence": "通告",
        "why": WHY,
        **since,
        **changes,
    }


def tested(**changes: Any) -> dict[str, Any]:
    """The body of a test's result."""
    person = {"id_type": "resident_id", "id_number": id_number(CALLER)}
    sampled = {"sampled_at": "2026-01-01T00:00:00+08:00"}
    return {"person": person, "kind": "pcr", "result": "negative", "evidence": "检测单", **sampled, **changes}


def trip(**changes: Any) -> dict[str, Any]:
    """The body of a trip."""
    return {"destination": "420000", "area": "420100", "since": day(1), "until": day(3), **changes}


def dependant(**changes: Any) -> dict[str, Any]:
    """The body of a dependant's registration."""
    return {"basic": declaration(DEPENDANT)["basic"], "relation": "child", "until": day(300), **changes}


def stay(**changes: Any) -> dict[str, Any]:
    """The health information with one stay."""
    return {"stays": [{"area": "420100", "since": day(-5), "until": day(-3), **changes}]}


PERSON: Final = {"id_type": "resident_id", "id_number": id_number(CALLER)}
SCANNED_AT: Final = f"{day(0)}T00:00:00+08:00"
SIGHTING: Final = {"guardian": PERSON, "dependant": PERSON, "evidence": "户口簿", "until": day(5)}
PACKS: Final = {"2029.yaml": "policy: none"}
AREA_ENTRY: Final = area_entry("420106")


@dataclass(frozen=True)
class Bad:
    """A request; with `fault`, one of the errors has that code. A body in bytes goes as it is."""

    what: str
    role: str | None
    path: str
    body: Any
    status: int = 422
    problem: str = "invalid-request"
    fault: str | None = None
    method: str = "POST"
    media: str = JSON
    key: str | None = None
    authority: str | None = "330100-cdc"

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.what}".replace(NOBODY, "nobody")


ROUTES: Final = (
    Bad("declaration", "citizen", "/v1/declarations", declaration(CALLER)),
    Bad("check-in", "citizen", "/v1/check-ins", {"temperature": 36.4, "symptoms": []}),
    Bad("trip", "citizen", "/v1/trips", trip()),
    Bad("confirmation", "citizen", f"/v1/declarations/{NOBODY}/confirmation", {"agreed": True}),
    Bad("dependant", "citizen", "/v1/dependants", dependant()),
    Bad("consent", "citizen", f"/v1/guardians/{NOBODY}/consent", {"until": day(5)}),
    Bad("documents", "counter", f"/v1/guardians/{NOBODY}/documents", SIGHTING),
    Bad("listing", "officer", "/v1/lists/entries", entry(CALLER)),
    Bad("changed listing", "officer", "/v1/lists/entries/nothing", entry(CALLER), method="PUT"),
    Bad("test", "laboratory", "/v1/tests", tested()),
    Bad("changed test", "laboratory", "/v1/tests/nothing", tested(), method="PUT"),
    Bad("area", "officer", "/v1/areas", area_entry("330106")),
    Bad("changed area", "officer", "/v1/areas/nothing", area_entry("330106"), method="PUT"),
    Bad("policy check", "officer", "/v1/policies/check", {"files": PACKS}),
    Bad("policy diff", "officer", "/v1/policies/diff", {"one": {"version": "a"}, "other": {"version": "b"}}),
    Bad("activation", "officer", "/v1/policies/activations", {"files": PACKS, "why": WHY}),
    Bad("rollback", "officer", "/v1/policies/rollbacks", {"version": "a", "why": WHY}),
    Bad("simulation", "officer", "/v1/simulations", {"version": "a"}),
    Bad("credential", "citizen", "/v1/me/credentials", {}),
    Bad("dependant's credential", "citizen", f"/v1/me/dependants/{NOBODY}/credentials", {}),
    Bad("dependant's paper", "citizen", f"/v1/me/dependants/{NOBODY}/paper", PERSON),
    Bad("paper", "counter", "/v1/paper", PERSON | {"name": "王小明"}),
    Bad("verification", "checkpoint", "/v1/verifications", {"credential": "HC1:X"}),
    Bad("for a device", "checkpoint", "/v1/verifications/status", {"credential": "HC1:X"}),
    Bad("for a device", "checkpoint", "/v1/verifications/number", {"credential": "HC1:X"}),
    Bad("late scans", "checkpoint", "/v1/passes/reports", {"scans": [{"credential": "HC1:X", "seen_at": SCANNED_AT}]}),
    Bad("registration", "checkpoint", "/v1/guests/registrations", PERSON | {"origin": "420000", "until": SCANNED_AT}),
    Bad("place", "officer", "/v1/places", {"name": "3 号门", "area": "330106"}),
    Bad("scanned place", "citizen", "/v1/me/passes", {"place": "HP1:X"}),
    Bad("search of passes", "officer", "/v1/passes/searches", SEARCH),
    Bad("new key", "officer", "/v1/keys/rotations", {"usage": "credential", "lead_hours": 192, "why": WHY}),
    Bad("no key", "officer", "/v1/keys/revocations", {"usage": "credential", "key": "0" * 16, "why": WHY}),
    Bad("key approval", "officer", f"/v1/keys/changes/{NOBODY}/approval", {"note": "好"}),
    Bad("key rejection", "officer", f"/v1/keys/changes/{NOBODY}/rejection", {"why": WHY}),
    Bad("application", "integrator", "/v1/clients", APPLICATION),
    Bad("terms", "officer", f"{NO_CLIENT}/proposals", terms()),
    Bad("approval", "officer", f"{NO_CLIENT}/proposals/{NOBODY}/approval", {"note": "好"}),
    Bad("rejection", "officer", f"{NO_CLIENT}/proposals/{NOBODY}/rejection", {"why": WHY}),
    Bad("suspension", "officer", f"{NO_CLIENT}/suspension", {"why": WHY}),
    Bad("revocation", "officer", f"{NO_CLIENT}/revocation", {"why": WHY}),
    Bad("consent to a client", "citizen", MY_CLIENT, {"until": f"{day(9)}T00:00:00+08:00"}, method="PUT"),
    Bad("look-up", "checkpoint", "/v1/lookups", PERSON),
    Bad("opening", "officer", "/v1/portal/openings", PERSON | {"purpose": "核实纠错申请"}),
)
"""A good request to every route that takes a body of JSON."""
