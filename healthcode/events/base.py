"""What every event has in common."""

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """One thing that happened, as published.

    `type` is the CloudEvents type, `topic` the topic's name without its region prefix, `key_field` the field
    whose value is the Kafka key. Unknown fields are ignored when reading, so that an older reader survives an
    additive change.
    """

    type: ClassVar[str]
    topic: ClassVar[str]
    key_field: ClassVar[str] = "subject"

    id: str

    @property
    def key(self) -> str:
        """The Kafka key."""
        return str(getattr(self, self.key_field))
