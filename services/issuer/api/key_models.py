"""The shapes of requests and answers about keys."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.body import PLAIN_TEXT, Body
from healthcode.two_officers import ProposalState
from services.issuer.api.models import NOON, Answer
from services.issuer.ports.key_change import KeyAct, KeyUse

KEY = "9f2c4e61a07b3d58"
KEY_PATTERN = "^[0-9a-f]{16}$"
PROPOSAL = "0190f3c2a0b14d5e8f6a7b8c9d0e1f2a"
MOST_LEAD_HOURS = 24 * 366
Why = Annotated[str, Field(min_length=4, max_length=1000, examples=["签名服务器失窃，见事件单〔2020〕3号"]), PLAIN_TEXT]


class NewKeyIn(Body):
    """That a new key is to sign."""

    usage: KeyUse = Field(examples=["credential"])
    lead_hours: int = Field(
        default=192,
        ge=0,
        le=MOST_LEAD_HOURS,
        examples=[192],
        description="hours until it signs: longer than verifiers may go on with an old list (7 days), or those who are "
        "offline refuse what it signs",
    )
    why: Why


class NoKeyIn(Body):
    """That all which a key signed is to be void."""

    usage: KeyUse = Field(examples=["credential"])
    key: str = Field(pattern=KEY_PATTERN, examples=[KEY])
    why: Why


class KeyNoteIn(Body):
    """What the second officer has to say, if anything."""

    note: Annotated[str, Field(min_length=1, max_length=1000, examples=["已与网信办核对"]), PLAIN_TEXT] | None = None


class KeyWhyIn(Body):
    """Why it is turned down."""

    why: Why


class KeyChangeOut(Answer):
    """What was proposed about keys, and what became of it."""

    proposal: str = Field(examples=[PROPOSAL])
    act: KeyAct = Field(examples=["revoke"])
    usage: KeyUse = Field(examples=["credential"])
    key: str | None = Field(examples=[KEY], description="which is to be revoked")
    begins_at: datetime | None = Field(examples=[None], description="when the new one is to sign")
    why: str = Field(examples=["签名服务器失窃，见事件单〔2020〕3号"])
    proposed_by: str = Field(examples=["officer-1"])
    proposed_at: datetime = Field(examples=[NOON])
    ends_at: datetime = Field(examples=["2020-02-14T04:00:00Z"], description="until when it can be decided about")
    state: ProposalState = Field(examples=["approved"])
    decided_by: str | None = Field(examples=["officer-2"])
    decided_at: datetime | None = Field(examples=[NOON])
    note: str | None = Field(examples=["已与网信办核对"])
    done: bool = Field(examples=[True], description="whether the catalogue is so by now")


class KeyChangePage(Answer):
    """The newest proposals."""

    as_of: datetime = Field(examples=[NOON], description="the region's clock: what is carried out, is as of then")
    items: list[KeyChangeOut]


class KeyOut(Answer):
    """A key of the region, its windows, and how it stands."""

    key: str = Field(examples=[KEY])
    usage: KeyUse = Field(examples=["credential"])
    stands: Literal["announced", "signs", "believed", "over", "revoked"] = Field(examples=["signs"])
    signs_from: datetime = Field(examples=[NOON])
    signs_until: datetime | None = Field(examples=[None])
    believed_until: datetime = Field(examples=["2030-02-11T04:00:00Z"])
    revoked_at: datetime | None = Field(examples=[None])


class RunOut(Answer):
    """How far it is with making anew what a revoked key signed."""

    key: str = Field(examples=[KEY])
    started_at: datetime = Field(examples=[NOON])
    waiting: int = Field(examples=[120000], description="credentials whose turn is to come")
    replaced: int = Field(examples=[880000], description="that have another in their place, for the device to fetch")
    on_paper: int = Field(examples=[310], description="void papers: counters print them anew")
    voided: int = Field(examples=[12], description="void and without another: no color, no device, no guardianship")
    ended_at: datetime | None = Field(examples=[None])


class KeysOut(Answer):
    """The region's keys and what is being made anew."""

    region: str = Field(examples=["330000"])
    keys: list[KeyOut]
    reissues: list[RunOut]
