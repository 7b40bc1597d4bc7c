"""The Dockerfile: what is true of each image before any is made."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.source import ROOT, name_of, tracked_files
from deployment.dockerfile import DOCKERFILE, lineage, sent, stages, target, targets

PROCESSES = {"command-api", "relay", "projector-patient", "projector-appointment", "projector-journey"}
every_target = pytest.mark.parametrize("name", targets())


def test_there_is_an_image_for_each_process_and_each_kind_of_job() -> None:
    assert set(targets()) == PROCESSES | {"sweep", "migrate"}


@every_target
def test_it_runs_as_nobody_without_a_shell(name: str) -> None:
    image = target(name)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", image.user), (
        "by number: Kubernetes can't tell that a name isn't root"
    )
    assert image.entrypoint[0].startswith("/healz/bin/")
    # What runs in the image, and not in the stages that make it.
    assert not [rest for stage in lineage(name) for word, rest in stage.instructions if word == "RUN"]


@every_target
def test_who_runs_for_long_says_how_it_is(name: str) -> None:
    image = target(name)
    assert (image.healthcheck is not None) == (name in PROCESSES)


@every_target
def test_its_ports_are_those_that_it_listens_on(name: str) -> None:
    image = target(name)
    listens = {key: value for key, value in image.environment.items() if key.endswith("_PORT")}
    kinds = {f"{port}/udp" if key == "HEALZ_RELAY_PORT" else port for key, port in listens.items()}
    assert set(image.exposed) == kinds
    for key in listens:
        assert image.environment[key.replace("_PORT", "_HOST")] == "0.0.0.0"


def test_it_begins_with_what_a_digest_names() -> None:
    text = DOCKERFILE.read_text()
    assert re.search(r"^ARG PYTHON_DIGEST=sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    outside = {stage.image for stage in stages().values() if stage.image not in stages()}
    assert outside == {"${PYTHON_IMAGE}@${PYTHON_DIGEST}"}
    assert ":latest" not in text


def test_its_python_and_its_uv_are_those_of_everybody() -> None:
    text = DOCKERFILE.read_text()
    [version] = re.findall(r"^ARG UV_VERSION=(\S+)$", text, re.MULTILINE)
    assert f"UV_VERSION  := {version}\n" in (ROOT / "Makefile").read_text()
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()
    assert "ARG PYTHON_IMAGE=python:3.11-" in text


def test_everything_is_held_to_the_lock() -> None:
    for stage in stages().values():
        for word, rest in stage.instructions:
            if word == "RUN" and "uv pip install" in rest:
                assert "--constraints requirements.lock" in rest


def test_a_build_is_sent_no_secret_no_data_and_no_test() -> None:
    through = [path for file in tracked_files() if sent(path := name_of(file))]
    assert {path.split("/")[0] for path in through} == {"requirements.lock", "shared", "services", "deploy"}
    assert {path.split("/")[1] for path in through if path.startswith("deploy/")} == {"db"}
    assert not any(map(sent, ("deploy/db/.env", ".local/stack/jwt-secret", "tests/system.py", ".git/config")))


def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
