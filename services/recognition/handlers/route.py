"""The hub: messages that are believed go on to their destination."""

from collections.abc import Sequence
from datetime import datetime

from services.recognition.domain.message import Message
from services.recognition.domain.route import KEPT, pass_on
from services.recognition.ports import RouteStore


async def route_messages(store: RouteStore, messages: Sequence[Message]) -> int:
    """Pass messages on in their order; gives how many were repeated or overtaken and went nowhere.

    Raises Refusal for the first that fits no watch.
    """
    routes = await store.lock([message.event.key for message in messages])
    touched = set()
    passed = []
    for message in messages:
        handle = message.event.key
        route = pass_on(routes.get(handle), message.event)
        if route is not None:
            routes[handle] = route
            touched.add(handle)
            passed.append(message)
    await store.save([routes[handle] for handle in sorted(touched)], passed)
    return len(messages) - len(passed)


async def forget_routes(store: RouteStore, now: datetime, limit: int) -> bool:
    """Forget what has been over for long; tells whether there may be more."""
    return await store.purge(now - KEPT, limit) == limit
