"""What the worker's edge makes of a policy that it cannot read."""

from datetime import timedelta
from typing import Any, cast

import pytest

from chassis.kafka.model import Record
from chassis.stream.model import CannotWork, Delivery
from services.audit.domain import PolicyAct
from services.audit.stream.review import review_spec
from tests.twins.audit import ReviewTwin
from tests.twins.audit_behaviour import NOW
from tests.twins.audit_judge import declared, judge


class Clock:
    """Stands still."""

    def now(self) -> Any:
        return NOW


class FromALaterRelease(ReviewTwin):
    """Officers have put a pack in force that this release has no words for."""

    async def policy_acts(self) -> list[PolicyAct]:
        return [
            PolicyAct(
                change="activation",
                policy="small",
                version="two",
                pack="policy: small\nversion: two\nrules: [{when: {breathed: {}}}]\n",
                effective=NOW - timedelta(days=1),
                proposal="p1",
                recorded_at=NOW,
            )
        ]


async def test_an_unreadable_policy_stops_the_worker_and_says_what_to_do() -> None:
    twin = FromALaterRelease()
    twin.reference = 1
    spec = review_spec("330000", judge(), Clock(), lambda _: twin)
    with pytest.raises(CannotWork, match=r"run the release before it.*small two of p1:"):
        await spec.handle(cast("Any", None), [Delivery(cast("Record", None), declared())])
