"""What a restore has to know of this service."""

from typing import Final

from chassis.restore.model import Known, Restored
from healthcode.events import CheckInAccepted, DeclarationAccepted, TripDeclared

RESTORED: Final = Restored(
    known=(
        Known(
            DeclarationAccepted.topic,
            (DeclarationAccepted.type, CheckInAccepted.type, TripDeclared.type),
            "SELECT id FROM statement WHERE id = ANY($1)",
            "statements are on the topic alone, accepted after the database's backup: they are audited, their receipts"
            " are not known",
            waiting="SELECT id FROM statement WHERE coloured_at IS NULL",
            gone="statements without an outcome are on no topic any more: nobody will audit them; have them stated"
            " again",
        ),
    ),
    unknowable=(
        "names and addresses declared after the database's backup: they are on no topic; ask for another declaration",
        "registrations of dependants and employers' batches after the database's backup",
        "which requests of the last 24 hours before the loss were answered: one sent again is taken as new",
    ),
)
