"""What a restore has to know of this service."""

from typing import Final

from chassis.restore.model import Restored

RESTORED: Final = Restored(
    unknowable=(
        "consents given or taken back after the database's backup: they stand as they did then",
        "what officers did with clients after the database's backup: suspend again whom you suspended",
    ),
)
