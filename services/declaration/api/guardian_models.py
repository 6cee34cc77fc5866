"""What guardians, the persons they speak for, and counters say of that, as it comes in over HTTP."""

from typing import Annotated

from pydantic import Field

from chassis.http.body import PLAIN_TEXT
from chassis.http.body import Body as Model
from services.declaration.api.models import BasicModel, Day, DocumentModel
from services.declaration.domain.dependant import Registering, Relation
from services.declaration.handlers.guardianship import Sighting


class DependantModel(Model):
    """A dependant, by consent or as their legal guardian, to the end of the day `until` (five years at most)."""

    basic: BasicModel
    relation: Relation = Field(examples=["child"])
    until: Day = Field(examples=["2023-02-11"])

    def registering(self) -> Registering:
        """As the domain knows it."""
        return Registering(self.basic.basic(), self.relation, self.until)


class ConsentModel(Model):
    """That a guardian shows one's code, to the end of the day `until`."""

    until: Day = Field(examples=["2020-08-11"])


class SightingModel(ConsentModel):
    """What a counter saw: both documents, and what shows that the one is the other's guardian."""

    guardian: DocumentModel
    dependant: DocumentModel
    evidence: Annotated[str, Field(min_length=1, max_length=160, examples=["户口簿 330106-1987-22"]), PLAIN_TEXT]

    def sighting(self) -> Sighting:
        """As the handlers know it."""
        return Sighting(self.guardian.document(), self.dependant.document(), self.evidence, self.until)
