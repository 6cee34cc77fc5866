"""The shapes of requests and answers, with examples, for validation and for OpenAPI."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from chassis.http.body import PLAIN_TEXT, Body, Moment
from healthcode.two_officers import ProposalState
from healthcode.values import ClientState, Scope

NOON = "2020-02-11T04:00:00Z"
NEXT_YEAR = "2020-12-31T16:00:00Z"
CLIENT = "k3v7q2m5x6aab"
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(Scope), examples=[["codes.verify", "codes.follow"]])]
Why = Annotated[
    str,
    Field(
        min_length=10,
        max_length=1000,
        examples=["核验该公司用工场所，见申请材料〔2020〕8号"],
        description="for the record",
    ),
    PLAIN_TEXT,
]


class Answer(BaseModel):
    """An answer says what is documented and nothing else."""

    model_config = ConfigDict(extra="forbid")


class ApplicationIn(Body):
    """An integrator applies to use codes. Its account is the `client_id` of the token that this is sent with."""

    name: Annotated[str, Field(min_length=2, max_length=100, examples=["西湖写字楼门禁"]), PLAIN_TEXT]
    contact: Annotated[
        str, Field(min_length=5, max_length=200, examples=["张工 0571-8888 0000 gate@example.com"]), PLAIN_TEXT
    ]
    purpose: Annotated[
        str, Field(min_length=10, max_length=2000, examples=["核验进入办公楼人员的健康码，不留存个人信息"]), PLAIN_TEXT
    ]
    scopes: Scopes = Field(description="what it wants to do; officers may grant less")


class ClientOut(Answer):
    """A client as it stands."""

    client: str = Field(examples=[CLIENT])
    account: str = Field(examples=["west-lake-gate"], description="the `client_id` of its tokens")
    name: str = Field(examples=["西湖写字楼门禁"])
    contact: str = Field(examples=["gate@example.com"])
    purpose: str = Field(examples=["核验进入办公楼人员的健康码，不留存个人信息"])
    wanted: list[Scope] = Field(examples=[["codes.verify", "codes.follow"]])
    state: ClientState = Field(examples=["active"])
    word: str = Field(examples=["已开通"], description="the state in the asked language")
    scopes: list[Scope] = Field(examples=[["codes.verify"]], description="what was granted; empty before")
    per_day: int | None = Field(examples=[20000], description="answers in a day of the region")
    per_second: int | None = Field(examples=[20], description="answers a second in the long run")
    expires_at: datetime | None = Field(examples=[NEXT_YEAR])
    topic: str | None = Field(
        examples=[f"hc.330000.clients.{CLIENT}.codes.v1"], description="its own, once it is there"
    )
    applied_at: datetime = Field(examples=[NOON])
    changed_at: datetime = Field(examples=[NOON])
    version: int = Field(examples=[2])


class ClientPage(Answer):
    """Clients by their ids."""

    items: list[ClientOut]
    next: str | None = Field(examples=[CLIENT], description="cursor of the next page; null on the last")


class TermsIn(Body):
    """What a client is to be granted: the first time, instead of what it has, or to let it go on."""

    scopes: Scopes
    per_day: StrictInt = Field(ge=1, le=100_000_000, examples=[20000], description="answers in a day of the region")
    per_second: StrictInt = Field(ge=1, le=10_000, examples=[20], description="answers a second in the long run")
    expires_at: Moment = Field(examples=[NEXT_YEAR], description="a year away at most")
    why: Why


class WhyIn(Body):
    """Why something is done."""

    why: Why


class NoteIn(Body):
    """What the second officer has to say, if anything."""

    note: Annotated[str, Field(min_length=1, max_length=1000, examples=["材料齐全"]), PLAIN_TEXT] | None = None


class ProposalOut(Answer):
    """Terms that another person has to approve."""

    proposal: str = Field(examples=["0190f3c2a0b14d5e8f6a7b8c9d0e1f2a"])
    client: str = Field(examples=[CLIENT])
    scopes: list[Scope] = Field(examples=[["codes.verify"]])
    per_day: int = Field(examples=[20000])
    per_second: int = Field(examples=[20])
    expires_at: datetime = Field(examples=[NEXT_YEAR])
    why: str = Field(examples=["核验该公司用工场所，见申请材料〔2020〕8号"])
    proposed_by: str = Field(examples=["officer-1"])
    proposed_at: datetime = Field(examples=[NOON])
    ends_at: datetime = Field(examples=["2020-02-14T04:00:00Z"], description="until when it can be decided about")
    state: ProposalState = Field(examples=["open"])
    decided_by: str | None = Field(examples=["officer-2"])
    decided_at: datetime | None = Field(examples=[NOON])
    note: str | None = Field(examples=["材料齐全"])


class ProposalList(Answer):
    """The newest proposals for a client."""

    items: list[ProposalOut]


class ActOut(Answer):
    """One line of a client's record."""

    at: datetime = Field(examples=[NOON])
    what: str = Field(examples=["granted"])
    by: str = Field(examples=["officer-2"], description="an account; `timer` where time did it")
    authority: str | None = Field(examples=["330100-cdc"])
    why: str | None = Field(examples=["核验该公司用工场所，见申请材料〔2020〕8号 · officer-1"])
    state: ClientState = Field(examples=["opening"], description="how it stood afterwards")
    version: int = Field(examples=[1])


class Record(Answer):
    """What became of a client, newest first."""

    items: list[ActOut]


class ConsentIn(Body):
    """Until when a client may see one's code."""

    until: Moment = Field(examples=[NEXT_YEAR], description="a year away at most")
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9._~-]{1,64}$", examples=["staff-8f3a"])] | None = Field(
        default=None, description="what the client sent one with, so that it knows whom its subject is of"
    )


class Card(Answer):
    """Who a client is, for the person who is asked to agree."""

    client: str = Field(examples=[CLIENT])
    name: str = Field(examples=["西湖写字楼门禁"])
    contact: str = Field(examples=["gate@example.com"])
    purpose: str = Field(examples=["核验进入办公楼人员的健康码，不留存个人信息"])
    scopes: list[Scope] = Field(examples=[["codes.read", "codes.follow"]])
    words: list[str] = Field(examples=[["查询授权人员的健康码"]], description="the scopes in the asked language")
    state: ClientState = Field(examples=["active"])


class ConsentOut(Card):
    """What a client may see of one, and until when."""

    until: datetime = Field(examples=[NEXT_YEAR])
    subject: str = Field(examples=["mzxw6ytboi4dsmjqgeydcmbqga"], description="one's name with this client alone")
    reference: str | None = Field(examples=["staff-8f3a"])


class ConsentList(Answer):
    """Everybody who may see one's code."""

    items: list[ConsentOut]
