"""A region's folder, checked or tried before anything runs on it: `python -m services.folder check regions/460000`.

Nothing is started, asked or changed. The answer is JSON; `healthcode-admin region check|simulate` writes it for people.
"""

import argparse
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from services.folder.check import check_folder
from services.folder.simulate import simulate_folder

FAULT: Final = re.compile(r"(?P<file>.*?):(?P<line>\d+): (?P<what>.*)")
PEOPLE: Final = 1000
SEED: Final = 1


def main() -> None:
    """The command line. Exits 1 where something is wrong with the folder."""
    parser = argparse.ArgumentParser(prog="python -m services.folder", description=__doc__)
    parser.add_argument("act", choices=("check", "simulate"))
    parser.add_argument("folder", type=Path, help="a region's folder, as regions/330000")
    parser.add_argument("--beside", type=Path, help="the folder of its neighbors' folders; else the one that it is in")
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many are made up")
    parser.add_argument("--at", type=datetime.fromisoformat, default=datetime.now(UTC), help="when it is to start")
    given = parser.parse_args()
    folder = given.folder if given.folder.name else given.folder.resolve()
    problems = [_written(each) for each in check_folder(folder, given.at)]
    answer: dict[str, Any] = {"folder": str(folder), "problems": problems}
    if given.act == "simulate" and not problems:
        answer |= simulate_folder(folder, given.beside or folder.parent, given.people, SEED)
    json.dump(answer, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
    sys.exit(1 if problems else 0)


def _written(fault: str) -> dict[str, Any]:
    found = FAULT.fullmatch(fault)
    return {"file": found["file"], "line": int(found["line"]), "what": found["what"]} if found else {"what": fault}


if __name__ == "__main__":
    main()
