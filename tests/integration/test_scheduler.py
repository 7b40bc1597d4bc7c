"""The jobs of one machine: when, as whom, and that each does its work with no more rights than it has."""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from uuid_utils.compat import uuid7

from free_ports import free_port
from healz.read_models import READ_MODELS
from healz_local.programs import projector_variable
from healz_local.scheduler import JOBS, Job, SchedulerSettings, next_full_hour, verifications
from scraped import Scraped
from system import SCRIPTS, Database, System, eventually

EACH_SECOND = Path(__file__).resolve().parents[1] / "each_second.py"
ALL = (*JOBS, *verifications(0.01))
KEY = """
INSERT INTO event_store.idempotency_keys (tenant_id, idempotency_key, request_hash, answer, created_at)
SELECT $1, $2 || n, ''::bytea, '{}', now() - $3::interval FROM generate_series(1, $4) AS n
"""


def scheduler_environment(system: System) -> dict[str, str]:
    database = system.database
    return system.environment("command-api") | {
        "SWEEPER_DATABASE_URL": database.url("healz_sweeper"),
        "DEPLOYER_DATABASE_URL": database.url("healz_admin"),
        **{projector_variable(name): database.url(f"healz_projector_{name}") for name in READ_MODELS},
    }


async def ended(command: list[str], environment: dict[str, str]) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.parametrize("job", ALL, ids=lambda job: job.name)
async def test_each_job_runs_as_the_role_that_it_is_given(system: System, job: Job) -> None:
    environment = scheduler_environment(system)
    environment["DATABASE_URL"] = environment[job.database]
    code, output = await ended([str(part) for part in job.command], environment)
    assert code == 0, output
    json.loads(output.splitlines()[-1])


def test_nothing_runs_before_the_next_full_hour_and_then_all_within_a_day() -> None:
    now = datetime(2026, 3, 2, 10, 20, 30, tzinfo=UTC)
    assert next_full_hour(now) == datetime(2026, 3, 2, 11, tzinfo=UTC)
    for job in ALL:
        first = job.trigger(next_full_hour(now)).get_next_fire_time(None, now)
        assert timedelta(minutes=39) < first - now <= timedelta(days=1), job.name


async def test_a_job_never_overlaps_itself_and_a_failed_one_is_tried_again(tmp_path: Path) -> None:
    scraped = Scraped(free_port())
    environment = dict(os.environ) | {"HEALZ_METRICS_PORT": str(scraped.port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EACH_SECOND), str(tmp_path), env=environment, stderr=asyncio.subprocess.PIPE
    )

    def lines(name: str) -> list[str]:
        file = tmp_path / name
        return file.read_text().split() if file.exists() else []

    async def thrice() -> bool:
        return len(lines("slow")) >= 5 and len(lines("failing")) >= 3

    await eventually(thrice)
    assert lines("slow")[:5] == ["begun", "ended", "begun", "ended", "begun"]
    durations = "scheduler_job_duration_seconds"
    runs = await scraped.value(f"{durations}_count", job_name="slow", outcome="done") or 0
    assert runs >= 2
    assert (await scraped.value(f"{durations}_sum", job_name="slow") or 0) >= runs * 2.2
    assert (await scraped.value(f"{durations}_count", job_name="failing", outcome="failed") or 0) >= 2
    # What runs is asked to end, and waited for.
    process.send_signal(signal.SIGTERM)
    _, log = await process.communicate()
    assert process.returncode == 0, log.decode()
    assert lines("slow")[-1] in ("asked", "ended")
    told = [json.loads(line) for line in log.decode().splitlines()]
    assert {line["exit_code"] for line in told if line.get("job") == "failing"} == {3}
    assert any(line["message"] == "a job did not start" and line["job"] == "missing" for line in told)
    assert any("maximum number of running instances" in line["message"] for line in told), "else nothing was left out"


async def test_the_scheduler_ends_when_it_is_asked(system: System) -> None:
    process = await asyncio.create_subprocess_exec(
        str(SCRIPTS / "healz-scheduler"),
        # Higher than the first port of a stack may be.
        env=scheduler_environment(system) | {"HEALZ_METRICS_PORT": str(free_port((65_035, 65_535)))},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    first = json.loads(await process.stderr.readline())
    assert first["message"] == "scheduling"
    assert first["jobs"] == [job.name for job in ALL]
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


def test_the_scheduler_takes_any_port_for_its_metrics_and_its_own_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """So high a port is that of a program, and would be too high for the first of a stack."""
    monkeypatch.setenv("HEALZ_METRICS_PORT", "65035")
    monkeypatch.setenv("HEALZ_VERIFY_SHARE", "0.25")
    jobs = SchedulerSettings().jobs()
    assert jobs == (*JOBS, *verifications(0.25))


async def test_expired_idempotency_keys_go_and_only_those(system: System, database: Database) -> None:
    tenants = [uuid7(), uuid7()]
    for tenant_id in tenants:
        await database.admin.execute("INSERT INTO event_store.tenant_log VALUES ($1, 1, now())", tenant_id)
        for prefix, age, count in (
            ("old-", timedelta(hours=24, seconds=1), 4500),
            ("new-", timedelta(hours=23, minutes=59), 3),
            ("seed:", timedelta(days=400), 2),  # a seed that was killed meets its own answers
        ):
            await database.admin.execute(KEY, tenant_id, prefix, age, count)
    environment = scheduler_environment(system) | {"DATABASE_URL": database.url("healz_sweeper")}
    command = [str(SCRIPTS / "healz-db"), "purge", "--json"]
    assert json.loads((await ended(command, environment))[1]) == {"keys": 9000, "tenants": 2}
    left = await database.admin.fetch(
        "SELECT left(idempotency_key, 4) AS kind, count(*) FROM event_store.idempotency_keys GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row) for row in left] == [("new-", 6), ("seed", 4)]
    assert json.loads((await ended(command, environment))[1])["keys"] == 0
