"""Everything that a sender may do with personal values, right and wrong, over every way into a region."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from healthcode.envelope import encode
from healthcode.events import Event, ListingSubmitted, TestSubmitted
from healthcode.values import Category, TestKind, TestResult
from tests.support.callers import caller
from tests.support.canaries import ADDRESS, FREE, NAME, PEOPLE, PHONE, SYMPTOM, TEMPERATURE
from tests.support.people import declaration, id_number
from tests.support.region import RegionProcesses
from tests.support.topics import Written

NOW: Final = datetime(2026, 2, 1, tzinfo=UTC)
SINCE: Final = "2026-01-01T00:00:00+08:00"
SELF, BY_COUNTER, CHILD, WORKER, WORKER_TOO, LISTED, LINED, CELLED, TESTED, SEALED, SAMPLED, ASKED = PEOPLE[:12]
HEALTH: Final[dict[str, Any]] = {"temperature": TEMPERATURE, "symptoms": [SYMPTOM, "cough"]}
NDJSON: Final = {"content-type": "application/x-ndjson"}
JSON: Final = {"content-type": "application/json"}
CSV: Final = {"content-type": "text/csv"}


def document(index: int) -> dict[str, str]:
    """A person by their document."""
    return {"id_type": "resident_id", "id_number": id_number(index)}


def basic(index: int) -> dict[str, Any]:
    """The basic information."""
    return {**document(index), "name": NAME, "phone": PHONE, "address": ADDRESS, "residence": "330106"}


def declared(index: int, **more: Any) -> dict[str, Any]:
    """The body of a declaration."""
    return {"basic": basic(index), "health": {**declaration(index)["health"], **HEALTH}, **more}


@dataclass
class Sender:
    """Sends, and keeps what was answered."""

    region: RegionProcesses
    answers: list[httpx.Response] = field(default_factory=list)

    def send(self, role: str, method: str, path: str, index: int = SELF, **request: Any) -> httpx.Response:
        """One request in a role, by the person of that index."""
        client = caller(self.region, role, sub=f"{role}-{index}", name=NAME, **document(index))
        answer = client.request(method, path, **request)
        self.answers.append(answer)
        return answer

    def good(self, role: str, method: str, path: str, index: int = SELF, **request: Any) -> Any:
        """One that is accepted."""
        answer = self.send(role, method, path, index, **request)
        assert answer.is_success, answer.text
        return answer.json()

    def bad(self, role: str, method: str, path: str, **request: Any) -> None:
        """One that is refused."""
        answer = self.send(role, method, path, **request)
        assert answer.is_client_error, answer.text


def speak(sender: Sender) -> None:
    """People, counters and employers state something, well and badly."""
    good, bad = sender.good, sender.bad
    good("citizen", "POST", "/v1/declarations", json=declared(SELF), headers={"idempotency-key": "first"})
    good("counter", "POST", "/v1/declarations", json=declared(BY_COUNTER))
    until = str((datetime.now(UTC) + timedelta(days=300)).date())
    child = {"basic": basic(CHILD), "relation": "child", "until": until}
    ward = good("citizen", "POST", "/v1/dependants", json=child)
    good("citizen", "POST", "/v1/declarations", json=declared(CHILD, **{"for": ward["id"]}))
    good("citizen", "POST", "/v1/check-ins", json=HEALTH)
    good("counter", "POST", "/v1/check-ins", json={**HEALTH, "person": document(BY_COUNTER)})
    trip = {"destination": "420000", "area": "420100", "since": str(datetime.now(UTC).date())}
    good("citizen", "POST", "/v1/trips", json=trip)
    for body in _bad_declarations():
        bad("citizen", "POST", "/v1/declarations", json=body)
    bad("citizen", "POST", "/v1/declarations", json=declared(BY_COUNTER), headers={"idempotency-key": "first"})
    bad("citizen", "POST", "/v1/declarations", content=json.dumps(declared(SELF)).encode()[:-1], headers=JSON)
    bad("citizen", "POST", "/v1/check-ins", json={**HEALTH, "temperature": FREE})
    bad("citizen", "POST", f"/v1/declarations/{FREE}/confirmation", json={"agreed": True})
    bad("citizen", "GET", f"/v1/declarations/{id_number(SELF)}", params={"name": NAME})
    batches = {"idempotency-key": "batch"}
    lines = [
        {"kind": "declaration", **declared(WORKER)},
        *_bad_declarations(),
        {"kind": FREE},
        {"kind": "trip", FREE: 1},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + f"\n{FREE}\n"
    good("employer", "POST", "/v1/batches", content=text.encode(), headers=NDJSON | batches)
    rows = "name,id_type,id_number,phone,address,residence,temperature,symptoms,contact,promise\n"
    for number, area, degrees in ((id_number(WORKER_TOO), "330106", TEMPERATURE), (FREE, FREE, FREE)):
        rows += f"{NAME},resident_id,{number},{PHONE},{ADDRESS},{area},{degrees},{SYMPTOM},false,true\n"
    good("employer", "POST", "/v1/batches", content=rows.encode(), headers=CSV | {"idempotency-key": "rows"})
    bad("employer", "POST", "/v1/batches", content=f"{FREE}\n1\n".encode(), headers=CSV | batches)


def _bad_declarations() -> Iterator[dict[str, Any]]:
    """Personal values in wrong places, and wrong ones in right places."""
    said = declared(SELF)
    yield {**said, FREE: NAME}
    yield {**said, "basic": {**basic(SELF), NAME: PHONE}}
    yield {**said, "basic": {**basic(SELF), "id_number": id_number(SELF)[:-1] + "Y"}}
    yield {**said, "basic": {**basic(SELF), "id_type": FREE, "phone": NAME, "residence": id_number(SELF)}}
    yield {**said, "basic": [NAME, PHONE]}
    for wrong in ({"symptoms": [FREE, SYMPTOM]}, {"temperature": f"{TEMPERATURE}"}, {"stays": [{"area": PHONE}]}):
        yield {**said, "health": {**said["health"], **wrong}}


def enter(sender: Sender) -> None:
    """Authorities and gates name persons, well and badly."""
    good, bad = sender.good, sender.bad
    listing = {"category": "secondary_contact", "evidence": "公文", "valid_from": SINCE}
    test = {"kind": "pcr", "result": "negative", "evidence": "检测单", "sampled_at": SINCE}
    good("officer", "POST", "/v1/lists/entries", json={**listing, "person": document(LISTED)})
    line = json.dumps({**listing, "person": document(LINED)})
    bad_line = json.dumps({**listing, "person": {**document(LINED), NAME: 1}, "category": FREE}, ensure_ascii=False)
    text = f"{line}\n{bad_line}\n{FREE}\n"
    good("officer", "POST", "/v1/lists/entries/bulk", content=text.encode(), headers=NDJSON)
    rows = "id_type,id_number,category,evidence,valid_from\n"
    rows += f"resident_id,{id_number(CELLED)},secondary_contact,x,{SINCE}\nresident_id,{FREE},{NAME},x,{PHONE}\n"
    good("officer", "POST", "/v1/lists/entries/bulk", content=rows.encode(), headers=CSV)
    good("laboratory", "POST", "/v1/tests", json={**test, "person": document(TESTED)})
    for body in ({"person": NAME}, {"person": {**document(LISTED), "id_type": FREE}}, {"category": id_number(LISTED)}):
        bad("officer", "POST", "/v1/lists/entries", json={**listing, "person": document(LISTED), **body})
    bad("laboratory", "POST", "/v1/tests", json={**test, "person": document(TESTED), "result": PHONE})
    bad("officer", "POST", "/v1/areas", json={"area": id_number(LISTED), "level": NAME, "valid_from": FREE})
    good("checkpoint", "POST", "/v1/verifications", json={"credential": f"HC1:{FREE}"})
    bad("checkpoint", "POST", "/v1/lookups", json=document(ASKED))
    bad("checkpoint", "POST", "/v1/lookups", json={"id_type": "resident_id", "id_number": FREE})
    bad("officer", "GET", f"/v1/codes/{id_number(SELF)}")
    bad("officer", "GET", f"/v1/subjects/{id_number(SELF)}/finding")
    bad("officer", "GET", "/v1/guests", params={"cursor": NAME})
    bad("citizen", "POST", "/v1/me/credentials", json={"cnf": {"jwk": {"kty": FREE, "x": PHONE}}})


def sealed_entries(region: str, seal: Callable[[str], str]) -> Iterator[Written]:
    """What authorities submit by Kafka; good ones first, then two whose seal holds something wrong."""
    for person in (json.dumps(document(SEALED)), json.dumps({**document(SEALED), NAME: PHONE}), f'["{NAME}"]'):
        yield _written(
            ListingSubmitted(
                id="m", entry=f"in-{len(person)}", person=seal(person), category=Category.SECONDARY_CONTACT,
                source="cdc", evidence="e", valid_from=NOW,
            ),
            f"hc.{region}.lists-in.v1",
        )  # fmt: skip
    yield _written(
        TestSubmitted(
            id="m", test="in", person=seal(json.dumps(document(SAMPLED))), kind=TestKind.PCR,
            result=TestResult.NEGATIVE, sampled_at=NOW, source="lab", evidence="e",
        ),
        f"hc.{region}.tests-in.v1",
    )  # fmt: skip


SEALED_WRONGLY: Final = 2


def loose_records(event: Event, topic: str) -> Iterator[Written]:
    """Records with a text of the sender's in every place where a message might quote it."""
    good = _written(event, topic)
    headers = dict(good.headers)
    value = json.loads(good.value or b"")
    yield Written(topic, FREE.encode(), FREE.encode(), ((FREE, FREE.encode()),))
    yield Written(topic, good.key, good.value, tuple({**headers, "ce_type": FREE.encode()}.items()))
    yield Written(topic, FREE.encode(), good.value, good.headers)
    yield Written(topic, good.key, (good.value or b"")[:-1] + f',"{FREE}'.encode(), good.headers)
    for name in value:
        changed = json.dumps({**value, name: {FREE: FREE}}, ensure_ascii=False).encode()
        yield Written(topic, good.key, changed, good.headers)


def _written(event: Event, topic: str) -> Written:
    wire = encode(event, owner="330000", service="sender", time=NOW)
    return Written(topic, wire.key, wire.value, wire.headers)
