"""What time has done: sources are silent, alarms are over, counts are old."""

from collections import Counter
from datetime import datetime

from healthcode.values import AlarmKind
from services.oversight.domain.alarm import clear_alarm, is_over
from services.oversight.domain.judge import silent_sources
from services.oversight.handlers.alarm import Rules, raise_alarms
from services.oversight.ports import Books


async def look_at_time(books: Books, rules: Rules, now: datetime) -> Counter[AlarmKind]:
    """One look at the region's clock, by one who has counted all there is; how many alarms of each kind are open.

    Any other would call a source silent that it has not listened to.
    """
    standing = await books.open_alarms()
    windowed = [alarm for alarm in standing if alarm.event.kind is not AlarmKind.SILENT_SOURCE]
    over = [alarm for alarm in windowed if is_over(alarm, now, rules.thresholds.lateness)]
    await books.keep([clear_alarm(alarm, now, rules.ids) for alarm in over])
    silent = list(silent_sources(await books.rhythms(), now, rules.thresholds.silent_source))
    await raise_alarms(books, silent, rules, now)
    return Counter(alarm.event.kind for alarm in await books.open_alarms())


async def forget_old(books: Books, rules: Rules, now: datetime) -> None:
    """Drop what is older than the region keeps."""
    await books.forget(now - rules.thresholds.keep)
