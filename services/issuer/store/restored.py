"""What a restore has to know of this service."""

from typing import Final

from chassis.restore.model import Restored

RESTORED: Final = Restored(
    unknowable=(
        "credentials issued after the database's backup: they verify for a day at most and cannot be revoked",
        "changes on codes.v1 after the broker's backup: who has not read them sees the person's next change",
    ),
)
