"""Who may use the operators' routes."""

from typing import Any, Final

from fastapi import Depends

from chassis.http.auth import requires

ROLE: Final = "ops"
OPERATOR: Final[Any] = Depends(requires(ROLE, own_region=True))
