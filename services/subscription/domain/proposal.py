"""Terms that one officer proposes and another person approves."""

from healthcode.two_officers import Proposed
from services.subscription.domain.client import Terms


class Proposal(Proposed, frozen=True, kw_only=True):
    """Terms for a client, laid before a second officer."""

    client: str
    terms: Terms
