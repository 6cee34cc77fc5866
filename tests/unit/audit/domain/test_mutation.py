"""A table of cases notices every small change of its pack."""

import pytest

from tests.mutation.survivors import equivalent, verdict
from tests.support.cases import Table, tables


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_every_mutant_of_a_pack_makes_a_case_fail(table: Table) -> None:
    found = verdict(table)
    assert found.killed > 40
    assert set(found.survivors) == set(equivalent(table)), "add a case, or say in `.equivalent.yaml` why none can tell"
