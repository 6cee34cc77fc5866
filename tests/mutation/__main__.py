"""`python -m tests.mutation [NAME …]`: change every pack in every small way, and tell what no case notices.

NAME is a part of `<region>/<date>`; without one all packs are tried.
"""

import sys

from tests.mutation.survivors import equivalent, verdict
from tests.support.cases import tables


def main() -> int:
    """Print a line for each pack and each survivor; 1 when one is not accounted for."""
    open_ends = 0
    for table in tables():
        if sys.argv[1:] and not any(name in table.name for name in sys.argv[1:]):
            continue
        found, known = verdict(table), equivalent(table)
        left = [change for change in found.survivors if change not in known]
        gone = [change for change in known if change not in found.survivors]
        lines = [f"{table.name}: {found.killed} killed, {found.refused} refused, {len(left)} survive"]
        lines += [f"  survives: {change}" for change in left]
        lines += [f"  equivalent: {change}: {why}" for change, why in known.items() if change not in gone]
        lines += [f"  said to be equivalent, but is not: {change}" for change in gone]
        sys.stdout.write("\n".join(lines) + "\n")
        open_ends += len(left) + len(gone)
    return 1 if open_ends else 0


if __name__ == "__main__":
    sys.exit(main())
