"""What goes out over HTTP."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from healthcode.values import Attestation, Color
from services.declaration.domain.batch import Batch, Progress
from services.declaration.domain.dependant import Basis, Dependant, Relation, shown_until
from services.declaration.domain.people import Caller
from services.declaration.domain.statement import Kind, Receipt, Statement, colors_shown

RECEIPT_PATH = "/v1/declarations/{id}"
BATCH_PATH = "/v1/batches/{id}"
IDENT = "170342b0b0007a3c9d0f6e5d4c3b2a19"
INSTANT = "2020-02-11T01:00:00Z"


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True)


class AcceptedAnswer(Answer):
    """It is durable; its receipt tells how far it has come."""

    id: str = Field(examples=[IDENT])
    receipt: str = Field(examples=[f"/v1/declarations/{IDENT}"], description="where to ask how far it has come")
    attestation: Attestation = Field(description="who vouches for it; `other` waits for the person's confirmation")

    @classmethod
    def of(cls, statement: Statement) -> "AcceptedAnswer":
        """The answer to a statement."""
        receipt = RECEIPT_PATH.format(id=statement.id)
        return cls(id=statement.id, receipt=receipt, attestation=statement.attestation)


class AcceptedStage(Answer):
    """It was accepted."""

    at: datetime = Field(examples=[INSTANT])


class AuditedStage(Answer):
    """The audit has concluded a finding that takes it into account."""

    at: datetime = Field(examples=[INSTANT])
    finding: str = Field(examples=[IDENT])
    color: Color | None = Field(description="null for who may not see the person's color")


class ColouredStage(Answer):
    """The code it led to, or left as it was."""

    at: datetime = Field(examples=[INSTANT])
    incarnation: int = Field(examples=[1])
    version: int = Field(examples=[3], description="of the code, within the incarnation")
    color: Color | None = Field(description="null for who may not see the person's color")


class Stages(Answer):
    """The stages; null while not reached."""

    accepted: AcceptedStage
    audited: AuditedStage | None
    coloured: ColouredStage | None


class ReceiptAnswer(Answer):
    """What became of a declaration, check-in, trip or confirmation."""

    id: str = Field(examples=[IDENT])
    kind: Kind
    attestation: Attestation
    stages: Stages

    @classmethod
    def of(cls, receipt: Receipt, caller: Caller) -> "ReceiptAnswer":
        """A receipt as the caller may see it."""
        statement, audited, coloured = receipt.statement, receipt.audited, receipt.coloured
        shown = colors_shown(statement, caller)
        stages = Stages(
            accepted=AcceptedStage(at=statement.accepted_at),
            audited=audited
            and AuditedStage(at=audited.at, finding=audited.finding, color=audited.color if shown else None),
            coloured=coloured
            and ColouredStage(
                at=coloured.at,
                incarnation=coloured.incarnation,
                version=coloured.version,
                color=coloured.color if shown else None,
            ),
        )
        return cls(id=statement.id, kind=statement.kind, attestation=statement.attestation, stages=stages)


class DependantAnswer(Answer):
    """A registration."""

    id: str = Field(examples=[IDENT], description="what goes into `for`")
    name: str | None = Field(examples=["王**"], description="masked; null in the answer to a registration")
    relation: Relation
    until: date = Field(examples=["2023-02-11"])
    ended: bool
    basis: Basis | None = Field(description="on what the guardian may show the person's code")
    shown_until: date | None = Field(examples=["2020-08-11"], description="the last day of that; null: not, or over")

    @classmethod
    def of(cls, dependant: Dependant, name: str | None, today: date) -> "DependantAnswer":
        """The answer for a registration."""
        return cls(
            id=dependant.id,
            name=name or None,
            relation=dependant.relation,
            until=dependant.until,
            ended=dependant.until < today,
            basis=dependant.agreement.basis if dependant.agreement else None,
            shown_until=shown_until(dependant, today),
        )


class DependantsAnswer(Answer):
    """All registrations of a guardian, or of a person by guardians, ended ones too."""

    items: list[DependantAnswer]


class BatchLineError(Answer):
    """One fault of a line; never the value."""

    code: str = Field(examples=["id_number_check_digit"])
    detail: str = Field(examples=["Give a number."])
    pointer: str = Field(examples=["#/basic/id_number"], description="place in the JSON form of the line")
    column: str | None = Field(examples=["id_number"], description="the column, were it CSV")


class BatchLineErrors(Answer):
    """The faults of a line."""

    line: int = Field(examples=[2], description="number of the line in the file, from 1")
    errors: list[BatchLineError]


class BatchAnswer(Answer):
    """What became of the lines of a batch."""

    id: str = Field(examples=[IDENT])
    batch: str = Field(examples=[f"/v1/batches/{IDENT}"], description="where to ask how far it has come")
    accepted: int = Field(examples=[1])
    refused: int = Field(examples=[1])
    errors: list[BatchLineErrors] = Field(description="of the first 1,000 refused lines")
    receipts: dict[int, str] = Field(
        examples=[{"1": IDENT}], description="ids of the accepted, by number of the line; see the receipt's path"
    )

    @classmethod
    def of(cls, batch: Batch, errors: list[BatchLineErrors], receipts: dict[int, str]) -> "BatchAnswer":
        """The answer to a batch."""
        return cls(
            id=batch.id,
            batch=BATCH_PATH.format(id=batch.id),
            accepted=batch.accepted,
            refused=batch.refused,
            errors=errors,
            receipts=receipts,
        )


class ProgressAnswer(Answer):
    """How far a batch has come."""

    id: str = Field(examples=[IDENT])
    received_at: datetime = Field(examples=[INSTANT])
    finished: bool = Field(description="false while lines are being read; send it again with its key if it stays so")
    accepted: int = Field(examples=[1])
    refused: int = Field(examples=[1])
    audited: int = Field(examples=[1])
    coloured: int = Field(examples=[0])

    @classmethod
    def of(cls, progress: Progress) -> "ProgressAnswer":
        """The answer for a batch."""
        batch = progress.batch
        return cls(
            id=batch.id,
            received_at=batch.received_at,
            finished=batch.finished,
            accepted=batch.accepted,
            refused=batch.refused,
            audited=progress.audited,
            coloured=progress.coloured,
        )
