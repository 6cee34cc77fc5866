"""What is wrong with a request, place by place, never with the value that stands there."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

Path = tuple[str | int, ...]


class Fault(msgspec.Struct, frozen=True):
    """One fault: `code` is stable and has a text in Chinese and English, `path` says where, `params` fill the text."""

    code: str
    path: Path
    params: Mapping[str, Any] = {}

    def under(self, *prefix: str | int) -> "Fault":
        """The same fault of a part, seen from the whole."""
        return Fault(self.code, (*prefix, *self.path), self.params)


class Refused(ValueError):  # noqa: N818 - a verdict on a request, not a fault of ours
    """A request breaks rules; it lists all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = tuple(faults)


class NotVerified(ValueError):  # noqa: N818 - names the state of the caller
    """The caller's login names no verified identity document, and this needs one."""


class NotFound(LookupError):  # noqa: N818 - names the answer
    """There is nothing of that id that the caller may see."""


class NothingToConfirm(ValueError):  # noqa: N818 - names the state
    """What others did not declare needs no confirmation."""


class TooManyDependants(ValueError):  # noqa: N818 - names the state
    """A guardian has as many dependants as one may have."""


class InFlight(ValueError):  # noqa: N818 - names the state
    """The same request is being worked on."""


class KeyReused(ValueError):  # noqa: N818 - names the fault
    """Another request came under the same idempotency key."""
