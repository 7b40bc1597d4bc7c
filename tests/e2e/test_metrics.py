"""All processes' metrics, on a busy system: each that docs/metrics.md promises, and nobody's id in them."""

import asyncio
import operator
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from architecture.source import ROOT, tracked_files
from healz.events import Event
from healz.events.appointment import AppointmentMarkedAsNoShow, AppointmentScheduled
from healz.events.journey import JourneyRecovered, JourneyStageChanged
from healz.metrics.define import DEFINED, Definition
from pages.metrics import DEFINED_IN
from scraped import Scraped, start_measured
from system import SERVICES, System, book, eventually, in_days, put_clinic, register
from traffic import new_seed, traffic, write

A_TONE_IS_ENOUGH = {"name": "Grupo Vitória", "journey_rules": {"score_high": 0.6}}
UUID_TEXT = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
SHOWN_WHEN_ASKED = {"read_model.cache_hit_rate", "projection.last_verified_seconds", "read_model.view_age"}
"""Have no value while nobody reads the tables, has verified, or refreshed a view; tests/integration/test_metrics_of_…
has them."""
CLINICS_FIGURES: dict[str, Callable[[Event], bool]] = {
    "appointments_scheduled_total": lambda event: isinstance(event, AppointmentScheduled),
    "appointments_no_shows_total": lambda event: isinstance(event, AppointmentMarkedAsNoShow),
    "journeys_at_risk_total": lambda event: isinstance(event, JourneyStageChanged) and event.new_stage == "at_risk",
    "journeys_recovered_total": lambda event: isinstance(event, JourneyRecovered),
}


async def start_all(system: System) -> dict[str, Scraped]:
    system.settings["HEALZ_DATABASE_BYTES_MAX"] = "1000000000"
    measured = {name: (await start_measured(system, name))[1] for name in SERVICES}
    await system.ready()
    return measured


async def drift_away_and_come_back(system: System) -> None:
    """A journey that is at risk and recovers, whatever the traffic draws."""
    async with system.client() as client:
        clinic, patient_id = await put_clinic(client), await register(client)
        (await client.put("/v1/tenant", json=A_TONE_IS_ENOUGH)).raise_for_status()
        await book(client, patient_id, clinic, days=400)
        await system.caught_up()
        (journey,) = (await client.get("/v1/journeys", params={"clinic_id": str(clinic.clinic_id)})).json()["items"]
        for step, body in (
            ("risk-indicators", {"risk_type": "tone_change"}),
            ("recovery", {"recovery_reason": "voltou"}),
        ):
            answer = await client.post(f"/v1/journeys/{journey['journey_id']}/{step}", json=body)
            answer.raise_for_status()


async def miss_an_appointment(system: System) -> None:
    """A no-show, whatever the traffic draws."""
    async with system.client() as client:
        clinic, patient_id = await put_clinic(client), await register(client)
    # Of the past, which only an import may tell.
    async with system.client("import", clinics=[clinic.clinic_id]) as client:
        booked = await book(client, patient_id, clinic, scheduled_for=in_days(-2), occurred_at=in_days(-3))
        answer = await client.post(f"/v1/appointments/{booked}/no-show", json={"occurred_at": in_days(-1.9)})
        answer.raise_for_status()


def exported_by(definition: Definition, process: str) -> bool:
    return (
        definition.by == process
        or (definition.by == "projector-*" and process.startswith("projector-"))
        or definition.by == "each with a pool"
    )


async def test_each_process_shows_what_the_page_promises_and_names_nobody(system: System) -> None:
    measured = await start_all(system)
    async with traffic(system, seed=new_seed(), tenants=2, patients=10) as day:
        await write(day, events=300)
        await system.caught_up()
        await drift_away_and_come_back(system)
        await miss_an_appointment(system)
        patient_id = day[0].patients[0]

        async def somebody_waited() -> bool:
            """Unless the command was sooner than who waits for it."""
            newest = (await system.database.heads())[system.tenant_id]
            wanted = {"Healz-Min-Position": str(newest + 1)}
            waiting = asyncio.create_task(day[0].client.get(f"/v1/patients/{patient_id}", headers=wanted))
            await asyncio.wait([waiting], timeout=0.1)
            await register(day[0].client)
            assert (await waiting).status_code == 200
            return bool(await measured["command-api"].value("read_model_min_position_wait_seconds_count"))

        await eventually(somebody_waited)
    await system.caught_up()
    await system.outbox_empty()

    log = [event for tenant_id in await system.database.heads() for event in await system.database.log(tenant_id)]
    for name, is_one in CLINICS_FIGURES.items():
        by = "projector-" + ("journey" if name.startswith("journeys") else "appointment")
        expected = sum(is_one(event.event_data) for event in log)
        assert expected > 0, name
        await measured[by].comes_to(name, partial(operator.eq, expected))
    await measured["command-api"].comes_to("events_write_throughput_total", partial(operator.eq, len(log)))

    for process, scraped in measured.items():
        await scraped.comes_to("projection_lag_events", lambda found: not found)
        text = await scraped.text()
        # The process' own id, made by OpenTelemetry at its start.
        own = "\n".join(line for line in text.splitlines() if not line.startswith("target_info"))
        assert UUID_TEXT.findall(own) == []
        shown = set(re.findall(r"^([a-z_]+?)(?:_bucket|_sum|_count)?[{ ]", own, re.MULTILINE))
        shown |= {f"{name}_count" for name in shown}
        for definition in DEFINED.values():
            promised = exported_by(definition, process) and definition.name not in SHOWN_WHEN_ASKED
            known = definition.prometheus_name in shown
            assert known or not promised, f"{process} lacks {definition.prometheus_name}"


def test_all_metrics_that_are_defined_are_on_the_page() -> None:
    """Each module that defines one is named in docs/pages/metrics.py, else its metrics would be missing there."""
    defining = {
        file
        for file in tracked_files()
        if file.suffix == ".py" and "tests" not in file.relative_to(ROOT).parts and file.name != "define.py"
        if re.search(r"^(?:\w+(?:: \w+)? = )?(?:counter|seconds|gauge|Count)\(", file.read_text(), re.MULTILINE)
    }
    assert defining == {Path(str(module.__file__)).resolve() for module in DEFINED_IN}


@dataclass
class Collector:
    """Takes OTLP over HTTP, as a collector of OpenTelemetry does."""

    port: int = 0
    received: list[ExportMetricsServiceRequest] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("POST /v1/metrics ")
        found = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        assert found
        self.received.append(ExportMetricsServiceRequest.FromString(await reader.readexactly(int(found[1]))))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    def names(self, service: str) -> set[str]:
        """Of all metrics that came from this service."""
        return {
            metric.name
            for request in self.received
            for resource in request.resource_metrics
            if service in [value.value.string_value for value in resource.resource.attributes]
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector = Collector()
    async with await asyncio.start_server(collector.take, "127.0.0.1", 0) as server:
        collector.port = server.sockets[0].getsockname()[1]
        yield collector


@pytest.mark.parametrize(
    ("process", "metric"),
    [
        ("command-api", "events.write_throughput"),
        ("relay", "relay.leader"),
        ("projector-patient", "projection.reconciled"),
    ],
)
async def test_what_otlp_has_not_sent_is_sent_at_the_end(system: System, process: str, metric: str) -> None:
    async with collecting() as collector:
        system.settings |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}",
            "OTEL_METRIC_EXPORT_INTERVAL": "600000",
        }
        started = system.start(process)
        told = {"command-api": "", "relay": "leading", "projector-patient": "partitions"}[process]

        async def runs() -> bool:
            return told in started.output.read_text()

        if process == "command-api":
            await system.ready()
        else:
            await eventually(runs)
        assert collector.received == []
        await system.end(started)
        assert metric in collector.names(process)
