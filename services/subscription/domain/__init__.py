"""What a client may do and becomes, what a person lets it see, and which word of a code it gets."""

from services.subscription.domain.client import (
    GRANTED,
    LONGEST_GRANT,
    Application,
    Client,
    NotNow,
    Terms,
    applied,
    changed,
    expired,
    granted,
    opened,
    revoked,
    suspended,
)
from services.subscription.domain.consent import LONGEST_CONSENT, Consent, Known, ended, given, newest, shared
from services.subscription.domain.proposal import Proposal

__all__ = [
    "GRANTED",
    "LONGEST_CONSENT",
    "LONGEST_GRANT",
    "Application",
    "Client",
    "Consent",
    "Known",
    "NotNow",
    "Proposal",
    "Terms",
    "applied",
    "changed",
    "ended",
    "expired",
    "given",
    "granted",
    "newest",
    "opened",
    "revoked",
    "shared",
    "suspended",
]
