"""Deploys of the audit's worker that nobody should make: `python -m tests.support.faults.deploys WHICH`."""

import sys
from dataclasses import fields, replace
from typing import Final

from chassis.kafka.model import Record
from chassis.process import run_or_explain
from chassis.run import Blueprint, Runtime, Service
from chassis.stream.model import Rejected, StreamSpec
from chassis.stream.worker import StreamWorker
from healthcode.events import Event
from services.audit.bootstrap import BLUEPRINT

MODULE: Final = "tests.support.faults.deploys"
SECOND: Final = "second-owner"
REJECTING: Final = "rejects-everything"


class SecondOwner(Runtime):
    """A worker of another consumer group, to which Kafka gives every partition that the first group's workers have."""

    def worker(self, spec: StreamSpec) -> StreamWorker:
        """See Runtime."""
        group = f"{self.region}-{self.service}-{spec.consumer}-second"
        return StreamWorker(spec, broker=self.broker, pool=self.pool, schema=self.service, group=group)


class Rejecting(Runtime):
    """A worker that takes nothing for an event of its own."""

    def worker(self, spec: StreamSpec) -> StreamWorker:
        """See Runtime."""
        return super().worker(replace(spec, decode=_reject))


def _reject(_record: Record) -> Event:
    raise Rejected("wrong-deploy", "this deploy understands nothing")


def _blueprint(kind: type[Runtime]) -> Blueprint:
    async def build(runtime: Runtime) -> Service:
        return await BLUEPRINT.build(kind(**{each.name: getattr(runtime, each.name) for each in fields(Runtime)}))

    return replace(BLUEPRINT, build=build)


if __name__ == "__main__":
    run_or_explain([_blueprint({SECOND: SecondOwner, REJECTING: Rejecting}[sys.argv[1]])], ["worker"])
