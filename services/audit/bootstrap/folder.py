"""What the audit reads of its region's folder when it starts."""

import hashlib
from datetime import datetime
from pathlib import Path

import msgspec

from chassis.documents import DocumentError, read_document
from services.audit.domain import NoPolicy, Policy, PolicyError, load_policies
from services.audit.domain.retention import Retention, retention_from


def read_policies(folder: Path, now: datetime) -> tuple[list[Policy], str]:
    """The policies of a folder, one of them in force now, and a digest of the files.

    Raises DocumentError that names file and line: without a policy that judges, every record would fail.
    """
    texts = {file: file.read_text("utf-8") for file in sorted(folder.glob("*.yaml"))}
    try:
        policies = load_policies({str(file): text for file, text in texts.items()})
        policies.at(now)
    except PolicyError as error:
        raise DocumentError(str(error)) from None
    except (NoPolicy, ValueError) as error:
        raise DocumentError(f"{folder}:1: {error}") from None
    return list(policies.policies), hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()


def read_retention(folder: Path) -> Retention:
    """How long the region of a folder keeps what. Raises DocumentError for a file that cannot be followed."""
    path = folder / "retention.yaml"
    if not path.is_file():
        return Retention()
    document = read_document(path)
    try:
        return retention_from(document.content or {})
    except msgspec.ValidationError as error:
        raise document.refusal(error) from None
