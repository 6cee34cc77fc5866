"""Messages between regions: how they are signed, and when one is believed.

The signature is a detached compact JWS (RFC 7515, appendix F; ES256, `kid`) in the header `hc_signature`. What is
signed are netstrings, `<length>:<bytes>,`, one behind the other: `hc-message-1`, topic, key, origin, destination,
sequence (decimal), then name and value of each `ce_` header in the order of the names, then the value.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Protocol, TypeAlias

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, GuestProtocol

from healthcode.envelope import Encoded
from healthcode.events import (
    CorrectionAnswered,
    CorrectionPassed,
    FactReceipt,
    FactShared,
    StatusReported,
    WatchAsked,
    WatchEnded,
    WatchLeft,
    WatchOpened,
    WatchRefused,
)
from services.recognition.domain.catalogue import Catalogue

INBOX: Final = "inbox.v1"
"""What a region tells the hub, on a topic of that region's own."""
OUTBOX: Final = "v1"
"""What the hub tells a region, on a topic of that region's own."""
SIGNATURE: Final = "hc_signature"
CONTEXT: Final = b"hc-message-1"
ALGORITHM: Final = "ES256"
LONGEST_SIGNATURE: Final = 512
LONGEST_SEALED: Final = 4096

Watched: TypeAlias = WatchOpened | StatusReported | WatchEnded | FactShared
"""What an origin tells under a handle."""
Between: TypeAlias = (
    Watched | WatchAsked | WatchRefused | WatchLeft | FactReceipt | CorrectionPassed | CorrectionAnswered
)
"""All that regions tell each other."""
OF_THE_DESTINATION: Final = (WatchAsked, WatchLeft, FactReceipt, CorrectionPassed)
"""What the destination says, to the origin; all else goes the other way."""

_registry: Final = jws.JWSRegistry(algorithms=[ALGORITHM])


class Refusal(Exception):  # noqa: N818 - a verdict on a message, not a fault of ours
    """A message is not believed, or fits nothing; it never will. `code` is stable, the text quotes nothing personal."""

    def __init__(self, code: str, detail: str) -> None:
        """`code`: a slug; `detail`: what is wrong."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Message:
    """An event between regions, as it lies on a topic."""

    event: Between
    wire: Encoded


class Addressed(Protocol):
    """What each event between regions says of its way."""

    __struct_fields__: ClassVar[tuple[str, ...]]

    @property
    def origin(self) -> str:
        """Who says it."""
        ...

    @property
    def destination(self) -> str:
        """To whom."""
        ...

    @property
    def sequence(self) -> int:
        """Its place among those of one key."""
        ...


class Signable(Protocol):
    """An event of any kind between regions, as it lies on a topic."""

    @property
    def event(self) -> Addressed:
        """What it says."""
        ...

    @property
    def wire(self) -> Encoded:
        """How it is written."""
        ...


class Signer:
    """Signs for one region."""

    def __init__(self, key: ECKey) -> None:
        """`key`: the region's private key on P-256, with its kid."""
        self._key = key
        self._header = {"alg": ALGORITHM, "kid": str(key.kid)}

    def sign(self, message: Signable) -> Encoded:
        """The message as it goes out under this signature; one that it came with is dropped."""
        compact = jws.serialize_compact(self._header, canonical(message), self._key, registry=_registry)
        headers = [header for header in message.wire.headers if header[0] != SIGNATURE]
        headers.append((SIGNATURE, jws.detach_content(compact).encode()))
        return Encoded(message.wire.topic, message.wire.key, message.wire.value, tuple(headers))


def canonical(message: Signable) -> bytes:
    """What is signed."""
    event, wire = message.event, message.wire
    fields = [CONTEXT, wire.topic.encode(), wire.key]
    fields += [event.origin.encode(), event.destination.encode(), str(event.sequence).encode()]
    for name, value in sorted(header for header in wire.headers if header[0].startswith("ce_")):
        fields += [name.encode(), value]
    fields.append(wire.value)
    return b"".join(b"%d:%b," % (len(field), field) for field in fields)


def speaker(event: Between) -> str:
    """The region that says it."""
    return event.destination if isinstance(event, OF_THE_DESTINATION) else event.origin


def hearer(event: Between) -> str:
    """The region that it is said to."""
    return event.origin if isinstance(event, OF_THE_DESTINATION) else event.destination


def believe_region(message: Message, inbox: str, catalogue: Catalogue, now: datetime) -> None:
    """What the hub requires: a region that counts now says it, of its own people or of its own guests.

    `inbox`: whose inbox it came by. Raises Refusal.
    """
    event = message.event
    _fits(event)
    origin = catalogue.member(event.origin, now)
    if origin is None:
        raise Refusal("unknown-region", "the origin is not in the national catalogue, or not at this time")
    if speaker(event) != inbox:
        raise Refusal("another-inbox", "a region tells the hub by its own inbox, and nobody else does")
    if origin.adopts is not None:
        raise Refusal("no-code-of-its-own", "the origin adopts another region's code, so it has none to report")
    if event.destination == event.origin or not catalogue.hosts(event.destination, now):
        raise Refusal("unknown-destination", "the destination is no other region of the national catalogue")
    if signer_of(message, catalogue, now) == speaker(event):
        return
    if speaker(event) == event.origin:
        raise Refusal("not-the-origin", "a region may only speak of its own people")
    raise Refusal("not-the-destination", "a region may only speak of its own guests")


def believe_hub(message: Message, catalogue: Catalogue, own: str, now: datetime) -> None:
    """What a region requires: the hub says it, to this region. Raises Refusal."""
    _fits(message.event)
    if hearer(message.event) != own:
        raise Refusal("wrong-destination", "the message is for another region")
    member = catalogue.member(signer_of(message, catalogue, now), now)
    if member is None or not member.hub:
        raise Refusal("not-the-hub", "only the nation's hub speaks here")


def signer_of(message: Signable, catalogue: Catalogue, now: datetime) -> str:
    """The code of the region whose signature holds. Raises Refusal."""
    signatures = [value for name, value in message.wire.headers if name == SIGNATURE]
    if len(signatures) != 1 or len(signatures[0]) > LONGEST_SIGNATURE or signatures[0].count(b"..") != 1:
        raise Refusal("no-signature", "a message carries one detached JWS in the header hc_signature")
    signers: list[str] = []

    def key(signature: GuestProtocol) -> ECKey:
        found = catalogue.signer(str(signature.headers().get("kid")), now)
        if found is None:
            raise Refusal("unknown-signer", "the signing key is not in the national catalogue, or not at this time")
        signers.append(found[0].code)
        return found[1]

    try:
        jws.deserialize_compact(signatures[0], key, registry=_registry, payload=canonical(message))
    except BadSignatureError:
        raise Refusal("bad-signature", "the signature does not hold for this message on this topic") from None
    except (JoseError, ValueError):
        raise Refusal("no-signature", "the header hc_signature is no detached JWS by ES256") from None
    return signers[0]


def _fits(event: Between) -> None:
    """Every time names its zone, and a shared fact is not longer than a record can be."""
    timed(event)
    if isinstance(event, FactShared) and len(event.sealed) > LONGEST_SEALED:
        raise Refusal("too-large", f"what is sealed has more than {LONGEST_SEALED} characters")


def timed(event: Addressed) -> None:
    """See that every time names its zone. Raises Refusal."""
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise Refusal("no-time-zone", f"{name} names no time zone")
