"""``deploy/kubernetes``, as kubectl would apply it: built, and taken apart into what tests ask about."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from architecture.source import ROOT
from deployment.dockerfile import target

KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("dev", "prod")
WITH_PODS = tuple(f"{overlay}{part}" for overlay in OVERLAYS for part in ("", "/migrate"))
BUILT = (*WITH_PODS, "restored")
Manifest = Mapping[str, Any]


@cache
def build(folder: str) -> list[Manifest]:
    """What ``kubectl apply -k`` would send."""
    return built(KUBERNETES / folder)


def built(folder: Path) -> list[Manifest]:
    """The same of any folder; skipped where neither kubectl nor kustomize is there."""
    if shutil.which("kustomize"):
        command = ["kustomize", "build"]
    elif shutil.which("kubectl"):
        command = ["kubectl", "kustomize"]
    else:
        pytest.skip("neither kustomize nor kubectl is here: nobody can build the manifests", allow_module_level=True)
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def of_kind(folder: str, kind: str) -> list[Manifest]:
    return [manifest for manifest in build(folder) if manifest["kind"] == kind]


def name_of(manifest: Manifest) -> str:
    name: str = manifest["metadata"]["name"]
    return name


def the(folder: str, kind: str, name: str) -> Manifest:
    """The one of that name."""
    [found] = [manifest for manifest in of_kind(folder, kind) if name_of(manifest) == name]
    return found


@dataclass(frozen=True)
class Pod:
    """What a Deployment, StatefulSet, Job or CronJob runs: one container."""

    of: Manifest
    spec: Mapping[str, Any]
    labels: Mapping[str, str]

    @property
    def name(self) -> str:
        return name_of(self.of)

    @property
    def container(self) -> Mapping[str, Any]:
        [container] = self.spec["containers"]
        found: Mapping[str, Any] = container
        return found

    @property
    def image(self) -> str:
        """The target of the Dockerfile that it is made by."""
        name: str = self.container["image"].rpartition("/")[2].partition("@")[0].partition(":")[0]
        return name.removeprefix("healz-")

    @property
    def is_job(self) -> bool:
        return self.of["kind"] in ("Job", "CronJob")


def pods(folder: str) -> Iterator[Pod]:
    return pods_of(build(folder))


def pods_of(manifests: Iterable[Manifest]) -> Iterator[Pod]:
    for manifest in manifests:
        template = {
            "Deployment": lambda one: one["spec"]["template"],
            "StatefulSet": lambda one: one["spec"]["template"],
            "Job": lambda one: one["spec"]["template"],
            "CronJob": lambda one: one["spec"]["jobTemplate"]["spec"]["template"],
        }.get(manifest["kind"])
        if template is not None:
            found = template(manifest)
            yield Pod(manifest, found["spec"], found["metadata"]["labels"])


def pod(folder: str, name: str) -> Pod:
    [found] = [one for one in pods(folder) if one.name == name]
    return found


def secrets_of(one: Pod) -> set[tuple[str, str]]:
    """(secret, key) of each variable that comes from one, and of each file that is named."""
    named = [variable["valueFrom"]["secretKeyRef"] for variable in one.container.get("env", []) if _is_secret(variable)]
    files = [volume["secret"] for volume in one.spec.get("volumes", []) if "secret" in volume]
    return {(reference["name"], reference["key"]) for reference in named} | {
        (secret["secretName"], item["key"]) for secret in files for item in secret.get("items", [])
    }


def _is_secret(variable: Mapping[str, Any]) -> bool:
    return "secretKeyRef" in variable.get("valueFrom", {})


def environment(folder: str, one: Pod, secret: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """The variables that its container is given, besides those of its image: references looked up, ``$(…)`` put in."""
    found: dict[str, str] = {}
    for source in one.container.get("envFrom", []):
        found |= the(folder, "ConfigMap", source["configMapRef"]["name"])["data"]
    for variable in one.container.get("env", []):
        origin = variable.get("valueFrom", {})
        match origin:
            case {"secretKeyRef": reference}:
                value = secret[reference["name"], reference["key"]]
            case {"configMapKeyRef": reference}:
                value = the(folder, "ConfigMap", reference["name"])["data"][reference["key"]]
            case {"fieldRef": {"fieldPath": "metadata.name"}}:
                value = f"{one.name}-0"
            case _:
                # As Kubernetes does it: by what stands above.
                value = re.sub(r"\$\((\w+)\)", lambda match: found[match[1]], variable["value"])
        found[variable["name"]] = value
    return found


def with_files(variables: Mapping[str, str], one: Pod, folder: Path) -> dict[str, str]:
    """The same, with each path of a mounted volume turned into one below ``folder``."""
    mounted = [mount["mountPath"] for mount in one.container.get("volumeMounts", [])]
    pattern = re.compile("(" + "|".join(map(re.escape, mounted)) + ")(?=/|$)")
    return {name: pattern.sub(lambda match: f"{folder}{match[1]}", value) for name, value in variables.items()}


def secret_values(one: Pod) -> dict[tuple[str, str], str]:
    """Something for each that it refers to."""
    return {reference: sha256(repr(reference).encode()).hexdigest() for reference in secrets_of(one)}


def command_of(one: Pod) -> str:
    """The script that it runs."""
    words = one.container.get("command") or target(one.image).entrypoint
    return Path(words[0]).name
