from hypothesis import given
from hypothesis import strategies as st

from bench.peers.compare import NAMED, difference

COLORS = st.dictionaries(st.text(min_size=1), st.sampled_from(("green", "yellow", "red")), max_size=20)


@given(COLORS)
def test_a_state_is_equal_to_itself_in_any_order(colors: dict[str, str]) -> None:
    assert difference("ours", colors, "theirs", dict(reversed(colors.items()))) == ""


@given(COLORS, COLORS)
def test_whatever_differs_is_told_from_either_side(one: dict[str, str], other: dict[str, str]) -> None:
    assert (
        bool(difference("ours", one, "theirs", other))
        == bool(difference("theirs", other, "ours", one))
        == (one != other)
    )


def test_a_wrong_color_and_a_missing_person_are_named() -> None:
    told = difference(
        "ours", {"a": "red", "b": "green", "c": "green"}, "theirs", {"a": "green", "c": "green", "d": "red"}
    )
    assert told == (
        "3 of 4 people differ between ours and theirs: "
        "a: ours red, theirs green; b: ours green, theirs nothing; d: ours nothing, theirs red"
    )


def test_only_the_first_are_named() -> None:
    told = difference("ours", {f"p{n}": "red" for n in range(9)}, "theirs", {})
    assert told.count("theirs nothing") == NAMED
    assert told.endswith("; and 4 more")


def test_an_empty_state_equals_no_other() -> None:
    assert difference("ours", {}, "theirs", {"a": "red"})
