"""The code at a door: what its region signed and nothing else, and no document of another kind."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import Es256Key, Malformed, NotTrusted, StatusList, TrustEntry, TrustList, Usage, sign_list
from healthcode.credential.place import MAX_TEXT, PREFIX, PlaceCode, read_place, sign_place

NOW = datetime(2020, 2, 11, 4, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = Es256Key.generate()
CODE = PlaceCode(region="330000", place="p6m2k7q4x3aab", name="西湖文化广场 3 号门", issued_at=NOW)


def trust(region: str = "330000", usage: Usage = Usage.STATUS_LIST, until: datetime = NOW + 9 * DAY) -> TrustList:
    entry = TrustEntry(
        kid=KEY.kid,
        public_key=KEY.public_key,
        region=region,
        not_before=NOW - DAY,
        not_after=until,
        usages=frozenset({usage}),
    )
    return TrustList([entry])


def test_what_was_signed_is_read() -> None:
    text = sign_place(CODE, KEY)
    assert read_place(text, trust(), NOW + DAY) == CODE
    assert len(text) < 300


def test_the_longest_name_has_a_code_that_is_read() -> None:
    code = PlaceCode(region="330000", place="p6m2k7q4x3aab", name="场" * 60, issued_at=NOW)
    assert read_place(sign_place(code, KEY), trust(), NOW) == code
    with pytest.raises(ValueError, match="60"):
        sign_place(PlaceCode(region="330000", place="p", name="场" * 61, issued_at=NOW), KEY)


@pytest.mark.parametrize(
    "believed",
    [trust("420000"), trust(usage=Usage.CREDENTIAL), trust(until=NOW), TrustList([])],
    ids=["another region's", "another usage", "no longer good", "nobody"],
)
def test_who_may_not_sign_is_not_believed(believed: TrustList) -> None:
    with pytest.raises(NotTrusted):
        read_place(sign_place(CODE, KEY), believed, NOW)


def test_a_status_list_is_no_place() -> None:
    data = sign_list(StatusList.of("330000", "20200211-0", [], 64, 1, NOW), KEY)
    import base45  # noqa: PLC0415 - for this alone

    with pytest.raises(Malformed):
        read_place(PREFIX + base45.b45encode(data).decode(), trust(), NOW)


@given(st.text() | st.text().map(lambda text: PREFIX + text) | st.binary(max_size=400).map(lambda b: PREFIX + b.hex()))
def test_whatever_hangs_at_a_door_is_read_or_refused(text: str) -> None:
    with pytest.raises((Malformed, NotTrusted)):
        read_place(text, trust(), NOW)


@given(st.integers(0, 10_000), st.integers(0, 44))
def test_one_character_more_or_less_is_refused(where: int, what: int) -> None:
    text = sign_place(CODE, KEY)
    at = len(PREFIX) + where % (len(text) - len(PREFIX))
    other = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"[what]
    for changed in (text[:at] + other + text[at + 1 :], text[:at] + text[at + 1 :], text[:at] + other + text[at:]):
        if changed != text:
            with pytest.raises((Malformed, NotTrusted)):
                read_place(changed, trust(), NOW)
    with pytest.raises(Malformed):
        read_place(text + "0" * MAX_TEXT, trust(), NOW)
