"""Whose a credential is that another region asks about, whatever store is below."""

from abc import abstractmethod
from collections.abc import Sequence

from healthcode.events import HolderFound, HolderWanted
from healthcode.values import Color
from services.issuer.domain import StatusPlace
from services.issuer.handlers.code import take_findings
from services.issuer.handlers.scan import find_holders
from services.issuer.ports import Credentials, Issued, Ledgers
from services.issuer.ports.scan import Holders
from tests.twins.issuer_findings import ALICE, DAY, LIFETIME, NOW, finding

CTI = bytes(range(16))


def wanted(ask: str, credential: str) -> HolderWanted:
    return HolderWanted(
        id=ask, ask=ask, destination="420000", purpose="scan", until=NOW + DAY, credential=credential, at=NOW
    )


class HoldersBehaviour:
    """What has to hold whatever store is below."""

    @abstractmethod
    async def found(self, asked: Sequence[HolderWanted]) -> list[HolderFound]: ...

    @abstractmethod
    def stores(self) -> tuple[Ledgers, Credentials]: ...

    async def test_the_holder_is_found_also_of_what_is_revoked_and_nobody_else_is(self) -> None:
        ledgers, credentials = self.stores()
        async with ledgers.begin() as ledger:
            await take_findings(ledger, [finding(Color.GREEN, 1, ALICE)], LIFETIME, NOW, lambda: "c1")
        async with credentials.begin() as book:
            issued = Issued(
                cti=CTI, subject=ALICE, place=StatusPlace("l", 7), issued_at=NOW, expires_at=NOW + DAY, kid=b"k"
            )
            assert await book.claim(issued)
        asked = [wanted("a", CTI.hex()), wanted("b", "ff" * 16), wanted("c", "nothing")]
        assert [each.subject for each in await self.found(asked)] == [ALICE, None, None]
        async with ledgers.begin() as ledger:
            await ledger.revoke([ALICE], NOW)
        (again,) = await self.found(asked[:1])
        assert (again.subject, again.ask, again.destination, again.until) == (ALICE, "a", "420000", NOW + DAY)


async def ask(holders: Holders, asked: Sequence[HolderWanted]) -> None:
    """As the worker does."""
    await find_holders(holders, asked, NOW)
