"""`make faults`: every fault REPEAT times, the table of what became of each, and the same in docs/reliability.md."""

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.support.faults.table import RESULTS, as_markdown, as_text, read_results, table

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = ROOT / "docs" / "reliability.md"
BEGIN: Final = "<!-- faults: written by `make faults` -->\n"
END: Final = "<!-- end of faults -->\n"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--repeat", type=int, default=1, help="how often each fault is tried")
    repeat = parser.parse_args().repeat
    RESULTS.unlink(missing_ok=True)
    codes = [_try_all(turn, repeat) for turn in range(1, repeat + 1)]
    rows = list(table(read_results()))
    sys.stdout.write("\n" + as_text(rows) + "\n\n")
    if any(codes):
        sys.exit("some faults were not survived, see above; docs/reliability.md stays as it is")
    _write(as_markdown(rows))
    sys.stdout.write(f"written to {DOCUMENT.relative_to(ROOT)}\n")


def _try_all(turn: int, repeat: int) -> int:
    """All faults once, each process and point apart from the others."""
    sys.stdout.write(f"faults, {turn} of {repeat}\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", "-v", "--no-header", "--tb=short", "tests/faults"]
    return subprocess.run(command, env={**os.environ, "FAULTS_APART": "1"}, cwd=ROOT, check=False).returncode


def _write(rows: str) -> None:
    """Put the table between its markers."""
    where = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, {datetime.now(UTC):%Y-%m-%d}"
    text = DOCUMENT.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{rows}\nMeasured on {where}.\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
