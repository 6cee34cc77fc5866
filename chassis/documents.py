"""Documents of a region's folder."""

from pathlib import Path
from typing import Any

import yaml


class DocumentError(ValueError):
    """A document is missing or is not YAML; the text names the file and the line."""


def read_yaml(path: Path) -> Any:
    """The parsed YAML file. Raises DocumentError that names file and line."""
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file; a region is a folder of data, see docs/regions.md") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise DocumentError(f"{where}: {error.problem or 'not YAML'}") from None
