"""What the HTTP server measures: requests, questions to the read models, waits for a position."""

import time
from collections.abc import Iterable

from healz.metrics.define import seconds

BY = "command-api"
METHOD, ROUTE, STATUS = "http.request.method", "http.route", "http.response.status_code"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "_OTHER"
"""As OpenTelemetry's conventions call a method that is none: anybody may send any."""
READ_MODEL = "read_model"
OUTCOME = "outcome"

_request_duration = seconds(
    "http.server.request.duration",
    by=BY,
    tells="From a request's headers to the beginning of its answer.",
    labels={
        METHOD: "`GET`, `POST` …",
        ROUTE: "as in `/schema`; empty: no such route, or refused by the gate",
        STATUS: "`200`, `409` …",
    },
)
_query_latency = seconds(
    "read_model.query_latency",
    by=BY,
    tells="One question to the read models or the log, from asking for a connection until it is given back.",
    labels={READ_MODEL: "`patient`, `appointment`, `journey`, `log`; with `+` those that are asked together"},
)
_min_position_wait = seconds(
    "read_model.min_position_wait",
    by=BY,
    tells="How long requests with `Healz-Min-Position` waited, of those that had to.",
    labels={OUTCOME: "`reached`; `refused`: not in time, or it never could be; `gone`: the client"},
)


def answered(method: str, route: str | None, status: int, seconds: float) -> None:
    """Counts an answered request."""
    labels: dict[str, str | int] = {METHOD: method if method in METHODS else OTHER, ROUTE: route or "", STATUS: status}
    _request_duration.record(seconds, labels)


def queried(sources: Iterable[str], began: float) -> None:
    """Counts a question that was answered; it began at this ``time.perf_counter()``."""
    _query_latency.record(time.perf_counter() - began, {READ_MODEL: "+".join(sources)})


def waited(outcome: str, seconds: float) -> None:
    """Counts a request that waited for a position."""
    _min_position_wait.record(seconds, {OUTCOME: outcome})
