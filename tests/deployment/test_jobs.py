"""The jobs of a cluster are those of the local stack's scheduler; the one before a release only adds."""

from pathlib import Path

import pytest

from deployment.manifests import OVERLAYS, command_of, environment, pod, pods, secret_values
from healz_local.scheduler import JOBS, LATE_SECONDS_MAX, verifications

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@every_overlay
def test_the_jobs_are_those_of_the_scheduler_at_the_same_times(overlay: str) -> None:
    share = 0.01
    expected = {}
    for job in (*JOBS, *verifications(share)):
        script, *arguments = [str(part) for part in job.command]
        expected[job.name] = (Path(script).name, arguments, f"{job.minute} {job.hour} * * *")
    found = {}
    for one in pods(overlay):
        if one.of["kind"] == "CronJob":
            spec = one.of["spec"]
            found[one.name] = (command_of(one), one.container["args"], spec["schedule"])
            assert spec["timeZone"] == "Etc/UTC"
            assert spec["concurrencyPolicy"] == "Forbid"
            assert spec["startingDeadlineSeconds"] == LATE_SECONDS_MAX
    assert found == expected


@every_overlay
def test_a_job_has_the_login_that_the_scheduler_gives_it(overlay: str) -> None:
    logins = {
        "DATABASE_URL": "healz_command",
        "SWEEPER_DATABASE_URL": "healz_sweeper",
        "DEPLOYER_DATABASE_URL": "postgres",
    }
    for job in (*JOBS, *verifications(0.01)):
        one = pod(overlay, job.name)
        url = environment(overlay, one, secret_values(one))["DATABASE_URL"]
        login = logins.get(job.database) or job.database.removesuffix("_DATABASE_URL").lower().join(("healz_", ""))
        assert url.startswith(f"postgresql://{login}:"), job.name


@pytest.mark.parametrize("folder", ["dev/migrate", "prod/migrate"])
def test_a_release_only_adds_to_the_schema(folder: str) -> None:
    one = pod(folder, "migrate")
    assert one.container["args"] == ["apply", "--expand-only", "--json"]
