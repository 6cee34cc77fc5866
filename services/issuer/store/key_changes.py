"""What officers propose about keys."""

import asyncpg

from chassis.postgres.pool import Pool
from chassis.postgres.proposals import PostgresProposals
from healthcode.two_officers import ProposalState
from services.issuer.ports.key_change import KeyAct, KeyChange


class PostgresKeyChanges(PostgresProposals[KeyChange]):
    """Implements KeyChanges over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, "key_change", KeyChange, _change)


def _change(row: asyncpg.Record) -> KeyChange:
    return KeyChange(**{**dict(row), "act": KeyAct(row["act"]), "state": ProposalState(row["state"])})
