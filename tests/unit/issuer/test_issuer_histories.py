"""Whatever comes in whatever order: findings late or twice, time that runs out, cancelling, codes that are shown."""

import itertools
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import Es256Key
from healthcode.events import CodeChanged, FindingConcluded
from healthcode.values import Color
from services.issuer.domain import JUDGED, Cause, NothingToShow, StatusPlace, status_of
from services.issuer.handlers.code import NotDeclared, cancel_code, expire_due, take_findings
from services.issuer.handlers.credential import Credential, Signer, issue
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import ALICE, LIFETIME, NOW, finding

KEY = Es256Key.generate()
SIGNER = Signer("330000", lambda _: KEY, timedelta(hours=24))
ENDINGS = {Color.GREY: Cause.EXPIRED, Color.CANCELLED: Cause.CANCELLED}

Number = tuple[int, int]


def ids() -> str:
    return secrets.token_hex(16)


@dataclass
class Life:
    """One person's code under the real handlers, beside what it has to be: `color`, by the highest number `seen`."""

    twin: IssuerTwin = field(default_factory=IssuerTwin)
    now: datetime = NOW
    color: Color | None = None
    seen: Number = (0, 0)
    known: dict[Number, FindingConcluded] = field(default_factory=dict)
    shown: list[Credential] = field(default_factory=list)
    places: "itertools.count[int]" = field(default_factory=itertools.count)

    async def find(self, batch: list[tuple[Number, Color, tuple[str, ...]]]) -> None:
        """Findings as one poll brings them; a number always brings the same one."""
        before, published = self.twin.codes.get(ALICE), list(self.twin.published)
        old, stale = self.seen, all(number <= self.seen for number, _, _ in batch)
        await take_findings(self.twin, [self._made(*each) for each in batch], LIFETIME, self.now, ids)
        for number, _, _ in batch:
            self._expect(self.known[number], number)
        if stale:
            assert self.twin.codes.get(ALICE) == before, f"nothing is above {old}"
            assert not [e for e in self.twin.published[len(published) :] if isinstance(e, CodeChanged)]

    async def wait(self, hours: int) -> None:
        """Time passes; the timer comes later."""
        self.now += timedelta(hours=hours)

    async def timer(self) -> None:
        """The timer's step."""
        code = self.twin.codes.get(ALICE)
        if code is not None and code.expires_at is not None and code.expires_at <= self.now:
            self.color = Color.GREY
        await expire_due(self.twin, self.now, ids, 10)
        assert not (await self.twin.lock_due(self.now, 10)).codes

    async def cancel(self) -> None:
        """An operator cancels the code, if there is one."""
        try:
            await cancel_code(self.twin, ALICE, self.now, ids)
        except NotDeclared:
            assert self.color is None
        else:
            self.color = Color.CANCELLED

    async def show(self) -> None:
        """The device asks for a credential."""
        try:
            self.shown.append(await issue(self.twin.credentials, SIGNER, self._place, self._cti, ALICE, self.now))
        except NotDeclared:
            assert self.color is None
        except NothingToShow:
            code = self.twin.codes[ALICE]
            overdue = code.expires_at is not None and code.expires_at <= self.now
            assert overdue or self.color in (Color.PENDING, Color.GREY, Color.CANCELLED)

    def check(self) -> None:
        """What holds after every step."""
        code = self.twin.codes.get(ALICE)
        assert (code.state.color if code else None) is self.color
        if code is not None:
            assert (code.finding_incarnation, code.finding_sequence) == self.seen
            assert (code.expires_at is None) == (code.state.color in ENDINGS)
        for each in self.shown:
            if each.claims.credential_id not in self.twin.credentials.gone and each.claims.expires_at > self.now:
                assert self.color is not None
                assert each.claims.status is status_of(self.color)

    def check_history(self) -> None:
        """Every change follows the one before, and says what set it off."""
        changes = [event for event in self.twin.published if isinstance(event, CodeChanged)]
        assert [each.version for each in changes] == list(range(1, len(changes) + 1))
        for before, after in itertools.pairwise(changes):
            assert after.previous is before.color
        for each in changes:
            assert ENDINGS.get(each.color, each.cause) == each.cause
            assert (each.cause in ENDINGS.values()) == (each.color in ENDINGS)
            assert each.cause in set(Cause)

    def _made(self, number: Number, color: Color, causes: tuple[str, ...]) -> FindingConcluded:
        made = finding(color, number[1], incarnation=number[0], causes=causes, reviewed_at=self.now)
        return self.known.setdefault(number, made)

    def _expect(self, made: FindingConcluded, number: Number) -> None:
        if number > self.seen:
            self.seen = number
            if self.color is not Color.CANCELLED or made.causes:
                self.color = made.color

    def _place(self, now: datetime) -> StatusPlace:
        return StatusPlace(f"{now:%Y%m%d}-0", next(self.places))

    def _cti(self) -> bytes:
        return secrets.token_bytes(16)


numbers = st.tuples(st.integers(1, 2), st.integers(1, 12))
batches = st.lists(
    st.tuples(numbers, st.sampled_from(sorted(JUDGED)), st.sampled_from([(), ("d1",)])), min_size=1, max_size=3
)
finds = batches.map(lambda batch: ("find", (batch,)))
acts = st.sampled_from(["timer", "cancel", "show", "show"]).map(lambda name: (name, ()))
waits = st.sampled_from([1, 12, 30 * 24, 32 * 24]).map(lambda hours: ("wait", (hours,)))
# Hypothesis likes short lists best; in one of fewer than these steps hardly anything comes late.
steps = st.lists(finds | finds | acts | waits, min_size=8, max_size=24)


@given(steps)
async def test_a_stale_finding_never_wins_and_no_credential_outlives_its_color(
    taken: list[tuple[str, tuple[Any, ...]]],
) -> None:
    life = Life()
    for name, arguments in taken:
        await getattr(life, name)(*arguments)
        life.check()
    life.check_history()


@given(steps)
async def test_time_alone_ends_every_code_that_stands(taken: list[tuple[str, tuple[Any, ...]]]) -> None:
    life = Life()
    for name, arguments in taken:
        await getattr(life, name)(*arguments)
    await life.wait(60 * 24)
    await life.timer()
    life.check()
    assert life.color in (None, *ENDINGS)
