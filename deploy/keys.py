"""Makes the keys of regions and the national catalogue of their public halves: `python -m deploy.keys FOLDER 330000`.

Existing keys are kept, and so is what the catalogue already says: since when a key is good, older keys, other regions.
Each region's folder is its own secret; the catalogue is public.
"""

import argparse
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from joserfc.jwk import ECKey

from chassis.documents import read_yaml
from healthcode.catalogue import SPOKEN, sign_catalogue
from healthcode.credential import Es256Key
from healthcode.region import Region, region_from

SYMMETRIC: Final = ("pseudonym.key", "master.key", "salt.key")
JWKS: Final = ("intake.jwk", "signing.jwk", "encryption.jwk")
CREDENTIAL: Final = "credential.pem"
LISTS: Final = "lists.pem"
SEAL: Final = "seal.pem"
TRUST: Final = "trust.pem"
"""The nation's, for its trust list."""
ANCHOR: Final = "trust-anchor.pem"
"""Its public half, which comes with every verifier."""
CATALOGUE: Final = "catalogue.json"
VALID: Final = timedelta(days=3650)
STANDING: Final = ("valid_from", "valid_until", "joined", "suspensions", "left", "speaks")
"""What the catalogue says of a region that its files do not."""
ROLLED: Final = ("credential", "lists", "seal")
"""Of these keys a region has several in time, of which each signs for a while: deploy/rollover.py."""


def make_keys(
    folder: Path, regions_folder: Path, codes: list[str], *, valid_from: datetime, catalogue: Path | None = None
) -> Path:
    """Make what is missing for the regions under `folder`/<code>/, and write the catalogue; gives its path.

    `catalogue`: where it goes, else `folder`/catalogue.json.
    """
    path = catalogue or folder / CATALOGUE
    before = json.loads(path.read_bytes()) if path.exists() else {"regions": []}
    known = before["regions"]
    since = {entry["signing"]["kid"]: entry for entry in known}
    entries = []
    for code in codes:
        region = region_from(read_yaml(regions_folder / code / "region.yaml"))
        _make_region(folder / code)
        entry = entry_of(region, folder / code, valid_from)
        if (kept := since.pop(entry["signing"]["kid"], None)) is not None:
            entry |= {name: kept[name] for name in (*ROLLED, *STANDING) if name in kept}
        entries.append(entry)
    hub = next((entry["code"] for entry in entries if entry["hub"]), None)
    if hub is not None:
        _make_key(folder / hub / TRUST)
        path.with_name(ANCHOR).write_bytes(_anchor(folder / hub / TRUST))
    regions = json.loads(json.dumps([*entries, *since.values()]))
    if regions != known or not path.exists() or (hub is not None and "signature" not in before):
        write_catalogue(path, {**before, "regions": regions}, folder)
    return path


def _make_region(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in SYMMETRIC:
        _write(folder / name, secrets.token_hex(32).encode())
    for name in JWKS:
        _write(folder / name, json.dumps(_private_jwk()).encode())
    for name in (CREDENTIAL, LISTS, SEAL):
        _make_key(folder / name)


def _make_key(path: Path) -> None:
    _write(path, Es256Key.generate().to_pem())


def _anchor(path: Path) -> bytes:
    key = Es256Key.from_pem(path.read_bytes()).public_key
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _private_jwk() -> dict[str, Any]:
    key = ECKey.generate_key("P-256", private=True)
    return {**key.as_dict(private=True), "kid": key.thumbprint()}


def _write(path: Path, content: bytes) -> None:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(content)


def entry_of(region: Region, folder: Path, valid_from: datetime) -> dict[str, Any]:
    """What the catalogue says of a region whose keys are in a folder."""
    return {
        "code": region.code,
        "way": region.way,
        "hub": region.hub,
        "adopts": region.adopts,
        "speaks": [SPOKEN],
        "signing": _public(folder / "signing.jwk"),
        "intake": _public(folder / "intake.jwk"),
        "encryption": _public(folder / "encryption.jwk"),
        "credential": [public_of(folder / CREDENTIAL)],
        "lists": [public_of(folder / LISTS)],
        "seal": [public_of(folder / SEAL)],
        "valid_from": valid_from.isoformat(),
        "valid_until": (valid_from + VALID).isoformat(),
    }


def write_catalogue(path: Path, document: dict[str, Any], folder: Path) -> None:
    """Sign it with the nation's key below `folder`, and put it there whole: who watches it never reads half of it.

    Without the nation among the regions nobody signs. Raises ValueError where the nation's key is not there.
    """
    hub = next((entry["code"] for entry in document["regions"] if entry["hub"]), None)
    if hub is not None:
        key = folder / hub / TRUST
        if not key.is_file():
            raise ValueError(f"the catalogue is the nation's: only who holds {key} changes it")
        document = sign_catalogue(document, Es256Key.from_pem(key.read_bytes()))
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(document, ensure_ascii=False, indent=2), "utf-8")
    new.replace(path)


def public_of(path: Path) -> dict[str, Any]:
    """The public half of a private key in a PEM file, as JWK."""
    return ECKey.import_key(path.read_bytes()).as_dict(private=False)


def _public(path: Path) -> dict[str, Any]:
    jwk: dict[str, Any] = json.loads(path.read_bytes())
    return {name: value for name, value in jwk.items() if name != "d"}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the keys go, one folder a region")
    parser.add_argument("regions", nargs="+", help="codes of regions in --data")
    parser.add_argument("--data", type=Path, default=Path("regions"), help="the folder of the regions' data")
    arguments = parser.parse_args()
    path = make_keys(arguments.folder, arguments.data, arguments.regions, valid_from=datetime.now(UTC))
    print(f"keys in {arguments.folder}, catalogue in {path}")


if __name__ == "__main__":
    main()
