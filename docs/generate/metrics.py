"""The table of all metrics, from the registry that the processes themselves use."""

from pathlib import Path
from typing import Final

from chassis import metrics
from services.__main__ import ALL

PATH: Final = "docs/metrics.md"
HEAD: Final = """# Metrics

Every process serves them at `/metrics`; on each sample stands the `region`. Written by `make generate` from the
registry in `chassis/metrics.py` and what the services add. [Observability](observability.md) says what they tell.

No label names a person, an id or a path with one in it.

| name | kind | labels | what |
|---|---|---|---|
"""


def metric_documents(root: Path) -> dict[str, str]:
    """File name → text. Importing the services has declared what each of them adds."""
    del root
    if not ALL:
        raise RuntimeError("there are no services")
    return {PATH: HEAD + "".join(_line(row) for _, row in sorted(metrics.CATALOGUE.items()))}


def _line(row: metrics.Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in row.labels) or "–"
    return f"| `{row.name}` | {row.kind} | {labels} | {row.help} |\n"
