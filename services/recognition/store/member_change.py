"""What officers propose about the members of the catalogue."""

import asyncpg

from chassis.postgres.pool import Pool
from chassis.postgres.proposals import PostgresProposals
from healthcode.two_officers import ProposalState
from services.recognition.ports.membership import MemberAct, MemberChange


class PostgresMemberChanges(PostgresProposals[MemberChange]):
    """Implements MemberChanges over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, "member_change", MemberChange, _change)


def _change(row: asyncpg.Record) -> MemberChange:
    return MemberChange(**{**dict(row), "act": MemberAct(row["act"]), "state": ProposalState(row["state"])})
