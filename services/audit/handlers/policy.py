"""Policies that are new here have everybody looked at again."""

from datetime import datetime

from services.audit.ports.entry import PolicyStore


async def register_policies(store: PolicyStore, digest: str, now: datetime) -> bool:
    """Start a storm over everybody when the policies are others than last time; tells whether they are.

    What counts from a later time is looked at again twice: now, so that everybody has a timer at that time, and then.
    """
    if not await store.replace_policies(digest):
        return False
    await store.start_storm(None, "policy", await store.raise_reference(), now)
    return True
