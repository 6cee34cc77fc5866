import asyncio

import pytest

from demo.days import many
from demo.scenario import chunks


async def test_many_gives_results_in_order_and_keeps_the_bound() -> None:
    running = most = 0

    async def double(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return 2 * number

    assert await many(double, range(20), at_once=3) == [2 * number for number in range(20)]
    assert most == 3


async def test_what_one_raises_is_raised_and_the_others_end() -> None:
    ended = []

    async def act(number: int) -> None:
        try:
            await asyncio.sleep(0 if number == 1 else 60)
        finally:
            ended.append(number)
        raise LookupError(number)

    with pytest.raises(LookupError, match="1"):
        await many(act, range(10), at_once=3)
    assert sorted(ended) == [0, 1, 2]


async def test_nothing_to_do_is_done() -> None:
    assert await many(lambda _: asyncio.sleep(0), []) == []


def test_chunks_keep_all_in_order() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []
