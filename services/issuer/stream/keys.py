"""What follows from a revoked key: everyone who lived under it gets another credential, at a bounded pace."""

from typing import Final

import structlog

from chassis.clock import Clock
from chassis.loop import Step
from healthcode.credential import Usage
from services.issuer.handlers.credential import ListsFull
from services.issuer.handlers.keys import KeyRing, NoSigningKey
from services.issuer.handlers.reissue import Press, reissue
from services.issuer.ports.reissue import Reissues, Run
from services.issuer.stream.timer import BATCH

TURN_SECONDS: Final = 0.25
"""Between two sets; each is no more than that long's share of the pace."""

log = structlog.get_logger()


def reissuing(reissues: Reissues, keys: KeyRing, press: Press, clock: Clock, per_second: int) -> Step:
    """A step that makes one set anew. It never asks to be called again at once: that is what bounds the pace."""
    limit = max(1, round(per_second * TURN_SECONDS))
    said = ""

    async def step() -> bool:
        nonlocal said
        now = clock.now()
        revoked = [entry.kid for entry in keys.own(Usage.CREDENTIAL) if entry.is_revoked(now) and now < entry.not_after]
        if not revoked:
            return False
        try:
            for kid in await reissues.start(revoked, now):
                async with reissues.begin() as book:
                    run = await reissue(book, press, kid, now, limit)
                if run is not None:
                    _say(run)
                    break
        except (NoSigningKey, ListsFull) as held:
            reason = str(held) or "the status lists are full: raise HC_ISSUER_STATUS_LISTS"
            if reason != said:
                log.warning("reissue_held", reason=reason)
            said = reason
        else:
            said = ""
        return False

    return step


def forgetting_replacements(reissues: Reissues, clock: Clock) -> Step:
    """A step that forgets what nobody can fetch any more."""

    async def forget() -> bool:
        return await reissues.forget(clock.now(), BATCH) == BATCH

    return forget


def _say(run: Run) -> None:
    log.info(
        "reissued" if run.ended_at is None else "reissue_ended",
        key=run.kid.hex(),
        replaced=run.replaced,
        on_paper=run.on_paper,
        voided=run.voided,
    )
