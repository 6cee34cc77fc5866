import re
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode import areas
from healthcode.areas import UnknownArea, all_areas, area, contains, is_known, nearest, parents, province

CODES = st.sampled_from([each.code for each in all_areas()])


def test_the_table_is_complete_and_consistent() -> None:
    count = Counter(each.level for each in all_areas())
    assert count["province"] == 34
    # 333 prefectures, the 5 groups of municipal districts and counties, and the 4 of directly governed counties.
    assert count["prefecture"] == 333 + 5 + 4
    for each in all_areas():
        assert re.fullmatch(r"[1-9]\d{5}", each.code)
        assert re.fullmatch(r"[\u4e00-\u9fff]{2,}", each.zh), each
        assert re.fullmatch(r"[A-Z][A-Za-z' ()]+", each.en), each
        assert each.parent == (parents(each.code)[0] if parents(each.code) else None)


@pytest.mark.parametrize(
    ("code", "zh", "en"),
    [
        ("330100", "杭州市", "Hangzhou"),
        ("420100", "武汉市", "Wuhan"),
        ("140000", "山西省", "Shanxi"),
        ("610000", "陕西省", "Shaanxi"),
        ("150000", "内蒙古自治区", "Inner Mongolia"),
        ("150100", "呼和浩特市", "Hohhot"),
        ("152500", "锡林郭勒盟", "Xilingol League"),
        ("230100", "哈尔滨市", "Harbin"),
        ("230200", "齐齐哈尔市", "Qiqihar"),
        ("540100", "拉萨市", "Lhasa"),
        ("540200", "日喀则市", "Shigatse"),
        ("650100", "乌鲁木齐市", "Urumqi"),
        ("513200", "阿坝藏族羌族自治州", "Ngawa Tibetan and Qiang Autonomous Prefecture"),
        ("110105", "朝阳区", "Chaoyang District"),
        ("429004", "仙桃市", "Xiantao"),
        ("710000", "台湾省", "Taiwan"),
        ("810000", "香港特别行政区", "Hong Kong"),
        ("820000", "澳门特别行政区", "Macao"),
    ],
)
def test_names(code: str, zh: str, en: str) -> None:
    assert (area(code).zh, area(code).en) == (zh, en)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("330106", ("330100", "330000")),
        ("330100", ("330000",)),
        ("330000", ()),
        ("110101", ("110100", "110000")),
        ("330106001002", ("330106001", "330106", "330100", "330000")),
        ("441900003", ("441900", "440000")),  # Dongguan has no counties
        ("810001", ("810000",)),
    ],
)
def test_parents(code: str, expected: tuple[str, ...]) -> None:
    assert parents(code) == expected


def test_finer_codes_are_known_and_told_by_the_nearest_name() -> None:
    for code in ("330106", "330106001", "330106001002"):
        assert is_known(code)
        assert nearest(code).en == "Hangzhou"
        assert province(code) == "330000"
        with pytest.raises(UnknownArea):
            area(code)


@pytest.mark.parametrize(
    "code",
    [
        *("", "33", "3301", "990000", "339900", "330001", "33010", "3301061", "330106000", "330106001000"),
        *("33010a", "３３０１００", "330106 ", "-30100", "330000001", "371200"),
    ],
)
def test_what_is_no_division_is_unknown(code: str) -> None:
    assert not is_known(code)
    for question in (area, nearest, parents, province):
        with pytest.raises(UnknownArea, match="没有"):
            question(code)
    with pytest.raises(UnknownArea):
        contains("330000", code)
    with pytest.raises(UnknownArea):
        contains(code, "330000")


@given(CODES, CODES)
def test_containment_follows_parents_and_is_an_order(one: str, other: str) -> None:
    assert contains(one, one)
    assert contains(one, other) == (one in (other, *parents(other)))
    if contains(one, other) and contains(other, one):
        assert one == other
    assert contains(province(one), one)


@given(st.text(max_size=14))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_known(text) in (True, False)


def test_importing_reads_nothing() -> None:
    assert areas._areas.cache_info().currsize == 1  # the tests above have read it
    program = "from healthcode import areas; assert areas._areas.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", program], check=True)
