"""No request that the OpenAPI of any service describes, and none that breaks it in one place, is answered by a 5xx."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import Stack
from tests.fuzz.house import tokens, whole_house
from tests.fuzz.openapi import Fuzzer, Report
from tests.support.region import RegionProcesses

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

SEED = 20_200_211
EXAMPLES = 2
FEWEST = 150
"""Operations that there are at least, and inputs for each of them."""


@pytest.fixture
def house(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RegionProcesses]]:
    with whole_house(stack, admin_url, tmp_path_factory.mktemp("fuzz")) as house:
        yield house


def test_no_operation_answers_with_a_fault_of_ours(house: list[RegionProcesses]) -> None:
    """Few of each, the same each time; `make fuzz EXAMPLES=… SEED=…` asks more, and repeats what it found."""
    report = Report()
    for region in house:
        Fuzzer(region.url, tokens(region), SEED, report).run(EXAMPLES)
    print(f"\nseed {SEED}: {report}")  # noqa: T201 - how many inputs, and of which kinds
    assert len(report.operations) >= FEWEST
    assert report.inputs.total() >= 2 * FEWEST
    assert report.faults == [], report
