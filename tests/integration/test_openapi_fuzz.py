"""No request that the OpenAPI of any service describes, and none that breaks it in one place, is answered by a 5xx."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.fuzz.house import tokens, whole_house
from tests.fuzz.openapi import Fuzzer, Report
from tests.support.region import RegionProcesses

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

SEED = 20_200_211
EXAMPLES = 4
FEWEST = 150
"""Operations that there are at least, and inputs for each of them."""


@pytest.fixture(scope="module")
def house(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RegionProcesses]]:
    with whole_house(stack, admin_url, tmp_path_factory.mktemp("fuzz")) as house:
        yield house


def test_every_number_that_is_sent_has_an_end(house: list[RegionProcesses]) -> None:
    """One beyond what the database or the broker can hold would be a fault of ours."""
    document = httpx.get(f"{house[0].url}/openapi.json", timeout=60).json()
    sent = [
        (f"{method} {path}", part)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for part in (operation.get("parameters", []), operation.get("requestBody", {}))
    ]
    assert [where for where, part in sent if any(_endless(part, document, set()))] == []


def _endless(schema: Any, document: dict[str, Any], seen: set[str]) -> Iterator[bool]:
    """Whether each whole number within a schema, and within those that it names, is without an end."""
    if isinstance(schema, list):
        for each in schema:
            yield from _endless(each, document, seen)
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        yield from _endless(document["components"]["schemas"][name], document, seen | {name})
    if schema.get("type") == "integer":
        yield not {"maximum", "exclusiveMaximum", "enum", "const"} & schema.keys()
    for each in schema.values():
        yield from _endless(each, document, seen)


def test_no_operation_answers_with_a_fault_of_ours(house: list[RegionProcesses]) -> None:
    """Few of each, the same each time; `make fuzz EXAMPLES=… SEED=…` asks more, and repeats what it found."""
    report = Report()
    for region in house:
        Fuzzer(region.url, tokens(region), SEED, report).run(EXAMPLES)
        region.wait_ready()  # workers and relays have taken what was accepted, and live
    print(f"\nseed {SEED}: {report}")  # noqa: T201 - how many inputs, and of which kinds
    assert len(report.operations) >= FEWEST
    assert report.inputs.total() >= 2 * FEWEST
    assert report.faults == [], report
