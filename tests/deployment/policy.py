"""What no pod of ours may be: a policy, as admission controllers have them."""

import re
from collections.abc import Iterator

from deployment.manifests import Pod

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def faults(one: Pod) -> Iterator[str]:
    """A sentence for each thing that is not as it should be."""
    pod, container = one.spec, one.container
    about, own = pod.get("securityContext", {}), container.get("securityContext", {})
    if about.get("runAsNonRoot") is not True or about.get("runAsUser", 0) == 0:
        yield "it may be root"
    if about.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "no seccomp profile"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "it may get more rights"
    if own.get("capabilities", {}).get("drop") != ["ALL"] or own.get("capabilities", {}).get("add"):
        yield "it has capabilities"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "its root file system may be written"
    if own.get("privileged") or any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
        yield "it is the host's"
    if any("hostPath" in volume for volume in pod.get("volumes", [])):
        yield "it has files of the host"
    if pod.get("automountServiceAccountToken") is not False:
        yield "it has a token of Kubernetes' API, and no use for one"
    if pod.get("enableServiceLinks") is not False:
        yield "it gets variables of services that nobody named"
    resources = container.get("resources", {})
    if any(name not in resources.get("limits", {}) for name in ("cpu", "memory")) or "memory" not in resources.get(
        "requests", {}
    ):
        yield "it has no limits"
    if not re.search(r":[^:/@]+$|@sha256:[0-9a-f]{64}$", container["image"]) or container["image"].endswith(":latest"):
        yield "its image is none in particular"
    if not one.is_job and any(name not in container for name in PROBES):
        yield "nobody asks how it is"
    if any("value" in variable and _is_secret(variable["name"], variable["value"]) for variable in _variables(one)):
        yield "a secret stands in it"


def _variables(one: Pod) -> list[dict[str, str]]:
    found: list[dict[str, str]] = one.container.get("env", [])
    return found


def _is_secret(name: str, value: str) -> bool:
    """A value that a reference should be: a password by its name, or in a URL."""
    in_url = re.search(r"//[^/@:]+:([^@]+)@", value)
    return bool(re.search(r"PASSWORD$|SECRET$|_KEY$", name)) or bool(in_url and not in_url[1].startswith("$("))
