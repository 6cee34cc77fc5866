"""The door for clients: who may ask what, how fast, how often in a day; and how often anything of one person."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from chassis.clock import Clock
from chassis.http.auth import Principal
from chassis.http.problems import Problem
from chassis.http.rates import Rate, Rates
from healthcode.values import Scope
from services.issuer.api.problems import CLIENT_NOT_GRANTED, NO_CONSENT, OUT_OF_SCOPE, QUOTA_SPENT
from services.issuer.domain.client import Grant
from services.issuer.handlers.client import (
    Allowances,
    NoConsent,
    NotGranted,
    OutOfScope,
    QuotaSpent,
    admitted,
    agreed,
)
from services.issuer.ports.client import Grants

INTEGRATOR: Final = "integrator"
AHEAD_SECONDS: Final = 2
"""A client may be so many seconds ahead of its rate."""
SPEEDS: Final = 256
CLIENTS_OF_A_SPEED: Final = 2000


class ClientDoor:
    """Lets clients in, and counts; what it holds in memory is bounded."""

    def __init__(
        self,
        grants: Grants,
        allowances: Allowances,
        clock: Clock,
        subject_behind: Callable[[str, str], str],
        person: Rate,
    ) -> None:
        """`subject_behind`: from a client and its name of somebody to the subject; `person`: of one person at most."""
        self._grants = grants
        self._allowances = allowances
        self._clock = clock
        self._subject_behind = subject_behind
        self._people = Rates(person)
        self._rates = lru_cache(maxsize=SPEEDS)(_rates)

    async def admit(self, caller: Principal, scope: Scope) -> Grant:
        """Count one answer for a client that may do that.

        Answers 403 for one that may not, and 429 with Retry-After for one that is too fast or has used up its day.
        """
        now = self._clock.now()
        try:
            grant = await admitted(self._grants, caller.client_id or "", scope, now)
            self._rates(grant.per_second).admit(grant.client)
            await self._allowances.spend(grant, now)
        except NotGranted:
            raise Problem(CLIENT_NOT_GRANTED) from None
        except OutOfScope:
            raise Problem(OUT_OF_SCOPE, scope=scope.value) from None
        except QuotaSpent as spent:
            raise Problem(QUOTA_SPENT, headers={"Retry-After": str(spent.seconds)}) from None
        return grant

    async def person(self, grant: Grant, name: str) -> str:
        """The subject that a client knows by a name; 404 when nobody of that name lets it see a code."""
        try:
            subject = self._subject_behind(grant.client, name)
            await agreed(self._grants, grant, subject, self._clock.now())
        except (NoConsent, ValueError):
            raise Problem(NO_CONSENT) from None
        self.ask_of(f"{grant.client}/{subject}")
        return subject

    def ask_of(self, person: str) -> None:
        """Count one question about a person, by whoever is named with them. Answers 429 when there are too many."""
        self._people.admit(person)


def _rates(per_second: int) -> Rates:
    return Rates(Rate(per_second, per_second * AHEAD_SECONDS), most=CLIENTS_OF_A_SPEED)
