"""A made-up population, the same for the same seed: names, valid document numbers, homes, and who does what."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from demo.settings import GANSU, HUBEI, NATION, ZHEJIANG
from healthcode.identity import check_digit

SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余"
GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建文玉兰志秀红春梅海燕晓宇浩然子轩欣怡"
EARLIEST_BIRTH: Final = date(1935, 1, 1)
LATEST_BIRTH: Final = date(2001, 12, 31)

HOMES: Final[Mapping[str, Sequence[str]]] = {
    ZHEJIANG: ("330106", "330102", "330105", "330203", "330302", "330402", "330702"),
    HUBEI: ("420102", "420106", "420111", "420502", "420602", "421002"),
    GANSU: ("620102", "620103", "620402", "620502", "620902"),
    NATION: ("110105", "310104", "440106", "510104"),
}
STREETS: Final = ("文三路", "中山路", "人民路", "解放路", "建设路", "和平路", "东风路", "学院路")
# Where people declare: of each hundred so many. Those of Gansu declare to the nation, as do those of regions without a
# stack of their own here.
SHARES: Final = ((ZHEJIANG, ZHEJIANG, 40), (HUBEI, HUBEI, 34), (NATION, GANSU, 18), (NATION, NATION, 8))


class Channel(StrEnum):
    """How a person's declaration comes in."""

    SELF = "self"
    CONFIRMED = "confirmed"
    """By the employer, and the person confirms it."""
    UNCONFIRMED = "unconfirmed"
    """By the employer, and the person never confirms it: their code stays pending."""


@dataclass(frozen=True, slots=True)
class Person:
    """`region` is where the person declares; `home` a county."""

    number: int
    name: str
    id_number: str
    region: str
    home: str
    channel: Channel

    @property
    def sub(self) -> str:
        """The account at the identity provider."""
        return f"person-{self.number}"

    @property
    def document(self) -> dict[str, Any]:
        """The identity document, as the HTTP interfaces take it."""
        return {"id_type": "resident_id", "id_number": self.id_number}

    @property
    def basic(self) -> dict[str, Any]:
        """Basic information (GB/T 38962-2020), as the HTTP interfaces take it."""
        return {
            "name": self.name,
            **self.document,
            "phone": f"130{self.number % 100_000_000:08}",
            "address": f"{STREETS[self.number % len(STREETS)]} {self.number % 300 + 1} 号",
            "residence": self.home,
        }


class Population:
    """Makes people, one after another; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - made-up people, the same ones each time
        self._numbers: set[str] = set()
        self._made = 0

    def people(self, count: int) -> Iterator[Person]:
        """The next `count` people; regions and channels come in fixed shares."""
        for _ in range(count):
            region, home = self._place(self._made)
            yield self.person(region, home, self._channel(self._made))

    def person(self, region: str, home: str, channel: Channel = Channel.SELF) -> Person:
        """One more person, who declares to `region` and lives in the province `home`."""
        number = self._made
        self._made += 1
        pick = self._random
        name = pick.choice(SURNAMES) + "".join(pick.choice(GIVEN) for _ in range(pick.choice((1, 2, 2))))
        county = pick.choice(HOMES[home])
        return Person(number, name, self._id_number(county), region, county, channel)

    def _id_number(self, county: str) -> str:
        """A number by GB 11643-1999 that nobody else here has."""
        pick = self._random
        while True:
            born = EARLIEST_BIRTH + timedelta(days=pick.randrange((LATEST_BIRTH - EARLIEST_BIRTH).days))
            first = f"{county}{born:%Y%m%d}{pick.randrange(1, 1000):03}"
            if first not in self._numbers:
                self._numbers.add(first)
                return first + check_digit(first)

    @staticmethod
    def _place(number: int) -> tuple[str, str]:
        place = number * 37 % 100  # 37 shares no factor with 100: each hundred people in a row has the exact shares
        for region, home, share in SHARES:
            if place < share:
                return region, home
            place -= share
        raise AssertionError("the shares make a hundred")

    @staticmethod
    def _channel(number: int) -> Channel:
        """Of a hundred in a row: 30 declare themselves, 60 confirm what the employer declared, 10 do not."""
        place = number // 100 + number * 61
        if place % 10 < 3:
            return Channel.SELF
        return Channel.UNCONFIRMED if place % 10 == 9 else Channel.CONFIRMED
