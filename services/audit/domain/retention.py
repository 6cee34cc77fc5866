"""How long a region keeps what: its folder's `retention.yaml`, in days for each kind."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec

from services.audit.domain.days import DAY
from services.audit.domain.prune import RECORDED

LEAST: Final = RECORDED // DAY
"""So long an entry that has ended can still wait for its release."""

Days = Annotated[int, msgspec.Meta(ge=1, le=3660)]


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days after which a kind is dropped.

    `findings` count from when a later one took their place; the others from when the entry had ended, been withdrawn or
    been replaced by a later revision, or the test been sampled. What a person stated is evidence for 60 days under
    every policy, an ended entry for 180; a dossier forgets what no rule can use any more with the next fact, or when
    nobody has looked at it for `dossiers` days.
    """

    dossiers: Days = 30
    findings: Days = 180
    listings: Days = 365
    tests: Days = 365
    decisions: Days = 365

    def __post_init__(self) -> None:
        """Refuse days after which a finding on record could not be explained, or a rule might still wait."""
        for kind in ("listings", "tests", "decisions"):
            days = getattr(self, kind)
            if days < self.findings:
                raise ValueError(
                    f"{kind}: {days} days are less than the {self.findings} of `findings`, which name their sources:"
                    f" write {self.findings} or more"
                )
            if days < LEAST:
                raise ValueError(
                    f"{kind}: a rule can wait so long for its release after an entry has ended: write {LEAST} or more"
                )


def retention_from(document: Mapping[str, Any]) -> Retention:
    """The retention in a parsed file. Raises msgspec.ValidationError that says what to write."""
    return msgspec.convert(document, Retention)
