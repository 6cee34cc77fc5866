"""All services of one region in one process: `python -m services --region 330000`."""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from chassis.documents import DocumentError, read_yaml
from chassis.process import run_or_explain
from chassis.restore.command import restore_command
from chassis.run import Blueprint
from healthcode.region import region_from
from services.audit.bootstrap import BLUEPRINT as AUDIT
from services.connector.bootstrap import BLUEPRINT as CONNECTOR
from services.declaration.bootstrap import BLUEPRINT as DECLARATION
from services.issuer.bootstrap import BLUEPRINT as ISSUER
from services.oversight.bootstrap import BLUEPRINT as OVERSIGHT
from services.portal.bootstrap import BLUEPRINT as PORTAL
from services.recognition.bootstrap import BLUEPRINT as RECOGNITION
from services.subscription.bootstrap import BLUEPRINT as SUBSCRIPTION

ALL: Final[tuple[Blueprint, ...]] = (
    DECLARATION,
    AUDIT,
    ISSUER,
    RECOGNITION,
    CONNECTOR,
    OVERSIGHT,
    SUBSCRIPTION,
    PORTAL,
)

RESTORE: Final = "restore"


def main() -> None:
    """Run the services that the region's folder names."""
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    parser.add_argument("--region", required=True, help="the six digits of a folder in regions/")
    parser.add_argument(
        "roles", nargs="+", help="api, worker, relay, timer, …, migrate; `all`: all but migrate; restore"
    )
    arguments, more = parser.parse_known_args()
    if more and arguments.roles != [RESTORE]:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    folder = Path(os.environ.get("HC_REGIONS", "regions")) / arguments.region
    try:
        region = region_from(read_yaml(folder / "region.yaml"))
    except (DocumentError, ValueError) as fault:
        sys.exit(str(fault))
    blueprints = [blueprint for blueprint in ALL if blueprint.name in region.services]
    environment = {**os.environ, "HC_REGION": arguments.region}
    if arguments.roles == [RESTORE]:
        restore_command(blueprints, more, environment)
    else:
        run_or_explain(blueprints, arguments.roles, environment)


if __name__ == "__main__":
    main()
