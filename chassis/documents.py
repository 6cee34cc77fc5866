"""Documents of a region's folder, with what knows the line of each of their parts."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from healthcode.yaml_text import Place, doubled, line_of, not_yaml

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
        return line_of(self.root, place)

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
        loader = yaml.SafeLoader(path.read_text("utf-8"))
        root = loader.get_single_node()
        document = Document(path, root, None if root is None else loader.construct_document(root))
    except FileNotFoundError:
        raise DocumentError(f"{path}:1: no such file; a region is a folder of data, see docs/regions.md") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DocumentError(f"{path}:{line}: {not_yaml(error.problem)}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(f"{path}:1: {not_yaml(str(error))}") from None
    if twice := doubled(root):
        raise DocumentError("\n".join(f"{path}:{line}: {what}" for line, what in twice))
    return document


def read_yaml(path: Path) -> Any:
    """What is in the YAML file. Raises DocumentError that names file and line."""
    return read_document(path).content
