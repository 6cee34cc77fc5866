"""What a restore has to know of this service."""

from typing import Final

from chassis.restore.model import Known, Restored
from healthcode.events import ListingRecorded, TestRecorded

# Everybody is looked at again, and what is concluded is published whether it has changed or not: a finding may have
# been lost on its way. Storms begin anew, since their fences are transaction ids of a server that is gone.
MEND: Final = (
    "UPDATE dossier SET digest = ''",
    "UPDATE reference SET policies = ''",
    "UPDATE storm SET state = 'new', fence = NULL, at_area = '', at_subject = '' WHERE state <> 'done'",
)

RESTORED: Final = Restored(
    mend=MEND,
    known=(
        Known(
            ListingRecorded.topic,
            (ListingRecorded.type, TestRecorded.type),
            "SELECT id FROM unnest($1::text[]) AS t (id) WHERE EXISTS (SELECT 1 FROM listing l WHERE l.entry || '.' ||"
            " l.revision = t.id) OR EXISTS (SELECT 1 FROM test e WHERE e.entry || '.' || e.revision = t.id)",
            "entries of lists and tests are on the topic alone, recorded after the database's backup: they count, but"
            " their authority has to enter them again before it can change or withdraw them",
        ),
    ),
    unknowable=(
        "levels of areas entered after the database's backup, but for those on reference.v1: enter them again",
        "policies put in force after the database's backup, but for those on reference.v1: propose them again",
        "entries submitted by topic more than a day before the restore and after the database's backup",
    ),
)
