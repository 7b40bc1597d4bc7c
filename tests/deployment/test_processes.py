"""What the manifests start: each variable is a setting, each command is in its image, each secret is told of."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings

from architecture.source import ROOT
from command_api.relay.settings import RelaySettings
from command_api.settings import ApiSettings, SweepSettings
from deployment.dockerfile import target, targets
from deployment.manifests import (
    OVERLAYS,
    command_of,
    environment,
    of_kind,
    pod,
    pods,
    secret_values,
    secrets_of,
    with_files,
)
from healz.projection.operate.settings import OperatorSettings
from healz.projection.settings import ProjectorSettings
from healz.read_models import READ_MODELS
from healz_db.settings import Settings as DbSettings

SETTINGS: dict[str, type[BaseSettings]] = {
    "healz-command-api": ApiSettings,
    "healz-relay": RelaySettings,
    **{f"healz-projector-{name}": ProjectorSettings for name in READ_MODELS},
    "healz-sweep": SweepSettings,
    "healz-db": DbSettings,
    "healz-projection": OperatorSettings,
}
OUR_PODS = [
    (folder, one.name) for overlay in OVERLAYS for folder in (overlay, f"{overlay}/migrate") for one in pods(folder)
]
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)
every_pod = pytest.mark.parametrize(("folder", "name"), OUR_PODS)


@every_pod
def test_each_variable_is_a_setting_and_all_that_are_needed_are_there(
    folder: str, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = pod(folder, name)
    kind = SETTINGS[command_of(one)]
    given = environment(folder, one, secret_values(one))
    texts = [variable.get("value", "") for variable in one.container.get("env", [])]
    used = {found for text in texts for found in re.findall(r"\$\((\w+)\)", text)}
    image = target(one.image).environment
    settings = {known.upper() for known in kind.model_fields}
    assert {variable for variable in given if variable not in settings | used} == set()
    # healz-projection, which shares an image with its projector, knows nothing of ports.
    known = settings | ({"HEALZ_METRICS_HOST", "HEALZ_METRICS_PORT"} if kind is OperatorSettings else set())
    assert {variable for variable in image if variable not in known and not variable.startswith("PYTHON")} == set()
    for mount in one.container["volumeMounts"]:
        place = tmp_path / mount["mountPath"].lstrip("/")
        place.mkdir(parents=True)
        (place / "ca.crt").touch()
    for variable in os.environ:
        if variable.startswith(("HEALZ_", "KAFKA_", "OTEL_")) or variable.endswith("DATABASE_URL"):
            monkeypatch.delenv(variable)
    for variable, value in (image | with_files(given, one, tmp_path)).items():
        monkeypatch.setenv(variable, value)
    found: Any = kind()
    assert found.healz_environment == ("development" if (folder, name) == ("dev", "command-api") else "production")
    assert not [text for text in found.cautions() if "plain text" in text]


@every_pod
def test_its_command_is_in_its_image(folder: str, name: str) -> None:
    one = pod(folder, name)
    assert one.image in targets()
    scripts = {"healz-projection"} if one.image.startswith("projector-") else set()
    assert command_of(one) in {Path(target(one.image).entrypoint[0]).name} | scripts


@every_overlay
def test_an_image_is_named_by_its_target_and_all_are_used(overlay: str) -> None:
    used = {one.image for folder in (overlay, f"{overlay}/migrate") for one in pods(folder)}
    assert used == set(targets())


@every_overlay
def test_every_secret_is_a_reference_that_day_one_tells_how_to_make(overlay: str) -> None:
    assert of_kind(overlay, "Secret") == []
    text = (ROOT / "docs" / "day-1.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for folder in (overlay, f"{overlay}/migrate"):
        for one in pods(folder):
            for secret, key in secrets_of(one):
                assert any(f"`{secret}`" in row and f"`{key}`" in row for row in rows), (secret, key)
