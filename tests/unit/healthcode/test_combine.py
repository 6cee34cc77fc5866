"""Which of several codes counts, and where a region says so."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.combine import Combine, counting
from healthcode.region import region_from
from healthcode.values import Status

STRICT, ANY = Combine.STRICTEST, Combine.ANY_GREEN
LOW, MEDIUM, HIGH, UNKNOWN = Status.LOW, Status.MEDIUM, Status.HIGH, Status.UNKNOWN
SHOWN = st.lists(st.sampled_from([*Status, None]), max_size=4)
ORDER = (LOW, MEDIUM, HIGH)
REGION: dict[str, Any] = {
    "code": "330000",
    "name": {"zh": "浙江省", "en": "Zhejiang"},
    "timezone": "Asia/Shanghai",
    "services": ["issuer"],
    "way": "convert",
}


@pytest.mark.parametrize(
    ("shown", "strictest", "any_green"),
    [
        ([], None, None),
        ([LOW], 0, 0),
        ([None], None, None),
        ([UNKNOWN], None, None),
        ([LOW, HIGH], 1, 0),
        ([HIGH, LOW], 0, 1),
        ([MEDIUM, HIGH], 1, 1),
        ([None, LOW], None, 1),
        ([None, MEDIUM], None, 1),
        ([UNKNOWN, LOW], 1, 1),
        ([LOW, LOW], 0, 0),
    ],
)
def test_which_counts(shown: list[Status | None], strictest: int | None, any_green: int | None) -> None:
    assert (counting(STRICT, shown), counting(ANY, shown)) == (strictest, any_green)


@given(shown=SHOWN)
def test_the_strictest_is_never_laxer_than_another_and_any_green_never_than_none(shown: list[Status | None]) -> None:
    place = counting(STRICT, shown)
    if place is not None:
        assert None not in shown
        assert all(ORDER.index(shown[place]) >= ORDER.index(each) for each in shown if each in ORDER)
    green = counting(ANY, shown)
    assert (green is not None and shown[green] is LOW) is (LOW in shown)
    assert (green is None) is not any(each in ORDER for each in shown)


def test_a_region_says_it_and_without_a_word_it_is_the_strictest() -> None:
    assert region_from(REGION).recognises.combine is STRICT
    assert region_from(REGION | {"recognises": {"combine": "any-green"}}).recognises.combine is ANY


@pytest.mark.parametrize("written", [{"combine": "any"}, {"rule": "strictest"}, "any-green", {"combine": None}])
def test_what_is_no_rule_is_refused_with_what_to_write(written: object) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"recognises.*\{combine: strictest\}.*\{combine: any-green\}"):
        region_from(REGION | {"recognises": written})
