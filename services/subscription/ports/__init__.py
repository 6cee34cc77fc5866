"""What the handlers need of the outside."""

from services.subscription.ports.feed import Feed, Feeds, Name
from services.subscription.ports.registry import Act, Registries, Registry, Topics

__all__ = ["Act", "Feed", "Feeds", "Name", "Registries", "Registry", "Topics"]
