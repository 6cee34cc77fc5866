"""What the HTTP edge refuses, in which words, and what it says of itself."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.http.wording import field_detail
from services.declaration.api import examples
from services.declaration.api.lines import TooLongError, csv_lines, ndjson_lines
from services.declaration.domain.batch import MOST_LINES
from tests.unit.declaration.office import MING, Office, basic, declaration, document

STAY = {"area": "420100", "since": "2020-02-01", "until": "2020-02-02"}
TRIP = {"destination": "420000", "area": "420100", "since": "2020-02-12"}
SECRET = "7654321SECRET"  # stands where a value is wrong


def changed(place: str, value: Any) -> dict[str, Any]:
    """A declaration with another value at a place."""
    body = declaration(stays=[dict(STAY)])
    target: Any = body
    *way, last = place.split("/")
    for part in way:
        target = target[int(part) if part.isdigit() else part]
    target[last] = value
    return body


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("basic/id_number", SECRET, "id_number_pattern"),
        ("basic/id_number", "330106900307001", "id_number_old_form"),
        ("basic/id_number", MING[:-1] + "X", "id_number_check_digit"),
        ("basic/id_number", "330106199002300018", "id_number_birth_date"),
        ("basic/id_number", "", "string_too_short"),
        ("basic/id_type", SECRET, "enum"),
        ("basic/name", "  ", "string_too_short"),
        ("basic/name", SECRET * 30, "string_too_long"),
        ("basic/name", SECRET + "\x00", "control_character"),
        ("basic/address", SECRET + "\x1b[2J", "control_character"),
        ("basic/phone", SECRET, "string_pattern_mismatch"),
        ("basic/residence", "999999", "unknown_area"),
        ("basic/residence", SECRET, "string_too_long"),
        ("basic/nationality", "china", "string_pattern_mismatch"),
        ("health/temperature", 33.9, "greater_than_equal"),
        ("health/temperature", 43.1, "less_than_equal"),
        ("health/temperature", SECRET, "float_type"),
        ("health/temperature", True, "float_type"),
        ("health/symptoms", [SECRET], "enum"),
        ("health/symptoms", ["none", "cough"], "symptoms_contradict"),
        ("health/contact", "yes", "bool_type"),
        ("health/promise", False, "promise_required"),
        ("health/stays", [STAY] * 31, "too_long"),
        ("health/stays/0/since", "2020-02-30", "date_from_datetime_parsing"),
        ("health/stays/0/since", "2020-02-01T00:00:00", "date_parsing"),
        ("health/stays/0/since", 1580515200, "date_parsing"),
        ("health/stays/0/until", "2020-02-12", "in_future"),
        ("health/stays/0/until", "2020-01-31", "until_before_since"),
        ("health/stays/0/area", "420199000", "unknown_area"),
        ("health/stays/0/area", None, "area_or_country"),
        ("health/stays/0/country", "JP", "area_or_country"),
        ("health/stays/0/country", "CN", "home_country"),
        ("health/extra", SECRET, "extra_forbidden"),
        ("attestation", "self", "extra_forbidden"),
        ("for", SECRET, "string_pattern_mismatch"),
        ("for", "0" * 32, "no_such_dependant"),
    ],
)
async def test_a_wrong_declaration_is_refused_at_its_place_and_its_value_never_told(
    office: Office, place: str, value: Any, code: str
) -> None:
    answer = await office.http.post("/v1/declarations", json=changed(place, value), headers=office.citizen())
    assert answer.status_code == 422, answer.text
    errors = {(error["code"], error["pointer"]) for error in answer.json()["errors"]}
    assert {error for error, pointer in errors if f"#/{place}".startswith(pointer.removesuffix("/0"))} >= {code}, errors
    assert SECRET not in answer.text
    assert not await office.published()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_words(lang: Any) -> None:
    """Codes of faults in the domain and the handlers, and of the models' own errors."""
    source = "".join(path.read_text("utf-8") for path in Path("services/declaration").rglob("*.py"))
    codes = set(re.findall(r'Fault\("(\w+)"', source)) | set(re.findall(r'CustomError\("(\w+)"', source))
    assert len(codes) > 20
    unworded = {code for code in codes if field_detail(code, {}, lang) == field_detail("invalid", {}, lang)}
    assert not unworded


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/declarations", declaration()),
        ("/v1/check-ins", {"symptoms": []}),
        ("/v1/trips", TRIP),
        ("/v1/dependants", {"basic": basic(), "relation": "child", "until": "2021-01-01"}),
        (f"/v1/declarations/{'0' * 32}/confirmation", {"agreed": True}),
    ],
)
async def test_nobody_writes_without_a_token_of_the_role(office: Office, path: str, body: dict[str, Any]) -> None:
    assert (await office.http.post(path, json=body)).status_code == 401
    assert (await office.http.post(path, json=body, headers=office.employer())).status_code == 403


@pytest.mark.parametrize("path", ["/v1/dependants", f"/v1/declarations/{'0' * 32}", f"/v1/batches/{'0' * 32}"])
async def test_nobody_reads_without_a_token(office: Office, path: str) -> None:
    assert (await office.http.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"since": "2020-04-12"}, "too_far_ahead"),
        ({"until": "2021-02-13"}, "trip_too_long"),
        ({"since": "2020-02-01", "until": "2020-02-10"}, "trip_over"),
        ({"area": "330106"}, "area_outside"),
        ({"person": document() | {"id_number": SECRET}}, "id_number_pattern"),
    ],
)
async def test_a_wrong_trip_is_refused(office: Office, changes: dict[str, Any], code: str) -> None:
    answer = await office.http.post("/v1/trips", json=TRIP | changes, headers=office.citizen())
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert SECRET not in answer.text


async def test_the_examples_of_the_openapi_document_work(office: Office) -> None:
    document = (await office.http.get("/openapi.json")).json()
    operations = [(path, verb, op) for path, verbs in document["paths"].items() for verb, op in verbs.items()]
    assert len(operations) == 16
    for path, verb, operation in operations:
        assert operation["summary"]
        assert operation["description"]
        if verb == "post" and path != "/v1/batches" and "{" not in path:
            media = operation["requestBody"]["content"]["application/json"]
            example = media["examples"]["example"]["value"]
            answer = await office.http.post(path, json=example, headers=office.citizen("330106199003070014"))
            assert answer.is_success, answer.text
    batch = document["paths"]["/v1/batches"]["post"]["requestBody"]["content"]
    for media_type, content in batch.items():
        headers = office.employer() | {"Content-Type": media_type, "Idempotency-Key": media_type}
        answer = await office.http.post("/v1/batches", content=content["example"].encode(), headers=headers)
        assert (answer.status_code, answer.json()["refused"]) == (202, 0), answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(["kind", "basic"]), inner),
    max_leaves=8,
)


@given(st.lists(JSON | st.just(examples.DECLARATION), max_size=5))
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
def test_any_line_is_either_said_or_faulty(values: list[Any]) -> None:
    lines = ndjson_lines("\n".join(json.dumps(value) for value in values).encode())
    for line in lines.read(0, len(lines)):
        assert (line.said is None) == bool(line.faults)


@given(st.lists(st.lists(st.text(alphabet="a1;/\"',- 是", max_size=6), min_size=1, max_size=6), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_row_is_either_said_or_faulty(rows: list[list[str]]) -> None:
    quoted = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    lines = csv_lines(f"kind,id_type,id_number,stays,contact\n{quoted}".encode())
    for line in lines.read(0, len(lines)):
        assert (line.said is None) == bool(line.faults)


async def test_a_line_that_is_no_utf8_is_refused_and_the_others_are_not(office: Office) -> None:
    line = {"kind": "check_in", "person": document()}
    answer = await office.http.post(
        "/v1/batches",
        content=b'{"kind":"\xff"}\n' + json.dumps(line).encode(),
        headers=office.employer() | {"Idempotency-Key": "u1", "Content-Type": "application/x-ndjson"},
    )
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text
    assert answer.json()["errors"][0]["errors"][0]["code"] == "not_an_object"


@pytest.mark.parametrize(
    "body",
    [
        b"kind\n" + b"x\n" * (MOST_LINES + 1),
        b"kind\n" + b"x\n" * 5_000_000,
        b"kind\r" + b",\r" * 5_000_000,
        b"kind\n" + b"\n" * 5_000_000,
    ],
    ids=["one-too-many", "millions", "empty-cells", "empty-lines"],
)
def test_a_file_with_too_many_rows_is_given_up_where_it_is_seen(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(TooLongError):
        csv_lines(body)
    assert time.process_time() - began < 1.0


def test_ndjson_with_too_many_lines_is_given_up() -> None:
    with pytest.raises(TooLongError):
        ndjson_lines(b"{}\n" * (MOST_LINES + 1))
    with pytest.raises(TooLongError):
        ndjson_lines(b"\n" * 5_000_000)
    assert len(ndjson_lines(b"{}\n\n" * MOST_LINES)) == MOST_LINES
