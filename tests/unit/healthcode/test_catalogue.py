"""The catalogue is what the nation signed, and never an older one than was seen."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.keys import make_keys
from healthcode.catalogue import CatalogueReader, NotTheNations, acts_in, sign_catalogue, suspension_of, trusted_regions
from healthcode.credential import Es256Key

NOW = datetime(2020, 2, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return make_keys(tmp_path, Path("regions"), ["330000", "100000"], valid_from=NOW)


def test_what_the_nation_signed_is_read_and_every_change_to_it_is_not(made: Path) -> None:
    anchor = made.with_name("trust-anchor.pem").read_bytes()
    document = json.loads(made.read_bytes())
    assert CatalogueReader(anchor)(made.read_bytes()) == document
    changed: list[dict[str, Any]] = []
    spoils: list[Callable[[dict[str, Any]], Any]] = [
        lambda each: each["regions"].pop(),
        lambda each: each["regions"][0].update(way="share"),
        lambda each: each["regions"][0]["signing"].update(x="AAAA"),
        lambda each: each.update(version=9),
        lambda each: each.pop("signature"),
        lambda each: each["signature"].update(value="!"),
        lambda each: each["signature"].update(kid="00" * 8),
    ]
    for spoil in spoils:
        other = copy.deepcopy(document)
        spoil(other)
        changed.append(other)
    for other in changed:
        with pytest.raises(NotTheNations):
            CatalogueReader(anchor)(json.dumps(other).encode())
    stranger = sign_catalogue(document, Es256Key.generate())
    with pytest.raises(NotTheNations, match="another signed"):
        CatalogueReader(anchor)(json.dumps(stranger).encode())
    for unchecked in (*changed, stranger):
        assert CatalogueReader(None)(json.dumps(unchecked).encode()) == unchecked


def test_an_older_one_than_was_seen_is_played_back(made: Path) -> None:
    nation = Es256Key.from_pem((made.parent / "100000" / "trust.pem").read_bytes())
    reader = CatalogueReader(made.with_name("trust-anchor.pem").read_bytes())
    first = made.read_bytes()
    second = json.dumps(sign_catalogue(json.loads(first), nation)).encode()
    assert [reader(each)["version"] for each in (first, second, second)] == [1, 2, 2]
    with pytest.raises(NotTheNations, match="older than 2"):
        reader(first)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"regions": 1}', b"\xff"])
def test_what_is_no_catalogue_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of JSON, of UTF-8, or ours
        CatalogueReader(None)(data)


def test_making_keys_again_signs_nothing_anew(made: Path) -> None:
    before = made.read_bytes()
    make_keys(made.parent, Path("regions"), ["330000", "100000"], valid_from=NOW + HOUR)
    assert made.read_bytes() == before


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9) | st.none()), max_size=3), st.integers(-1, 20))
def test_the_last_suspension_counts(spans: list[tuple[int, int | None]], at: int) -> None:
    suspensions = [
        {"from": (NOW + HOUR * begin).isoformat(), "act": f"a{number}"}
        | ({} if length is None else {"until": (NOW + HOUR * (begin + length)).isoformat(), "ended_by": f"e{number}"})
        for number, (begin, length) in enumerate(spans)
    ]
    document = {"regions": [{"code": "460000", "suspensions": suspensions}]}
    (region,) = trusted_regions(document)
    last = suspension_of(document["regions"][0])
    now = NOW + HOUR * at
    assert region.is_suspended(now) == (last is not None and last.holds(now))
    assert {f"a{number}" for number in range(len(spans))} <= acts_in(document)


def test_a_suspension_that_cannot_be_read_is_refused_by_name() -> None:
    unreadable: list[Any] = [[{}], [{"from": 1}], [{"from": "2020-02-11T00:00:00"}], ["now"]]
    for wrong in unreadable:
        with pytest.raises(ValueError, match=r"460000|time zone"):
            trusted_regions({"regions": [{"code": "460000", "suspensions": wrong}]})
