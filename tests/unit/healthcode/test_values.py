import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode import values
from healthcode.values import Category, Coded, Color, Status, label, strictest, strictness

SETS = [
    each for each in vars(values).values() if isinstance(each, type) and issubclass(each, Coded) and each is not Coded
]
JUDGED = st.lists(st.sampled_from([Color.PENDING, Color.GREEN, Color.YELLOW, Color.RED]))


@pytest.mark.parametrize("value_set", SETS, ids=lambda each: each.__name__)
def test_every_value_has_a_name_of_its_own_in_both_languages(value_set: type[Coded]) -> None:
    for lang in ("zh", "en"):
        names = [label(member, "zh" if lang == "zh" else "en") for member in value_set]
        assert all(names)
        assert len(set(names)) == len(names)
    assert any("\u4e00" <= letter <= "\u9fff" for member in value_set for letter in label(member, "zh"))


@pytest.mark.parametrize("value_set", SETS, ids=lambda each: each.__name__)
def test_codes_are_written_and_read_as_they_are(value_set: type[Coded]) -> None:
    for member in value_set:
        written = msgspec.json.encode(member)
        assert written == f'"{member.value}"'.encode()
        assert msgspec.json.decode(written, type=value_set) is member
        assert value_set(member.value) is member


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(ValueError, match="purple"):
        Color("purple")


def test_national_codes_are_those_of_the_schema() -> None:
    assert [Status("00"), Status("01"), Status("10")] == [Status.LOW, Status.MEDIUM, Status.HIGH]


def test_the_twelve_categories_and_the_clinical_one() -> None:
    assert {member.value for member in Category} == {
        *("confirmed", "suspected", "asymptomatic", "close_contact", "secondary_contact", "discharged", "fever_clinic"),
        *("isolated", "inbound", "space_time_companion", "co_investigation", "test_refused", "clinical"),
    }


def test_strictness_is_an_order() -> None:
    assert strictness(Color.PENDING) < strictness(Color.GREEN) < strictness(Color.YELLOW) < strictness(Color.RED)
    assert strictest([Color.GREEN, Color.RED, Color.YELLOW]) is Color.RED


def test_nothing_known_is_pending_and_not_green() -> None:
    assert strictest([]) is Color.PENDING


@pytest.mark.parametrize("color", [Color.GREY, Color.CANCELLED])
def test_a_code_without_judgement_is_neither_strict_nor_lax(color: Color) -> None:
    with pytest.raises(ValueError, match="no strictness"):
        strictest([Color.RED, color])


@given(JUDGED, JUDGED)
def test_one_more_color_never_makes_it_laxer(some: list[Color], more: list[Color]) -> None:
    assert strictness(strictest(some + more)) >= strictness(strictest(some))
