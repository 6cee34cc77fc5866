"""Alarms as they are kept in rows."""

from typing import Final

import asyncpg
import msgspec

from healthcode.events import AlarmChanged
from services.oversight.domain.alarm import Alarm

_decoder: Final = msgspec.json.Decoder(AlarmChanged)


def alarm_of(row: asyncpg.Record) -> Alarm:
    """The alarm in a row that has `event` and `told`."""
    return Alarm(_decoder.decode(row["event"]), row["told"])
