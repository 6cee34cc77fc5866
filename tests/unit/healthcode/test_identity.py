from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from healthcode.identity import InvalidIdNumber, birth_date, check_digit, mask, normalise_id
from healthcode.values import IdType

# The example of GB 11643-1999 itself.
GIVEN = "11010519491231002X"
NUMBERS = st.builds(
    lambda area, born, sequence: f"{area}0101{born:%Y%m%d}{sequence:03}",
    st.sampled_from(["11", "33", "42", "65"]),
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
).map(lambda first17: first17 + check_digit(first17))


def reason(id_type: IdType, number: str) -> str:
    with pytest.raises(InvalidIdNumber) as caught:
        normalise_id(id_type, number)
    assert caught.value.message("zh") != caught.value.message("en")
    assert not number or number not in str(caught.value)
    return caught.value.reason


def test_the_examples_of_the_standard() -> None:
    assert check_digit("11010519491231002") == "X"
    assert check_digit("44052418800101001") == "4"
    assert normalise_id(IdType.RESIDENT_ID, GIVEN) == GIVEN
    assert birth_date(GIVEN) == date(1949, 12, 31)


@pytest.mark.parametrize("written", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５-19491231-002Ｘ"])
def test_one_number_is_written_in_one_way(written: str) -> None:
    assert normalise_id(IdType.RESIDENT_ID, written) == GIVEN


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("", "empty"),
        (" - ", "empty"),
        ("110105491231002", "old_form"),
        ("1101051949123100", "pattern"),
        ("11010519491231002Y", "pattern"),
        ("X10105194912310020", "pattern"),
        ("99010519491231002X", "area"),
        ("110105194902300020", "birth_date"),
        ("110105175901010020", "birth_date"),
        ("110105194912310021", "check_digit"),
    ],
)
def test_what_is_wrong_is_said(number: str, expected: str) -> None:
    assert reason(IdType.RESIDENT_ID, number) == expected


@given(NUMBERS)
def test_every_made_number_passes(number: str) -> None:
    assert normalise_id(IdType.RESIDENT_ID, number) == number


@given(NUMBERS, st.integers(0, 16), st.integers(0, 9))
def test_one_wrong_digit_is_always_found(number: str, place: int, digit: int) -> None:
    assume(number[place] != str(digit))
    wrong = number[:place] + str(digit) + number[place + 1 :]
    assert reason(IdType.RESIDENT_ID, wrong) in ("area", "birth_date", "check_digit")


@given(NUMBERS, st.integers(0, 15))
def test_two_swapped_digits_are_always_found(number: str, place: int) -> None:
    one, other = number[place], number[place + 1]
    assume(one != other)
    wrong = number[:place] + other + one + number[place + 2 :]
    assert reason(IdType.RESIDENT_ID, wrong) in ("area", "birth_date", "check_digit")


def test_a_residence_permit_begins_with_its_region() -> None:
    first17 = "81000019900101001"
    number = first17 + check_digit(first17)
    assert normalise_id(IdType.HMT_RESIDENCE, number) == number
    assert reason(IdType.HMT_RESIDENCE, GIVEN) == "area"


@pytest.mark.parametrize(
    ("id_type", "number", "expected"),
    [
        (IdType.PASSPORT, "e12345678", "E12345678"),
        (IdType.HK_MACAO_PERMIT, "H12345678", "H12345678"),
        (IdType.HK_MACAO_PERMIT, "H1234567802", "H12345678"),
        (IdType.TAIWAN_PERMIT, "12345678", "12345678"),
        (IdType.TAIWAN_PERMIT, "12345678(02)", "12345678"),
        (IdType.FOREIGN_RESIDENCE, "usa110090010101", "USA110090010101"),
        (IdType.BIRTH_CERTIFICATE, "o330123456", "O330123456"),
        (IdType.OTHER, "zz-2020-7", "ZZ20207"),
    ],
)
def test_other_documents_go_by_form(id_type: IdType, number: str, expected: str) -> None:
    assert normalise_id(id_type, number) == expected
    assert normalise_id(id_type, expected) == expected


@pytest.mark.parametrize("id_type", [each for each in IdType if each not in (IdType.RESIDENT_ID, IdType.HMT_RESIDENCE)])
@pytest.mark.parametrize("number", ["?", "护照一二三四", "1' OR '1'='1", "A" * 40])
def test_other_documents_refuse_what_is_no_number(id_type: IdType, number: str) -> None:
    assert reason(id_type, number) == "pattern"


def test_a_new_foreign_residence_card_has_a_check_digit() -> None:
    first17 = "91133019900101001"
    number = first17 + check_digit(first17)
    assert normalise_id(IdType.FOREIGN_RESIDENCE, number) == number
    wrong = "0" if number[17] != "0" else "1"
    assert reason(IdType.FOREIGN_RESIDENCE, first17 + wrong) == "check_digit"


@given(st.sampled_from(IdType), st.text(max_size=40))
def test_any_text_is_normalised_once_or_refused(id_type: IdType, text: str) -> None:
    try:
        number = normalise_id(id_type, text)
    except InvalidIdNumber:
        return
    assert number.isascii()
    assert normalise_id(id_type, number) == number


@pytest.mark.parametrize("first17", ["", "1" * 16, "1" * 18, "1101051949123100X", "１" * 17])
def test_a_check_digit_needs_17_digits(first17: str) -> None:
    with pytest.raises(ValueError, match="17"):
        check_digit(first17)


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王**"), ("Jane Doe", "J*******"), ("李", "*"), ("  王  明 ", "王**"), ("", "")]
)
def test_mask(name: str, masked: str) -> None:
    assert mask(name) == masked
