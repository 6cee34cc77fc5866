"""A region's keys in time: which sign, which are still believed, and which are revoked.

    python -m deploy.rollover FOLDER list 330000
    python -m deploy.rollover FOLDER renew 330000 credential --in 8d --believed 31d
    python -m deploy.rollover FOLDER revoke 330000 3f0c… --why "lost with a server"

FOLDER is that of `deploy.keys`. Running processes take the changed catalogue within seconds; see docs/keys.md.
"""

import argparse
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Column, Table

from deploy.keys import CATALOGUE, ROLLED, public_of, write_catalogue
from healthcode.credential import Es256Key, key_id
from healthcode.credential.catalogued import public_key

LEAD: Final = timedelta(days=8)
"""A new key is in the list a day longer before it signs than a verifier may go on with an old list (seven days)."""
BELIEVED: Final = timedelta(days=31)
"""The longest life of a credential, on paper 30 days, and a day for clocks."""
_SPAN: Final = re.compile(r"(\d{1,5})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Document = dict[str, Any]


class RolloverError(ValueError):
    """What was asked for cannot be done; the text says what to do instead."""


def renew(document: Document, region: str, name: str, jwk: Document, at: datetime, believed: timedelta) -> None:
    """From `at` on the key of this JWK signs instead of those that do now, which are believed for so long yet."""
    keys = keys_of(document, region, name)
    if any(id_of(each) == id_of(jwk) for each in keys):
        raise RolloverError("this key is in the catalogue already")
    if any((begins := _time(each, "signs_from")) is not None and begins >= at for each in keys):
        raise RolloverError(f"a key for {name} begins at that time or later: see `list {region}`")
    for each in keys:
        if _time(each, "signs_until") is None and "revoked_at" not in each:
            each |= {"signs_until": at.isoformat(), "believed_until": (at + believed).isoformat()}
    keys.append({**jwk, "signs_from": at.isoformat()})


def revoke(document: Document, region: str, kid: str, why: str, now: datetime) -> str:
    """All that this key signed is void from now on; gives what it was for.

    Raises RolloverError where no other key would sign then: nobody could be given a new code.
    """
    for name in ROLLED:
        keys = keys_of(document, region, name)
        for each in keys:
            if id_of(each) != kid:
                continue
            if not any(_signs(other, now) for other in keys if other is not each):
                raise RolloverError(f"no other key signs {name} now: first `renew {region} {name} --in 0s`")
            each |= {"revoked_at": now.isoformat(), "reason": why}
            return name
    raise RolloverError(f"{region} has no key {kid}: see `list {region}`")


def keys_of(document: Document, region: str, name: str) -> list[Document]:
    """The region's keys of that name, as the document has them. Raises RolloverError."""
    for member in document["regions"]:
        if member["code"] == region:
            found: list[Document] = member[name]
            return found
    raise RolloverError(f"{region} is not in the catalogue")


def _signs(jwk: Document, now: datetime) -> bool:
    begins, ends = _time(jwk, "signs_from"), _time(jwk, "signs_until")
    return "revoked_at" not in jwk and (begins is None or begins <= now) and (ends is None or now < ends)


def _time(jwk: Document, name: str) -> datetime | None:
    return datetime.fromisoformat(jwk[name]) if name in jwk else None


def id_of(jwk: Document) -> str:
    """The key's id, in hexadecimal."""
    return key_id(public_key(jwk)).hex()


def standing(jwk: Document, now: datetime) -> str:
    """How a key stands, in a word."""
    believed, begins = _time(jwk, "believed_until"), _time(jwk, "signs_from")
    if "revoked_at" in jwk:
        return "revoked"
    if believed is not None and believed <= now:
        return "over"
    if begins is not None and now < begins:
        return "announced"
    return "signs" if _signs(jwk, now) else "believed"


def show(document: Document, region: str, now: datetime) -> Table:
    """All keys of a region that change in time."""
    table = Table("for", Column("key", no_wrap=True), "stands", "from", "until", "believed until", "why", title=region)
    for name in ROLLED:
        for jwk in keys_of(document, region, name):
            times = (_shown(_time(jwk, each)) for each in ("signs_from", "signs_until", "believed_until"))
            table.add_row(name, id_of(jwk), standing(jwk, now), *times, jwk.get("reason", ""))
    return table


def _shown(time: datetime | None) -> str:
    return "" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time: write 90s, 15m, 12h or 8d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _instant(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write 2026-11-27T08:00:00+00:00") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def new_file(folder: Path, name: str, now: datetime) -> Path:
    """A private key of its own file; the process finds it by the key's id."""
    key = Es256Key.generate()
    path = folder / f"{name}-{now:%Y%m%d}-{key.kid.hex()}.pem"
    path.touch(mode=0o600)
    path.write_bytes(key.to_pem())
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the keys are, one folder a region")
    parser.add_argument("--catalogue", type=Path, help="the catalogue, else catalogue.json in that folder")
    parser.add_argument(
        "--now", type=_instant, default=datetime.now(UTC), help="the present, where the region has another, as the demo"
    )
    acts = parser.add_subparsers(dest="act", required=True)
    for act, text in (("list", "show all keys"), ("renew", "make a key that signs next"), ("revoke", "void a key")):
        sub = acts.add_parser(act, help=text)
        sub.add_argument("region")
        if act == "renew":
            sub.add_argument("name", choices=ROLLED)
            sub.add_argument("--in", dest="lead", type=_span, default=LEAD, help="when it begins to sign (8d)")
            sub.add_argument("--believed", type=_span, default=BELIEVED, help="how long the old one counts yet (31d)")
        if act == "revoke":
            sub.add_argument("key", help="its id, as `list` shows it")
            sub.add_argument("--why", required=True, help="for the record; it is public")
    return parser


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    given = _parser().parse_args(arguments)
    path = given.catalogue or given.folder / CATALOGUE
    console, now = Console(width=None if sys.stdout.isatty() else 118), given.now
    try:
        document: Document = json.loads(path.read_bytes())
        if given.act == "renew":
            keys_of(document, given.region, given.name)
            file = new_file(given.folder / given.region, given.name, now)
            renew(document, given.region, given.name, public_of(file), now + given.lead, given.believed)
            console.print(f"new key in {file}", soft_wrap=True)
        if given.act == "revoke":
            name = revoke(document, given.region, given.key, given.why, now)
            console.print(f"{given.region}: {name} key {given.key} is revoked", soft_wrap=True)
        if given.act != "list":
            write_catalogue(path, document, given.folder)
        console.print(show(document, given.region, now))
    except (RolloverError, OSError, ValueError) as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
