"""The destination: scans are asked about, and answers are written down."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.events import CredentialScanned, WatchOpened, WatchRefused
from services.recognition.domain.ask import Ask, Asking, ask_of_registration, ask_of_scan
from services.recognition.domain.sought import ByDocument
from services.recognition.ports.ask import Answered, AskStore


class NobodyToAsk(LookupError):  # noqa: N818 - named for what is wrong
    """No other region of that code issues codes now, or the stay is over."""


async def ask_about_scans(store: AskStore, asking: Asking, scans: Sequence[CredentialScanned], now: datetime) -> None:
    """Ask the regions of scanned credentials, once for each credential."""
    first = {scan.credential: scan for scan in reversed(scans)}
    asked = [found for scan in first.values() if (found := ask_of_scan(asking, scan, now)) is not None]
    kept = await store.add([each.ask for each in asked])
    await store.send([each.message for each in asked if each.ask.ask in kept])


async def register(
    store: AskStore, asking: Asking, origin: str, document: ByDocument, until: datetime, now: datetime
) -> Ask:
    """Ask about who registers here. Raises NobodyToAsk, TooLong."""
    asked = ask_of_registration(asking, origin, document, until, now)
    if asked is None:
        raise NobodyToAsk
    await store.add([asked.ask])
    await store.send([asked.message])
    return asked.ask


async def take_answers(store: AskStore, answers: Sequence[WatchOpened | WatchRefused]) -> None:
    """Write down what became of asks; who announces a watch unasked answers none."""
    await store.answered(
        [
            Answered(answer.ask, answer.origin, "refused", None)
            if isinstance(answer, WatchRefused)
            else Answered(answer.ask, answer.origin, "opened", answer.handle)
            for answer in answers
            if answer.ask is not None
        ]
    )


async def forget_asks(store: AskStore, now: datetime, limit: int) -> bool:
    """Forget what is of no use any more; tells whether there may be more."""
    return await store.forget(now, limit) == limit
