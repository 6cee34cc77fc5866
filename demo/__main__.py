"""`python -m demo`: four regions, a made-up population, and a page that shows it live."""

import argparse
import logging
import sys
from pathlib import Path
from typing import Final

import uvloop

from chassis.documents import DocumentError
from chassis.kafka.model import BrokerError
from chassis.log import configure
from demo.report import Screen
from demo.run import run
from demo.settings import PAGE_PORT, SEED, DemoError, Plan
from deploy.local.errors import StackError
from deploy.local.settings import LocalSettings

FEWEST: Final = 100


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--people", type=_people, default=10_000, help="how many declare; default 10,000")
    parser.add_argument("--once", action="store_true", help="check the books and end, with 0 when they are right")
    parser.add_argument("--port", type=int, default=PAGE_PORT, help=f"of the page; {PAGE_PORT}, or a free one")
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes other people")
    parser.add_argument("--data", type=Path, default=LocalSettings().data / "demo", help="the folder for all it keeps")
    given = parser.parse_args()
    plan = Plan(given.people, given.once, given.data, given.seed, given.port)
    configure("auto", "warning")
    # it warns at each try while a new topic gets its leader; what lasts is raised
    logging.getLogger("aiokafka.producer.sender").setLevel(logging.ERROR)
    try:
        wrong = uvloop.run(run(plan, Screen()))
    except (DemoError, StackError, DocumentError, BrokerError) as fault:
        sys.exit(str(fault))
    if wrong:
        sys.exit("Not all is well:\n" + "\n".join(f"  {sentence}" for sentence in wrong))


def _people(text: str) -> int:
    count = int(text)
    if count < FEWEST:
        raise argparse.ArgumentTypeError(f"at least {FEWEST}, or there are too few of some kind of people")
    return count


if __name__ == "__main__":
    main()
