"""Looking a person up at a gate, by the document in their hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from healthcode.events import CodeChanged
from healthcode.values import IdType
from services.issuer.handlers.code import NotDeclared
from services.issuer.ports import Lookup, LookupLog, Pseudonymiser, Views


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    sub: str
    client: str | None
    authority: str | None
    role: Literal["checkpoint", "counter"] = "checkpoint"


async def look_up(
    views: Views,
    log: LookupLog,
    pseudonymise: Pseudonymiser,
    document: tuple[IdType, str],
    caller: Caller,
    now: datetime,
) -> CodeChanged:
    """The code of the person whose document it is; who asked is written down before, also when there is no code.

    Raises InvalidIdNumber, NotDeclared.
    """
    subject = pseudonymise(*document)
    code = await views.code(subject)
    await log.record(
        Lookup(
            at=now,
            caller=caller.sub,
            client=caller.client,
            authority=caller.authority,
            subject=subject,
            found=code is not None,
            role=caller.role,
        )
    )
    if code is None:
        raise NotDeclared
    return code
