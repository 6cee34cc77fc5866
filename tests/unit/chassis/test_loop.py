import asyncio

from chassis.loop import Loop


async def test_steps_go_on_at_once_while_there_is_more_and_then_pause() -> None:
    left = {"a": 3, "b": 1}
    stop = asyncio.Event()

    def step(name: str) -> bool:
        left[name] -= 1
        if not any(n > 0 for n in left.values()):
            stop.set()
        return left[name] > 0

    async def first() -> bool:
        return step("a")

    async def second() -> bool:
        return step("b")

    async with asyncio.timeout(5):
        await Loop([first, second], 3600).run(stop)
    assert left == {"a": 0, "b": -2}


async def test_the_pause_ends_with_the_stop() -> None:
    stop, ticked = asyncio.Event(), asyncio.Event()

    async def step() -> bool:
        ticked.set()
        return False

    async with asyncio.timeout(5):
        running = asyncio.create_task(Loop([step], 3600).run(stop))
        await ticked.wait()
        stop.set()
        await running
