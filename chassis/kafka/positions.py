"""From stored positions to where reading starts; the same for the real edge and the twin."""

from collections.abc import Iterable, Mapping

from chassis.kafka.model import OffsetOutOfRange, TopicPartition


def starting_offsets(
    tps: Iterable[TopicPartition],
    stored: Mapping[TopicPartition, int | None],
    *,
    begins: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> dict[TopicPartition, int]:
    """Where to read on: the stored offset, or the beginning where nothing is stored.

    Raises OffsetOutOfRange for the first that lies outside its log: going on elsewhere would lose or repeat records.
    """
    starts: dict[TopicPartition, int] = {}
    for tp in sorted(tps):
        offset = stored.get(tp)
        if offset is None:
            offset = begins[tp]
        elif not begins[tp] <= offset <= ends[tp]:
            raise OffsetOutOfRange(tp, stored=offset, begin=begins[tp], end=ends[tp])
        starts[tp] = offset
    return starts
