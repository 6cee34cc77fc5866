"""Write the generated documents, or with `--check` say which are out of date."""

import argparse
import sys
from pathlib import Path

from deploy.observability.dashboards import dashboard_documents
from docs.generate.asyncapi import asyncapi_documents
from docs.generate.imports import import_documents
from docs.generate.metrics import metric_documents
from docs.generate.packs import pack_documents
from docs.generate.schemas import schema_documents

ROOT = Path(__file__).parents[2]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 when something is out of date")
    check = parser.parse_args().check
    documents = {
        **schema_documents(),
        **asyncapi_documents(ROOT),
        **import_documents(ROOT),
        **metric_documents(ROOT),
        **pack_documents(),
        **dashboard_documents(ROOT),
    }
    stale = [name for name, text in documents.items() if _read(ROOT / name) != text]
    if check:
        if stale:
            sys.exit("out of date, run `make generate`: " + ", ".join(stale))
        print(f"{len(documents)} generated documents are up to date")
        return
    for name in stale:
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(documents[name], "utf-8")
        print(f"wrote {name}")


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
