"""What officers put in force, as it is read: by the worker in its transaction, and by whoever asks."""

from collections.abc import Iterable
from typing import Final

import asyncpg
import msgspec

from services.audit.domain import PolicyAct

ACTS: Final = """
SELECT change, policy, version, pack, effective, proposal, recorded_at FROM policy_act ORDER BY id
"""


def acts_of(rows: Iterable[asyncpg.Record]) -> list[PolicyAct]:
    """The acts in the rows of ACTS."""
    return [msgspec.convert(dict(row), PolicyAct) for row in rows]
