"""What a certificate of another system says, in the words of the national schema; and why one is refused."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from healthcode.values import Coded


class Refusal(Coded):
    """Why a certificate counts for nothing; the words are for whoever shows it."""

    MALFORMED = "malformed", "不是可识别的证明", "not a certificate that is understood here"
    UNSUPPORTED = "unsupported", "不支持的证明类型", "a kind of certificate that is not taken here"
    UNKNOWN_ISSUER = "unknown_issuer", "未知的签发机构", "unknown issuer: its keys are not known here"
    BAD_SIGNATURE = "bad_signature", "签名无效，可能是伪造的", "bad signature: it may be forged"
    NOT_YET = "not_yet", "尚未生效", "not valid yet"
    EXPIRED = "expired", "已过期", "expired"


class ForeignError(ValueError):
    """A certificate is refused. `refusal` is stable; the text is for engineers and quotes nothing of it."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        """`detail`: which check failed."""
        super().__init__(f"{refusal}: {detail}")
        self.refusal = refusal
        self.detail = detail


class FactKind(StrEnum):
    """What a fact is about."""

    VACCINATION = "vaccination"
    TEST = "test"
    RECOVERY = "recovery"


class Method(StrEnum):
    """How a test was made."""

    NAAT = "naat"
    ANTIGEN = "antigen"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened, as its issuer says.

    `at`: when, a date as its midnight in UTC. `target`: the illness, a SNOMED CT code where one is given. `detected`:
    of a test. `product`, `dose`, `doses`: of a vaccination, as the issuer codes them. `until`: where it says so.
    """

    kind: FactKind
    at: datetime
    target: str = ""
    detected: bool | None = None
    method: Method = Method.OTHER
    product: str = ""
    dose: int | None = None
    doses: int | None = None
    until: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether a series of doses is."""
        return self.dose is not None and self.doses is not None and self.dose >= self.doses


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A certificate whose signature holds. `name` and `born` are as printed: compare them with a document."""

    format: str
    issuer: str
    name: str
    born: str
    issued_at: datetime
    expires_at: datetime | None
    facts: tuple[Fact, ...]


PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
EVERYTHING: Final = frozenset(FactKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A key that is believed: whose, under which id, and for which kinds of facts."""

    issuer: str
    kid: bytes
    public_key: PublicKey
    kinds: frozenset[FactKind] = field(default=EVERYTHING)


class ForeignKeys:
    """Keys by issuer and id."""

    def __init__(self, keys: Iterable[ForeignKey]) -> None:
        self._keys: dict[bytes, tuple[ForeignKey, ...]] = {}
        for key in keys:
            self._keys[key.kid] = (*self._keys.get(key.kid, ()), key)

    def find(self, kid: bytes) -> tuple[ForeignKey, ...]:
        """All with that id; ids are short, so they may be several."""
        return self._keys.get(kid, ())


def believed(facts: Iterable[Fact], key: ForeignKey) -> tuple[Fact, ...]:
    """The facts, if the key may sign all of them. Raises ForeignError."""
    said = tuple(facts)
    if not said:
        raise ForeignError(Refusal.UNSUPPORTED, "it says nothing of a vaccination, a test or a recovery")
    if not {fact.kind for fact in said} <= key.kinds:
        raise ForeignError(Refusal.UNKNOWN_ISSUER, "the key is not believed for this kind of certificate")
    return said
