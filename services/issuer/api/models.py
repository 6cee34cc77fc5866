"""The shapes of requests and answers, with examples, for validation and for OpenAPI."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from chassis.http.body import Body
from healthcode.credential import Verdict
from healthcode.foreign import Refusal
from healthcode.values import Color, IdType, Status

NOON = "2020-02-11T04:00:00Z"
COORDINATE = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="base64url, 32 bytes")]


class Answer(BaseModel):
    """An answer says what is documented and nothing else."""

    model_config = ConfigDict(extra="forbid")


class BriefCode(Answer):
    """A code: color and act, since when, until when."""

    color: Color = Field(examples=["red"])
    word: str = Field(examples=["红码"], description="the color in the asked language: never a signal by color alone")
    act: str = Field(examples=["home_isolation"])
    act_word: str = Field(examples=["居家隔离"])
    since: datetime = Field(examples=[NOON])
    until: datetime | None = Field(examples=["2020-02-25T04:00:00Z"], description="the earliest end of the color")
    version: str = Field(examples=["1.3"], description="incarnation and counter; a higher one is later")
    changed_at: datetime = Field(examples=[NOON])


class SubjectCode(BriefCode):
    """A code as integrators and checkpoints see it."""

    subject: str = Field(examples=["mzxw6ytboi4dsmjqgeydcmbqga"])


class WayOut(Answer):
    """One condition that ends a rule, and how far along the person is."""

    kind: str = Field(examples=["check_ins"])
    text: str = Field(examples=["连续 14 天正常健康打卡（已完成 3 天）"])
    needed: int = Field(examples=[14])
    done: int = Field(examples=[3])
    at: datetime | None = Field(examples=["2020-02-25T04:00:00Z"])


class ReasonView(Answer):
    """A rule that holds: why, by whose word, until when, and what ends it."""

    rule: str = Field(examples=["ZJ-R1"])
    color: Color = Field(examples=["red"])
    reason: str = Field(examples=["listed"])
    text: str = Field(examples=["您被列入重点人员动态管控名单"])
    source: str | None = Field(examples=["杭州健康码实施细则 2020-02-11"], description="where the rule comes from")
    authorities: list[str] = Field(examples=[["330100-cdc"]], description="whose entries hit it")
    facts: list[str] = Field(examples=[["b1c5…"]])
    since: datetime = Field(examples=[NOON])
    until: datetime | None = Field(examples=["2020-02-25T04:00:00Z"])
    way_out: list[WayOut]


class PolicyReference(Answer):
    """The rules by which it was decided."""

    id: str = Field(examples=["hangzhou"])
    version: str = Field(examples=["2020-02-11"])


class OwnCode(BriefCode):
    """A person's own code: the color, the reason, the source, the end date and the way out."""

    cause: str = Field(examples=["listing"])
    policy: PolicyReference
    finding: str = Field(examples=["0190f3c2…"], description="quote it in a correction request")
    reasons: list[ReasonView]
    next_steps: list[str] = Field(examples=[["居家隔离", "连续 14 天正常健康打卡（已完成 3 天）"]])
    moved_to: str | None = Field(
        default=None, examples=[None], description="the region whose code has taken this one's place"
    )


class OfficialCode(OwnCode):
    """A code as an officer sees it."""

    subject: str = Field(examples=["mzxw6ytboi4dsmjqgeydcmbqga"])
    previous: Color = Field(examples=["green"])
    causes: list[str] = Field(examples=[["b1c5…"]])
    evidence: str = Field(examples=["listed"])
    first_hand: bool
    residence: str | None = Field(examples=["330106"])


class HistoryPage(Answer):
    """Changes of a code, latest first."""

    items: list[OfficialCode]
    next: str | None = Field(examples=["MS4y"], description="cursor of the next page; null on the last")


class HolderJwk(Body):
    """The public key of the holder's device, as WebCrypto exports it (RFC 7517): never a private one."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: COORDINATE
    y: COORDINATE
    alg: Literal["ES256"] | None = None
    use: Literal["sig"] | None = None
    ext: StrictBool | None = None
    key_ops: list[Literal["verify"]] | None = None


class Confirmation(Body):
    """The key that the holder can prove to have (RFC 7800)."""

    jwk: HolderJwk


class CredentialRequest(Body):
    """What a credential is asked for with; send `{}` for one that is bound to no key."""

    cnf: Confirmation | None = Field(
        default=None,
        description="a fresh pair for each credential, or the credentials of different days could be joined",
        examples=[
            {
                "jwk": {
                    "kty": "EC",
                    "crv": "P-256",
                    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                }
            }
        ],
    )


class CredentialAnswer(Answer):
    """A fresh credential."""

    credential: str = Field(examples=["HC1:NCFOXN…"], description="the text of the QR code")
    color: Color = Field(examples=["green"])
    word: str = Field(examples=["绿码"])
    issued_at: datetime = Field(examples=[NOON])
    expires_at: datetime = Field(examples=["2020-02-12T04:00:00Z"])
    bound: bool = Field(description="whether a live proof by the holder's key goes with it")
    refresh_at: datetime = Field(
        examples=["2020-02-11T19:48:00Z"],
        description="when the device is to ask for the next, if the color does not change before: another time each",
    )


class ReplacementAnswer(Answer):
    """A credential in another's place, for the same device."""

    credential: str = Field(examples=["HC1:NCFOXN…"], description="the text of the QR code")
    issued_at: datetime = Field(examples=[NOON])
    expires_at: datetime = Field(examples=["2020-02-12T04:00:00Z"])


class VerificationRequest(Body):
    """What was scanned."""

    # a space is a character of base45
    model_config = ConfigDict(str_strip_whitespace=False)

    credential: str = Field(min_length=1, max_length=4096, examples=["HC1:NCFOXN…"])
    place: str | None = Field(
        default=None,
        min_length=1,
        max_length=1024,
        examples=["HP1:6BFA70M90…"],
        description="the code of the place: then the holder's proof has to name it, and who is let in is on record",
    )
    others: list[Annotated[str, Field(min_length=1, max_length=4096)]] = Field(
        default=[],
        max_length=3,
        examples=[[]],
        description="what else this person shows: the code of another region, a certificate of another system",
    )


class CertificateAnswer(Answer):
    """A certificate of another system: compare name and birth date with a document, for anybody can copy it."""

    format: str | None = Field(examples=["dcc"], description="`dcc`: of the EU; `shc`: a SMART Health Card")
    issuer: str | None = Field(examples=["DE"])
    name: str | None = Field(examples=["Erika Mustermann"], description="as it is printed there")
    born: str | None = Field(examples=["1964-08-12"], description="as it is printed there")
    status: Status | None = Field(examples=["00"], description="what it means here, in the national schema")
    row: int | None = Field(examples=[2], description="by which row of the region's foreign.yaml; null: by none")
    refusal: Refusal | None = Field(examples=[None], description="why it counts for nothing")


class ShownAnswer(Answer):
    """One thing that was shown; color with `valid` alone."""

    verdict: Verdict = Field(examples=["valid"])
    text: str = Field(examples=["有效"], description="what to do, in the asked language")
    color: Color | None = Field(examples=["green"])
    word: str | None = Field(examples=["绿码"])
    region: str | None = Field(examples=["330000"], description="whose code it is; null when nobody vouches for it")
    expires_at: datetime | None = Field(examples=["2020-02-12T04:00:00Z"], description="of the credential")
    repeated: bool = Field(examples=[False], description="the very same proof was shown before: look twice")
    guest: str | None = Field(
        examples=[None],
        description="of another region's code, its id: `GET /v1/guests/by-credential/{guest}` says what it counts as",
    )
    certificate: CertificateAnswer | None = Field(description="where it is one of another system", examples=[None])


class VerificationAnswer(ShownAnswer):
    """One kind of answer: of the code that counts, or of the first that is in the way. Act with `valid` alone."""

    act: str | None = Field(examples=["may_enter"])
    act_word: str | None = Field(examples=["可通行"])
    until: datetime | None = Field(examples=[None])
    verified_at: datetime = Field(examples=[NOON])
    number: str | None = Field(examples=[None], description="of the pass, where a place was named and one may enter")
    counts: int | None = Field(examples=[0], description="0: `credential`, n: the nth of `others`; null: none of them")
    others: list[ShownAnswer] = Field(description="each of `others`, in their order", examples=[[]])


class LookupRequest(Body):
    """The document in a person's hand. It is not kept."""

    id_type: IdType = Field(examples=["resident_id"])
    id_number: str = Field(min_length=1, max_length=64, examples=["11010519491231002X"])


class PublicJwk(Answer):
    """A public key (RFC 7517)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str = Field(examples=["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"])
    y: str = Field(examples=["x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"])
    kid: str = Field(examples=["3q2-7wAAAAA"], description="base64url of the COSE key id")
    alg: Literal["ES256"]
    use: Literal["sig"]
    signs_from: datetime = Field(description="what it signed before does not count")
    signs_until: datetime | None = Field(description="another key signs then; null while none is planned")
    believed_until: datetime = Field(description="from then on nothing that it signed counts")
    revoked_at: datetime | None = Field(description="from then on all that it ever signed is void: get a fresh one")


class TrustAnswer(Answer):
    """The region's keys, and where its status lists are."""

    region: str = Field(examples=["330000"])
    keys: list[PublicJwk]
    status_lists: str = Field(examples=["/v1/status-lists/{id}"], description="where a list is, by its short id")


class StatusListAnswer(Answer):
    """The bits of one list (Token Status List): a 1 says revoked."""

    region: str = Field(examples=["330000"])
    id: str = Field(examples=["20200211-0"])
    bits: Literal[1]
    lst: str = Field(examples=["eNpjYBgFo2AU…"], description="base64url of the zlib-compressed bits, lowest first")
    revoked: int = Field(examples=[12])
    issued_at: datetime = Field(examples=[NOON])
    ttl: int = Field(examples=[60], description="seconds after which to ask again")
