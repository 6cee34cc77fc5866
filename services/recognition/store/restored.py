"""What a restore has to know of this service."""

from typing import Final

from chassis.restore.model import Restored

RESTORED: Final = Restored(
    # Others keep the highest sequence of a handle; more messages than this were not sent since any backup.
    mend=("UPDATE watch SET sequence = sequence + 1000000 WHERE handle IS NOT NULL",),
    unknowable=(
        "watches opened after the database's backup: the trip that caused one opens another when it is read again",
        "messages between regions after the broker's backup: the origin's next change brings the status up to date",
    ),
)
