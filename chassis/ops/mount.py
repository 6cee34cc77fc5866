"""The operators' part of a process that serves HTTP: routes beside each service's own, and what waits for them."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.loop import Loop
from chassis.ops.desk import OpsDesk
from chassis.ops.gauges import SECONDS, Gauges
from chassis.ops.routes import ops_index, ops_router
from chassis.run import Service


def operated(services: Sequence[Service], desks: Sequence[OpsDesk]) -> list[Service]:
    """The services with their operators' routes; the first also tells which services there are."""
    index = [ops_index(desks)]
    return [
        replace(service, routers=[*service.routers, *(index if number == 0 else ()), ops_router(desk)])
        for number, (service, desk) in enumerate(zip(services, desks, strict=True))
    ]


def gauges(desks: Sequence[OpsDesk]) -> dict[str, Loop]:
    """Components that count what waits."""
    return {f"{desk.service}.gauges": Loop([Gauges(desk)], SECONDS) for desk in desks}
