"""The policy holds for all pods, and would say what is wrong."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from deployment.manifests import WITH_PODS, Pod, pod, pods
from deployment.policy import faults


@pytest.mark.parametrize("folder", WITH_PODS)
def test_no_pod_may_more_than_it_needs(folder: str) -> None:
    found = {one.name: list(faults(one)) for one in pods(folder)}
    assert found
    assert {name: said for name, said in found.items() if said} == {}


def changed(one: Pod, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> list[str]:
    """What is said of the pod once its spec, or its container, is changed."""
    spec: Any = copy.deepcopy(one.spec)
    change(spec, spec["containers"][0])
    return list(faults(Pod(one.of, spec, one.labels)))


PASSWORD = {"name": "DATABASE_URL", "value": "postgresql://healz:hunter2@db/healz"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda pod, _: pod["securityContext"].pop("runAsNonRoot"), "it may be root"),
        (lambda pod, _: pod["securityContext"].update(runAsUser=0), "it may be root"),
        (lambda pod, _: pod["securityContext"].pop("seccompProfile"), "no seccomp profile"),
        (lambda _, own: own["securityContext"].pop("allowPrivilegeEscalation"), "it may get more rights"),
        (lambda _, own: own["securityContext"].pop("capabilities"), "it has capabilities"),
        (lambda _, own: own["securityContext"]["capabilities"].update(add=["NET_ADMIN"]), "it has capabilities"),
        (lambda _, own: own["securityContext"].update(readOnlyRootFilesystem=False), "its root file system may be wr"),
        (lambda _, own: own["securityContext"].update(privileged=True), "it is the host's"),
        (lambda pod, _: pod.update(hostNetwork=True), "it is the host's"),
        (lambda pod, _: pod["volumes"].append({"name": "a", "hostPath": {"path": "/"}}), "it has files of the host"),
        (lambda pod, _: pod.pop("automountServiceAccountToken"), "it has a token"),
        (lambda pod, _: pod.pop("enableServiceLinks"), "it gets variables"),
        (lambda _, own: own["resources"]["limits"].pop("memory"), "it has no limits"),
        (lambda _, own: own.pop("resources"), "it has no limits"),
        (lambda _, own: own.update(image="healz-relay"), "its image is none in particular"),
        (lambda _, own: own.update(image="healz-relay:latest"), "its image is none in particular"),
        (lambda _, own: own.pop("livenessProbe"), "nobody asks how it is"),
        (lambda _, own: own["env"].append(PASSWORD), "a secret stands in it"),
        (lambda _, own: own["env"].append({"name": "HEALZ_IDENTITY_KEY", "value": "k"}), "a secret stands in it"),
    ],
)
def test_it_says_what_is_wrong(change: Callable[[dict[str, Any], dict[str, Any]], object], said: str) -> None:
    [found] = changed(pod("prod", "relay"), change)
    assert found.startswith(said)
