"""Carries out what two officers decided about a region's keys: for whoever holds the folder of keys, and nobody else.

    healthcode-admin keys changes --to-do --json | python -m deploy.orders FOLDER 330000

FOLDER is that of `deploy.keys`. Again changes nothing: what is in the catalogue already is passed over. No service can
do this: their folders of keys and the catalogue are read-only to them.
"""

import argparse
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from deploy.keys import CATALOGUE, public_of, write_catalogue
from deploy.rollover import BELIEVED, Document, RolloverError, id_of, keys_of, new_file, renew, revoke, standing

NOTICE: Final = timedelta(seconds=5)
"""By then every process of the region has seen the new key: what the old one signs until then stays good."""


def carry_out(folder: Path, document: Document, region: str, orders: list[dict[str, Any]], now: datetime) -> list[str]:
    """Change the catalogue's document as was decided, oldest first; says what was done.

    A new key is announced for as long as was decided, from now on. Before a revocation that would leave nothing to
    sign, the announced key is brought forward, or a new one made. Raises RolloverError.
    """
    done = []
    for order in sorted(orders, key=lambda each: str(each["proposed_at"])):
        if order["state"] != "approved" or order["done"]:
            raise RolloverError(f"{order['proposal']} is not to be done: take `keys changes --to-do --json`")
        usage = order["usage"]
        if order["act"] == "rotate":
            decided, begins = (datetime.fromisoformat(order[name]) for name in ("proposed_at", "begins_at"))
            at = now + max(NOTICE, begins - decided.replace(microsecond=0))
            done.append(_renew(folder, document, region, usage, at, now))
            continue
        if not _another_signs(document, region, usage, order["key"], now):
            done.append(_another(folder, document, region, usage, now))
        revoke(document, region, order["key"], f"{order['why']} ({order['proposal']})", now)
        done.append(f"{region}: {usage} key {order['key']} is revoked")
    return done


def _another_signs(document: Document, region: str, usage: str, key: str, now: datetime) -> bool:
    return any(standing(each, now) == "signs" and id_of(each) != key for each in keys_of(document, region, usage))


def _another(folder: Path, document: Document, region: str, usage: str, now: datetime) -> str:
    """A key that signs from now on."""
    announced = [each for each in keys_of(document, region, usage) if standing(each, now) == "announced"]
    if not announced:
        return _renew(folder, document, region, usage, now, now)
    next_one = min(announced, key=lambda each: datetime.fromisoformat(each["signs_from"]))
    next_one["signs_from"] = now.isoformat()
    return f"{region}: {usage} key {id_of(next_one)}, which was announced, signs from {now}"


def _renew(folder: Path, document: Document, region: str, usage: str, at: datetime, now: datetime) -> str:
    file = new_file(folder / region, usage, now)
    renew(document, region, usage, public_of(file), at, BELIEVED)
    return f"{region}: new {usage} key in {file}, signs from {at}"


def main(arguments: list[str] | None = None) -> None:
    """The command line; what was decided comes on stdin."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the keys are, one folder a region")
    parser.add_argument("region")
    parser.add_argument("--catalogue", type=Path, help="the catalogue, else catalogue.json in that folder")
    given = parser.parse_args(arguments)
    path = given.catalogue or given.folder / CATALOGUE
    try:
        document: Document = json.loads(path.read_bytes())
        answer = json.load(sys.stdin)
        as_of = datetime.fromisoformat(answer["as_of"]).replace(microsecond=0)
        done = carry_out(given.folder, document, given.region, answer["items"], as_of)
        if done:
            write_catalogue(path, document, given.folder)
    except (RolloverError, OSError, ValueError, KeyError, TypeError) as fault:
        sys.exit(f"{type(fault).__name__}: {fault}" if isinstance(fault, KeyError | TypeError) else str(fault))
    sys.stdout.write("\n".join(done or ["nothing is to be done"]) + "\n")


if __name__ == "__main__":
    main()
