"""Documents of a region's folder, with what knows the line of each of their parts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

Place: TypeAlias = Sequence[str | int]
"""The way to a part of a document: keys, and numbers in lists."""

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_NAMED: Final = re.compile(r"^`?([a-z_]+(?:\.[a-z_]+)*)`?(?::| )")


class DocumentError(ValueError):
    """A document is missing or is not what it has to be; the text has a line a fault: file, line, what to write."""


@dataclass(frozen=True)
class Document:
    """A parsed file."""

    path: Path
    root: yaml.Node | None
    content: Any

    def line(self, place: Place) -> int:
        """The line of the nearest part; what of a place the document lacks is passed over."""
        node, line = self.root, self.root.start_mark.line if self.root else 0
        for part in place:
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    if key.value == str(part):
                        node, line = value, key.start_mark.line
                        break
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line
        return line + 1

    def fault(self, what: str, place: Place = ()) -> str:
        """What is wrong, with file and line."""
        return f"{self.path}:{self.line(place)}: {what}"

    def refusal(self, error: Exception) -> DocumentError:
        """As an error of msgspec's, or one that begins with the name of a field: at the part that it is about."""
        what, _, more = str(error).partition(" - at `")
        at, _, advice = more.partition("`")
        steps = [key or int(number) for key, number in _STEP.findall(at)]
        if not steps and (named := _NAMED.match(what)):
            steps = list(named[1].split("."))
        place = ".".join(str(step) for step in steps)
        said = what if what.lstrip("`").startswith(place) else f"{place}: {what}"
        return DocumentError(self.fault(said + advice, steps))


def read_document(path: Path) -> Document:
    """The parsed YAML file. Raises DocumentError that names file and line."""
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = Document(path, root, yaml.safe_load(text))
    except FileNotFoundError:
        raise DocumentError(f"{path}:1: no such file; a region is a folder of data, see docs/regions.md") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DocumentError(f"{path}:{line}: not YAML: {error.problem or 'unreadable'}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(f"{path}:1: not YAML: {error}") from None
    if doubled := [f"{path}:{line}: {key!r} stands twice: leave one of them" for line, key in _doubled(root)]:
        raise DocumentError("\n".join(doubled))
    return document


def read_yaml(path: Path) -> Any:
    """What is in the YAML file. Raises DocumentError that names file and line."""
    return read_document(path).content


def _doubled(node: yaml.Node | None) -> Iterator[tuple[int, Any]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[Any] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, key.value
            seen.add(key.value)
            yield from _doubled(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _doubled(value)
