"""What each dashboard shows: its panels, and what each asks Prometheus for."""

from collections.abc import Sequence
from dataclasses import dataclass

RATE = "[$__rate_interval]"
"""As far back as Grafana finds fit for what is shown."""


@dataclass(frozen=True)
class Panel:
    """``asks``: {what its lines are called: the query}. ``unit``: as Grafana names it."""

    title: str
    unit: str
    tells: str
    asks: dict[str, str]


def quantiles(histogram: str, by: str = "") -> dict[str, str]:
    """The median and the slowest of a hundred."""
    labels, line = (f"le, {by}", f"{{{{{by}}}}} ") if by else ("le", "")
    return {
        f"{line}p{percent}": f"histogram_quantile(0.{percent}, sum by ({labels}) (rate({histogram}_bucket{RATE})))"
        for percent in (50, 99)
    }


def largest(gauge: str, by: str) -> dict[str, str]:
    """Each instance says the same."""
    return {f"{{{{{by}}}}}": f"max by ({by}) ({gauge})"}


def each(counter: str, by: str) -> dict[str, str]:
    """So many a second."""
    return {f"{{{{{by}}}}}": f"sum by ({by}) (rate({counter}{RATE}))"}


MODEL = "read_model"
DASHBOARDS: dict[str, dict[str, Sequence[Panel]]] = {
    "pipeline": {
        "Is it well?": (
            Panel("Which processes answer", "short", "1: it does.", {"{{job}}": "min by (job) (up)"}),
            Panel("Oldest event not published", "s", "0: none waits.", {"age": "max(outbox_age_seconds)"}),
            Panel("Oldest event not applied", "s", "Over 1 s: behind.", largest("projection_lag_seconds", MODEL)),
        ),
        "Events": (
            Panel(
                "Recorded",
                "eps",
                "Events a second, by the API.",
                {"recorded": f"sum(rate(events_write_throughput_total{RATE}))"},
            ),
            Panel("A write", "s", "From a decided command to its commit.", quantiles("events_write_latency_seconds")),
            Panel(
                "Outbox",
                "short",
                "Events that wait, and whether a relay leads.",
                {"waiting": "max(outbox_depth)", "leaders": "sum(relay_leader)"},
            ),
            Panel("A Kafka transaction", "s", "The relay's.", quantiles("relay_publish_latency_seconds")),
            Panel("Events not applied", "short", "By read model.", largest("projection_lag_events", MODEL)),
            Panel("A batch", "s", "A projector's.", quantiles("projection_processing_time_seconds", MODEL)),
        ),
        "What is not as it should be": (
            Panel(
                "Halted tenants",
                "short",
                "By whom.",
                {"relay": "max(relay_halted)"} | largest("projection_halted", MODEL),
            ),
            Panel("Parked patients", "short", "By read model.", largest("projection_parked", MODEL)),
            Panel(
                "Rows that a verify found wrong", "short", "By read model.", largest("projection_verify_found", MODEL)
            ),
            Panel(
                "Errors of projectors",
                "ops",
                "By cause.",
                {"{{read_model}} {{cause}}": f"sum by (read_model, cause) (rate(projection_error_rate_total{RATE}))"},
            ),
            Panel(
                "Events that Kafka did not bring",
                "ops",
                "From the store: of holes, and of tenants left behind.",
                {
                    "{{read_model}} holes": f"sum by (read_model) (rate(projection_holes_filled_total{RATE}))",
                    "{{read_model}} reconciled": f"sum by (read_model) (rate(projection_reconciled_total{RATE}))",
                },
            ),
            Panel(
                "Last verified",
                "s",
                "How long ago.",
                {"{{read_model}}": "min by (read_model) (projection_last_verified_seconds)"},
            ),
        ),
        "Jobs": (
            Panel(
                "Runs",
                "short",
                "In an hour.",
                {
                    "{{job_name}} {{outcome}}": "sum by (job_name, outcome) "
                    "(increase(scheduler_job_duration_seconds_count[1h]))"
                },
            ),
            Panel(
                "How long a run takes",
                "s",
                "On average.",
                {
                    "{{job_name}}": "sum by (job_name) (rate(scheduler_job_duration_seconds_sum[1h])) "
                    "/ sum by (job_name) (rate(scheduler_job_duration_seconds_count[1h]))"
                },
            ),
            Panel(
                "Memory of the processes",
                "bytes",
                "Resident.",
                {"{{job}} {{instance}}": "process_resident_memory_bytes"},
            ),
        ),
    },
    "database": {
        "Room": (
            Panel(
                "The database on disk",
                "bytes",
                "Beside what its volume holds, where HEALZ_DATABASE_BYTES_MAX says it.",
                {"used": "max(database_size_bytes)", "capacity": "max(database_capacity_bytes)"},
            ),
            Panel("The log of events", "bytes", "With its indexes.", {"events": "max(events_table_size_bytes)"}),
            Panel(
                "Months without a partition",
                "short",
                "And bytes in the default one.",
                {"missing": "max(events_partitions_missing)", "unplaced": "max(events_unplaced_bytes)"},
            ),
        ),
        "Work": (
            Panel(
                "Pages in memory",
                "percentunit",
                "Of those asked for.",
                {"{{read_model}}": "min by (read_model) (read_model_cache_hit_rate)"},
            ),
            Panel(
                "Connections in use",
                "short",
                "By pool, with what it may open.",
                {
                    "{{job}} {{db_client_connection_pool_name}}": "sum by (job, db_client_connection_pool_name) "
                    '(db_client_connection_count{db_client_connection_state="used"})',
                    "{{job}} {{db_client_connection_pool_name}} at most": "sum by "
                    "(job, db_client_connection_pool_name) (db_client_connection_max)",
                },
            ),
            Panel(
                "Age of the materialised views",
                "s",
                "Due every 15 and 30 minutes.",
                largest("read_model_view_age_seconds", "view"),
            ),
        ),
    },
    "api": {
        "Requests": (
            Panel(
                "By code",
                "reqps",
                "A second.",
                {
                    "{{http_response_status_code}}": "sum by (http_response_status_code) "
                    f"(rate(http_server_request_duration_seconds_count{RATE}))"
                },
            ),
            Panel("How long they take", "s", "All routes.", quantiles("http_server_request_duration_seconds")),
            Panel(
                "Share that fails",
                "percentunit",
                "5xx, but for health; 0.1 % may.",
                {"5 minutes": "healz:api_errors:ratio_rate5m", "1 hour": "healz:api_errors:ratio_rate1h"},
            ),
            Panel(
                "Slowest routes",
                "s",
                "The ten whose slowest of twenty is slowest.",
                {
                    "{{http_route}}": "topk(10, histogram_quantile(0.95, sum by (le, http_route) "
                    f"(rate(http_server_request_duration_seconds_bucket{RATE}))))"
                },
            ),
            Panel(
                "Refused",
                "reqps",
                "By route and code.",
                {
                    "{{http_route}} {{http_response_status_code}}": "sum by (http_route, http_response_status_code) "
                    f'(rate(http_server_request_duration_seconds_count{{http_response_status_code=~"429|5.."}}{RATE}))'
                },
            ),
            Panel(
                "A query", "s", "To the read models or the log.", quantiles("read_model_query_latency_seconds", MODEL)
            ),
            Panel(
                "Waiting for a position",
                "s",
                "By how it ended.",
                quantiles("read_model_min_position_wait_seconds", "outcome"),
            ),
            Panel(
                "Processor",
                "percentunit",
                "Of one core, by process.",
                {"{{job}} {{instance}}": f"rate(process_cpu_seconds_total{RATE})"},
            ),
        ),
    },
    "clinic": {
        "In an hour": (
            Panel("Booked", "short", "Appointments.", {"booked": "sum(increase(appointments_scheduled_total[1h]))"}),
            Panel("Nobody came", "short", "No-shows.", {"no-shows": "sum(increase(appointments_no_shows_total[1h]))"}),
            Panel(
                "Patients at risk, and won back",
                "short",
                "Journeys.",
                {
                    "at risk": "sum(increase(journeys_at_risk_total[1h]))",
                    "won back": "sum(increase(journeys_recovered_total[1h]))",
                },
            ),
        ),
        "By tenant, where HEALZ_METRICS_TENANTS_MAX names them": (
            Panel(
                "Nobody came, of those booked",
                "percentunit",
                "In a day.",
                {
                    "{{tenant_id}}": "sum by (tenant_id) (increase(appointments_no_shows_total[1d])) "
                    "/ sum by (tenant_id) (increase(appointments_scheduled_total[1d]))"
                },
            ),
            Panel(
                "At risk",
                "short",
                "In a day.",
                {"{{tenant_id}}": "sum by (tenant_id) (increase(journeys_at_risk_total[1d]))"},
            ),
        ),
    },
}
