"""`make fuzz`: EXAMPLES of each kind at every operation, and what came of them."""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from pathlib import Path

from deploy.local.stack import embedded_stack, remove_data
from tests.fuzz.house import tokens, whole_house
from tests.fuzz.openapi import Fuzzer, Report


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="how many that fit, and as many that do not")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of a run to be repeated")
    arguments = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="healthcode-fuzz-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own, made here
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        running = embedded_stack(data / "stack", progress=lambda _: None)
        stack = runner.run(running.__aenter__())
        try:
            report = Report()
            with whole_house(stack, stack.database_url, Path(folder)) as house:
                for region in house:
                    started = time.monotonic()
                    Fuzzer(region.url, tokens(region), arguments.seed, report).run(arguments.examples)
                    region.wait_ready()  # workers and relays have taken what was accepted, and live
                    sys.stdout.write(f"{region.region}: {time.monotonic() - started:.0f} s\n")
        finally:
            runner.run(running.__aexit__(None, None, None))
            remove_data(data, lambda _: None)
    sys.stdout.write(f"seed {arguments.seed}: {report}\n")
    sys.exit(1 if report.faults else 0)


if __name__ == "__main__":
    main()
