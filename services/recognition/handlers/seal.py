"""The nation countersigns what regions have sealed: the first seal of each day, and never another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from healthcode.credential import Malformed, NotTrusted, SigningKey, TrustList
from healthcode.transparency import countersign, read_seal
from services.recognition.domain.message import Refusal
from services.recognition.ports import SealBook


@dataclass(frozen=True)
class Notary:
    """Whom it believes now, and its key."""

    trust: Callable[[datetime], TrustList]
    key: SigningKey


async def countersign_seal(book: SealBook, notary: Notary, region: str, signed: bytes, now: datetime) -> bytes:
    """The region's seal under the nation's signature, the same one however often it is asked.

    Raises Refusal for one that is not that region's, and for another than the first of its day.
    """
    try:
        seal = read_seal(signed, notary.trust(now))
    except (Malformed, NotTrusted) as error:
        raise Refusal("not-a-seal", str(error)) from None
    if seal.region != region:
        raise Refusal("not-the-region", "a region may only seal its own days")
    day = seal.day.isoformat()
    first = await book.keep(region, day, signed, countersign(signed, notary.key, now))
    if first.signed != signed:
        raise Refusal("sealed-already", "the day was sealed before, with another root: its findings were changed since")
    return first.countersigned
