"""Divisions by their GB/T 2260 codes: names, order and containment.

A code is a string of 6 digits (province `330000`, prefecture `330100`, county `330106`), or finer, of 9 (township) or
12 digits (community). Names are carried for provinces, prefectures and the counties that no prefecture stands above; a
finer code is known when its prefecture is.
"""

from functools import cache, lru_cache
from importlib import resources
from typing import Final, Literal, NamedTuple, TypeAlias

AreaLevel: TypeAlias = Literal["province", "prefecture", "county"]

# Codes come from outside, so the caches over them are bounded; China has some 3,000 counties and 40,000 townships.
_CACHED: Final = 65_536
_LENGTHS: Final = (6, 9, 12)
# These have no prefectures: their counties hang directly under the province.
_WITHOUT_PREFECTURES: Final = frozenset({"710000", "810000", "820000"})


class Area(NamedTuple):
    """A division that has a name here."""

    code: str
    zh: str
    en: str
    level: AreaLevel
    parent: str | None
    """Code of the next larger division; None for a province."""


class UnknownArea(ValueError):  # noqa: N818 - named for what is wrong, like the standard library's KeyError family
    """A code that stands for no division."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no GB/T 2260 division has the code {code!r} / 没有代码为 {code!r} 的行政区划（GB/T 2260）")
        self.code = code


def area(code: str) -> Area:
    """Return a division by its code.

    Raises UnknownArea also for a finer code that is known but has no name here; see `nearest`.
    """
    try:
        return _areas()[code]
    except KeyError:
        raise UnknownArea(code) from None


def nearest(code: str) -> Area:
    """Return the smallest named division that is or contains a code: 330106 is told as 330100, Hangzhou.

    Raises UnknownArea.
    """
    table = _areas()
    return next(table[each] for each in (code, *parents(code)) if each in table)


def all_areas() -> tuple[Area, ...]:
    """Return every named division in the order of codes."""
    return tuple(_areas().values())


def is_known(code: str) -> bool:
    """Tell whether a code names a division, or may name a finer one of a known prefecture."""
    return code in _areas() or _is_finer(code)


@lru_cache(maxsize=_CACHED)
def parents(code: str) -> tuple[str, ...]:
    """Return the codes of the divisions around one, smallest first: 330106 gives 330100 and 330000.

    Raises UnknownArea.
    """
    if not is_known(code):
        raise UnknownArea(code)
    wider = [code[:9]] if len(code) == 12 else []
    wider += [code[:6], code[:4] + "00", code[:2] + "0000"]
    return tuple(dict.fromkeys(each for each in wider if each != code))


def province(code: str) -> str:
    """Return the code of the province of a division.

    Raises UnknownArea.
    """
    return parents(code)[-1] if code not in _areas() else code[:2] + "0000"


def contains(outer: str, inner: str) -> bool:
    """Tell whether a division is or lies in another.

    Raises UnknownArea.
    """
    parents(outer)
    return inner == outer or outer in parents(inner)


def _is_finer(code: str) -> bool:
    if len(code) not in _LENGTHS or not (code.isascii() and code.isdigit()):
        return False
    prefecture = code[:4] + "00"
    if prefecture not in _areas() or (prefecture.endswith("0000") and prefecture not in _WITHOUT_PREFECTURES):
        return False
    # One division has one code: a code padded with an empty township or community stands for nothing of its own.
    return all(code[at : at + 3] != "000" for at in range(6, len(code), 3))


@cache
def _areas() -> dict[str, Area]:
    """Read the packaged table, once."""
    text = resources.files("healthcode").joinpath("data", "gbt2260.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {code: _area(code, zh, en) for code, zh, en in rows}


def _area(code: str, zh: str, en: str) -> Area:
    if code.endswith("0000"):
        return Area(code, zh, en, "province", None)
    if code.endswith("00"):
        return Area(code, zh, en, "prefecture", code[:2] + "0000")
    return Area(code, zh, en, "county", code[:4] + "00")
