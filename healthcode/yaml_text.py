"""YAML that people write: on which line each part of it stands, and what to write where it is none.

It takes the nodes and the sentences of a parser, and is none: who reads files brings one.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

Place: TypeAlias = Sequence[str | int]
"""The way to a part of a document: keys, and numbers in lists."""

MAPPING, SEQUENCE = "mapping", "sequence"
"""What PyYAML's nodes call themselves."""

ADVICE: Final = {
    "\\t": "begin the line with spaces, not with a tab",
    "<block end>": "indent the line as far as those that it belongs to",
    "mapping values are not allowed": "put quotes around a text that has a colon in it",
    "could not find expected ':'": "write `key: value`, with a space behind the colon",
    "unexpected end of stream": "close the quotes",
    "',' or": "close the bracket, and put commas between what is in it",
    "cannot start any token": "put quotes around a text that begins with this character",
}
"""By what the parser's sentence has in it."""


def not_yaml(problem: str | None) -> str:
    """What a parser says of a text that is none, and what to write where that is known."""
    said = problem or "unreadable"
    return f"not YAML: {said}" + next((f": {advice}" for words, advice in ADVICE.items() if words in said), "")


def line_of(root: Any, place: Place) -> int:
    """The line of the nearest part below a node, from 1; what of a place the document lacks is passed over."""
    node, line = root, root.start_mark.line if root else 0
    for part in place:
        if _kind(node) == MAPPING:
            for key, value in node.value:
                if key.value == str(part):
                    node, line = value, key.start_mark.line
                    break
        elif _kind(node) == SEQUENCE and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
    return line + 1


def doubled(root: Any) -> list[tuple[int, str]]:
    """Each key that stands twice in one mapping, by line, and what to do: YAML itself would take the last."""
    return [(line, f"{key!r} stands twice: leave one of them") for line, key in _doubled(root)]


def _doubled(node: Any) -> Iterator[tuple[int, Any]]:
    if _kind(node) == MAPPING:
        seen: set[Any] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, key.value
            seen.add(key.value)
            yield from _doubled(value)
    elif _kind(node) == SEQUENCE:
        for value in node.value:
            yield from _doubled(value)


def _kind(node: Any) -> str | None:
    return getattr(node, "id", None)
