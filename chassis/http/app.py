"""The HTTP application of a service: problem documents, limits, logs, metrics and health, ready for its routers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from chassis.clock import Clock
from chassis.http.admission import Admission, Bounds, DoorMiddleware, Strain, TurnMiddleware, at_ease
from chassis.http.answers import (
    answer_outage,
    answer_problem,
    answer_status,
    answer_unstorable,
    answer_validation,
)
from chassis.http.auth import Authenticator
from chassis.http.body import BodyMiddleware, BodyRule
from chassis.http.health import Check, health_router
from chassis.http.middleware import ObserverMiddleware, RequestIdMiddleware
from chassis.http.openapi import documented
from chassis.http.problems import Problem
from chassis.http.rates import Rate, Rates
from chassis.http.reads import ReadBounds, ReadMiddleware, Reads
from chassis.postgres.errors import CONFLICTS, OUTAGES, UNSTORABLE
from chassis.settings import ChassisSettings


class Application(FastAPI):
    """FastAPI whose OpenAPI document says once, for all routes, how errors look."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return documented(super().openapi())


def create_app(  # noqa: PLR0913 - by keyword alone; this is where an application is put together
    *,
    title: str,
    version: str,
    settings: ChassisSettings,
    clock: Clock,
    checks: Sequence[Check],
    authenticator: Authenticator | None = None,
    bodies: Mapping[str, BodyRule] | None = None,
    held: Callable[[], Mapping[str, str]] = dict,
    strain: Callable[[], Strain | None] = at_ease,
    panels: Sequence[str] = (),
) -> Application:
    """An application without routes of its own but health and metrics; add the service's with `include_router`.

    `title` names the service in its metrics. `bodies` says which paths take larger or other bodies than 1 MiB of JSON.
    `held` tells of the process's components that wait to be tried again, and why. The settings bound the writes of all
    callers together and of each; `strain` tells what else is behind. `panels`: paths, as patterns, whose answers a page
    can do without: they are refused first.
    Handlers find `settings`, `clock` and `authenticator` under `request.app.state`.
    """
    bounds = Bounds(settings.http_at_once, settings.http_waiting, settings.http_wait_seconds)
    admission = Admission(bounds, strain)
    read_bounds = ReadBounds(settings.http_reads_at_once, settings.http_panels_at_once)
    reads = Reads(read_bounds, panels, strain, admission.refusal)
    app = Application(
        title=title,
        version=version,
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        # spans would hold whole paths and queries, with ids, and exception texts, with values
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(RequestIdMiddleware),
            Middleware(ObserverMiddleware, service=title),
            Middleware(DoorMiddleware, admission=admission),
            Middleware(ReadMiddleware, reads=reads),
            Middleware(BodyMiddleware, rules=dict(bodies or {})),
            Middleware(TurnMiddleware, admission=admission),
        ],
    )
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(HTTPException, answer_status)
    app.add_exception_handler(RequestValidationError, answer_validation)
    for passing in (*OUTAGES, *CONFLICTS):
        app.add_exception_handler(passing, answer_outage)
    for lasting in UNSTORABLE:
        app.add_exception_handler(lasting, answer_unstorable)
    app.state.settings = settings
    app.state.clock = clock
    app.state.authenticator = authenticator
    app.state.rates = Rates(Rate(settings.rate_per_second, settings.rate_burst))
    app.include_router(health_router(checks, held))
    return app
