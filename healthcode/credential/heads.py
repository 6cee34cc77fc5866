"""What a CBOR message is made of, from the heads of its items alone: before anything in it is decoded.

A decoder builds what tags ask for. With shared references (tags 28 and 29) 99 characters that nobody has signed become
a tree of millions of lists, so what a message may not hold is refused before it is decoded: one pass, no recursion.
"""

from collections.abc import Set as AbstractSet
from typing import Final

_UINT, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG, _SIMPLE = range(8)
_INDEFINITE: Final = 31
_BREAK: Final = 0xFF
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_OPEN: Final = -1


class BadHeads(ValueError):  # noqa: N818 - a fault of the data, made a refusal by whoever reads
    """A message that is cut short, goes on behind its end, nests too deep, or has a tag that nobody asked for."""


def pairs_in(data: bytes, tags: AbstractSet[int], most_nested: int) -> int:
    """How many pairs all maps of one CBOR item hold by its heads; a decoded one with fewer says a key twice.

    `tags`: those that may stand anywhere; each is a level, as lists and maps are. Raises BadHeads.
    """
    at, pairs = 0, 0
    levels = [_Level(1)]
    while levels:
        level = levels[-1]
        if level.left == 0:
            levels.pop()
            continue
        if at >= len(data):
            raise BadHeads("cut short")
        if level.is_open and data[at] == _BREAK:
            pairs += level.seen // 2 if level.is_map else 0
            levels.pop()
            at += 1
            continue
        level.take()
        major, size, at = _head(data, at)
        if major == _TAG and size not in tags:
            raise BadHeads("a tag that has no place here")
        if major in (_BYTES, _TEXT) and size != _OPEN:
            at += size
        elif major not in (_UINT, _NEGATIVE, _SIMPLE):
            levels.append(_inside(major, size, len(data) - at))
            pairs += size if major == _MAP and size != _OPEN else 0
            if len(levels) > most_nested + 1:
                raise BadHeads("nested too deep")
    if at != len(data):
        raise BadHeads("cut short, or with something behind it")
    return pairs


class _Level:
    """A list, map, tag or string in pieces whose end has not come."""

    __slots__ = ("is_map", "is_open", "left", "seen")

    def __init__(self, left: int, *, is_map: bool = False) -> None:
        """`left`: the items to come; below zero where only a break ends it."""
        self.left, self.is_open, self.is_map, self.seen = left, left == _OPEN, is_map, 0

    def take(self) -> None:
        """One more item."""
        self.seen += 1
        self.left -= not self.is_open


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """The major type, the argument (below zero for an indefinite length) and where the head ends."""
    major, info = data[at] >> 5, data[at] & 0x1F
    at += 1
    if info < min(_WIDTHS):
        return major, info, at
    if info == _INDEFINITE and major in (_BYTES, _TEXT, _LIST, _MAP):
        return major, _OPEN, at
    if info not in _WIDTHS:
        raise BadHeads("a head of no meaning")
    end = at + _WIDTHS[info]
    if end > len(data):
        raise BadHeads("cut short")
    return major, int.from_bytes(data[at:end], "big"), end


def _inside(major: int, size: int, room: int) -> _Level:
    """What an item holds. Each item in it takes a byte at least, so that a head cannot promise more than there is."""
    left = size if size == _OPEN else 1 if major == _TAG else size * 2 if major == _MAP else size
    if left > room:
        raise BadHeads("cut short")
    return _Level(left, is_map=major == _MAP)
