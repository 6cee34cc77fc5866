"""What a checkpoint's region makes of a credential: who is let in, how old what may be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from healthcode.values import Act, Status

ACTS: Final[Mapping[Status, str]] = {
    Status.LOW: Act.MAY_ENTER,
    Status.MEDIUM: Act.HOME_ISOLATION,
    Status.HIGH: Act.CENTRAL_ISOLATION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """How a checkpoint checks. Raises ValueError for what would let anybody in."""

    acts: Mapping[Status, str] = field(default_factory=lambda: ACTS)
    """What each status means here."""
    live: bool = True
    """Whether an app has to prove that it holds the credential's key; paper never can."""
    proof_age: timedelta = timedelta(seconds=60)
    clock_skew: timedelta = timedelta(seconds=60)
    """How far an issuer's or a device's clock may be ahead."""
    paper_age: timedelta | None = timedelta(days=7)
    """How old a paper code may be; None where paper does not count."""
    lists_age: timedelta = timedelta(hours=24)
    """How old status lists may be. Up to then a revoked code still passes here: the window of exposure."""
    trust_age: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        """Refuse what is incomplete or without a limit."""
        missing = {Status.LOW, Status.MEDIUM, Status.HIGH} - set(self.acts)
        if missing:
            raise ValueError(f"no act for {', '.join(sorted(missing))}")
        if min(self.proof_age, self.lists_age, self.trust_age) <= timedelta():
            raise ValueError("an age limit is more than nothing")
