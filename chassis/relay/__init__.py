"""The relay: publishes one lane of an outbox, each row exactly once for `read_committed` readers, in order per key."""

from chassis.relay.relay import Relay
from chassis.relay.window import RelaySpec

__all__ = ["Relay", "RelaySpec"]
