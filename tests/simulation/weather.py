"""How the world treats the processes: how long things take, and what goes wrong. All drawn from one seed."""

from collections import Counter
from contextvars import Context
from random import Random
from typing import Final

CALM: Final = {"publish.request_lost": 0.0, "publish.answer_lost": 0.0, "send.answer_lost": 0.0}


class Weather:
    """Delays and chances of one region. `slow` stretches what waits for a disk."""

    def __init__(self, random: Random, counts: Counter[str]) -> None:
        self.random = random
        self.counts = counts
        self.context = Context()
        self.chances: dict[str, float] = dict(CALM)
        self.slow = 1.0

    def way(self) -> float:
        """One way over the network, mostly well under a millisecond."""
        drawn = self.random.random()
        return 0.0001 + 0.0008 * drawn if drawn < 0.95 else 0.02 * drawn

    def storage(self) -> float:
        """A commit's wait for the disk."""
        return (0.0005 + 0.002 * self.random.random()) * self.slow

    def patience(self) -> float:
        """How long a client tries before it says that the broker is away."""
        return 0.5 + 1.5 * self.random.random()

    def handful(self) -> int:
        """How many records a poll brings."""
        return self.random.choice((1, 2, 3, 5, 10, 40, 1000))

    def chance(self, name: str, failure: type[Exception]) -> None:
        """Raise a failure now and then."""
        likely = self.chances.get(name, 0.0)
        if likely and self.random.random() < likely:
            self.counts[name] += 1
            raise failure(name)

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.chances = dict(CALM)
        self.slow = 1.0
