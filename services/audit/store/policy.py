"""Changes of policies in SQL."""

from typing import Final

import msgspec

from services.audit.domain import PolicyAct
from services.audit.store.acts import ACTS, acts_of
from services.audit.store.entry import LOCK_REFERENCE, PostgresAreaStore

REPLACE_POLICIES: Final = "UPDATE reference SET policies = $1 WHERE policies <> $1 RETURNING true"
ADD_POLICY: Final = """
INSERT INTO policy_act (change, policy, version, pack, effective, proposal, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class PostgresPolicyStore(PostgresAreaStore):
    """A PolicyStore: whoever changes the reference data holds its row."""

    async def lock_reference(self) -> None:
        """Lock the reference data."""
        await self._connection.execute(LOCK_REFERENCE)

    async def policy_acts(self) -> list[PolicyAct]:
        """What officers put in force."""
        return acts_of(await self._connection.fetch(ACTS))

    async def replace_policies(self, digest: str) -> bool:
        """Note which files count."""
        return bool(await self._connection.fetchval(REPLACE_POLICIES, digest))

    async def add_policy(self, act: PolicyAct) -> None:
        """Insert an act."""
        await self._connection.execute(ADD_POLICY, *msgspec.structs.astuple(act))
