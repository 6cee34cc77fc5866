"""What the service promises, over its stores in memory."""

from tests.unit.declaration.behaviour_batches import BatchBehaviour
from tests.unit.declaration.behaviour_corrections import CorrectionBehaviour
from tests.unit.declaration.behaviour_dependants import DependantBehaviour
from tests.unit.declaration.behaviour_guardians import GuardianBehaviour
from tests.unit.declaration.behaviour_statements import StatementBehaviour


class TestStatements(StatementBehaviour):
    """Declarations, check-ins, trips, confirmations, receipts."""


class TestBatches(BatchBehaviour):
    """Batches."""


class TestDependants(DependantBehaviour):
    """Dependants."""


class TestGuardians(GuardianBehaviour):
    """Who may show whose code."""


class TestCorrections(CorrectionBehaviour):
    """Corrections."""
