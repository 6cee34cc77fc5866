"""A region in the national catalogue: its entry, and what two officers of the nation decided about it.

    python -m deploy.membership entry FOLDER 460000 > 460000.json
    healthcode-admin region changes --to-do --json | python -m deploy.membership carry-out FOLDER

The first is the new region's, and holds no secret; the second is for who holds the nation's key, and for nobody else.
FOLDER is that of `deploy.keys`. Again changes nothing: what is in the catalogue already is passed over.
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from chassis.documents import read_yaml
from deploy.keys import CATALOGUE, VALID, entry_of, write_catalogue
from healthcode.catalogue import acts_in
from healthcode.region import region_from

Document = dict[str, Any]
Order = dict[str, Any]


class MembershipError(ValueError):
    """What was decided cannot be done; the text says what to do instead."""


def carry_out(document: Document, orders: list[Order], now: datetime) -> list[str]:
    """Change the document as was decided, oldest first; says what was done. Raises MembershipError."""
    known, done = acts_in(document), []
    for order in sorted(orders, key=lambda each: str(each["proposed_at"])):
        if order["proposal"] in known:
            continue
        if order["state"] != "approved" or order["done"]:
            raise MembershipError(f"{order['proposal']} is not to be done: take `region changes --to-do --json`")
        begins = datetime.fromisoformat(order["begins_at"]) if order.get("begins_at") else now
        ACTS[order["act"]](document, order, max(begins, now))
        done.append(f"{order['region']}: {order['act']}, from {max(begins, now)}")
    return done


def _join(document: Document, order: Order, at: datetime) -> None:
    """A new member; one that left before begins anew with what it brings."""
    entry = order["entry"]
    others = [each for each in document["regions"] if each["code"] != entry["code"]]
    dated = {
        "valid_from": at.isoformat(),
        "valid_until": (at + VALID).isoformat(),
        "joined": {"at": at.isoformat(), "act": order["proposal"]},
    }
    document["regions"] = [*others, {**entry, **dated}]


def _suspend(document: Document, order: Order, at: datetime) -> None:
    suspension = {"from": at.isoformat(), "reason": order["why"], "act": order["proposal"]}
    if order.get("until"):
        suspension["until"] = order["until"]
    for member in _entries(document, order["region"]):
        member["suspensions"] = [*member.get("suspensions", ()), suspension]


def _resume(document: Document, order: Order, at: datetime) -> None:
    for member in _entries(document, order["region"]):
        last = member["suspensions"][-1]
        if last.get("until") is None or datetime.fromisoformat(last["until"]) > at:
            last |= {"until": at.isoformat(), "ended_by": order["proposal"]}


def _leave(document: Document, order: Order, at: datetime) -> None:
    left = {"at": at.isoformat(), "reason": order["why"], "act": order["proposal"]}
    for member in _entries(document, order["region"]):
        member |= {"valid_until": at.isoformat(), "left": left}


ACTS: Final[dict[str, Callable[[Document, Order, datetime], None]]] = {
    "join": _join,
    "suspend": _suspend,
    "resume": _resume,
    "leave": _leave,
}


def _entries(document: Document, code: str) -> list[Document]:
    found = [each for each in document["regions"] if each["code"] == code]
    if not found:
        raise MembershipError(f"{code} is not in the catalogue")
    return found


def _entry(folder: Path, data: Path, code: str) -> Document:
    """What a region brings to the nation."""
    if not (folder / code / "signing.jwk").is_file():
        raise MembershipError(f"{folder / code} has no keys: first `python -m deploy.keys {folder} {code}`")
    region = region_from(read_yaml(data / code / "region.yaml"))
    return entry_of(region, folder / code, datetime.now(UTC))


def main(arguments: list[str] | None = None) -> None:
    """The command line; what was decided comes on stdin."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    acts = parser.add_subparsers(dest="act", required=True)
    entry = acts.add_parser("entry", help="write a region's entry, which holds no secret")
    order = acts.add_parser("carry-out", help="change the catalogue as was decided, and sign it")
    for sub in (entry, order):
        sub.add_argument("folder", type=Path, help="where the keys are, one folder a region")
    entry.add_argument("region")
    entry.add_argument("--data", type=Path, default=Path("regions"), help="the folder of the regions' data")
    order.add_argument("--catalogue", type=Path, help="the catalogue, else catalogue.json in that folder")
    given = parser.parse_args(arguments)
    try:
        if given.act == "entry":
            json.dump(_entry(given.folder, given.data, given.region), sys.stdout, ensure_ascii=False, indent=2)
            sys.stdout.write("\n")
            return
        path = given.catalogue or given.folder / CATALOGUE
        document: Document = json.loads(path.read_bytes())
        answer = json.load(sys.stdin)
        done = carry_out(document, answer["items"], datetime.fromisoformat(answer["as_of"]).replace(microsecond=0))
        if done:
            write_catalogue(path, document, given.folder)
    except (MembershipError, OSError, ValueError, KeyError, TypeError) as fault:
        sys.exit(f"{type(fault).__name__}: {fault}" if isinstance(fault, KeyError | TypeError) else str(fault))
    sys.stdout.write("\n".join(done or ["nothing is to be done"]) + "\n")


if __name__ == "__main__":
    main()
