"""Pages of open letters: a cursor holds, for each topic, where to go on and where the log ended when paging began.

So whoever replays all of them does not meet what comes back while they do.
"""

import base64
from dataclasses import dataclass, field
from typing import Final

import msgspec

from chassis.ops import acts
from chassis.ops.desk import OpsDesk
from chassis.ops.letters import SCAN, Letter

LOOKS: Final = 5
"""Looks at the broker of one page at most: then it is handed out as it is."""

Places = dict[str, tuple[int, int]]
_decode = msgspec.json.Decoder(Places).decode


class BadCursor(ValueError):  # noqa: N818 - says what is wrong
    """A cursor that is none of ours."""


@dataclass
class Page:
    """Open letters, and the places from which to go on."""

    letters: list[Letter] = field(default_factory=list)
    looked_at: int = 0
    places: Places = field(default_factory=dict)

    @property
    def left(self) -> int:
        """At most so many are still to be looked at."""
        return sum(until - start for start, until in self.places.values())

    @property
    def cursor(self) -> str | None:
        """The cursor of the next page; None when there is none."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self.places)).decode() if self.places else None


async def first_places(desk: OpsDesk, topic: str | None) -> Places:
    """All topics' dead letters as they are now, or one topic's."""
    topics = [name for name in desk.box.topics if topic in (None, name)]
    found = {name: await desk.box.bounds(name) for name in topics}
    return {name: bounds for name, bounds in found.items() if bounds[0] < bounds[1]}


def places_of(desk: OpsDesk, cursor: str) -> Places:
    """From a cursor. Raises BadCursor."""
    try:
        places = _decode(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, msgspec.DecodeError):
        raise BadCursor from None
    if any(topic not in desk.box.specs or start < 0 for topic, (start, _) in places.items()):
        raise BadCursor
    return places


async def page(desk: OpsDesk, places: Places, code: str | None, limit: int) -> Page:
    """The next open letters."""
    found = Page(places=dict(places))
    for _ in range(LOOKS):
        if not found.places or len(found.letters) == limit:
            break
        topic, (start, until) = next(iter(found.places.items()))
        letters, following = await desk.box.read(topic, start, SCAN)
        open_ones = await acts.still_open(desk.pool, [letter for letter in letters if letter.offset < until])
        wanted = [letter for letter in open_ones if code in (None, letter.code)]
        taken = wanted[: limit - len(found.letters)]
        found.letters += taken
        if len(taken) < len(wanted):
            following = taken[-1].offset + 1
        found.looked_at += min(following, until) - start
        if following < until:
            found.places[topic] = (following, until)
        else:
            del found.places[topic]
    return found
