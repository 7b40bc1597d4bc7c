"""Each manifest is one by its schema: Kubernetes' own, and those of the operators."""

import json

import jsonschema
import kubernetes_validate
import pytest

from architecture.source import ROOT
from deployment.manifests import BUILT, OVERLAYS, Manifest, build

KUBERNETES_VERSIONS = ("1.32", "1.37")
"""The oldest that knows all that is used here (a sleep before the end), and the newest whose schemas there are."""
CUSTOM = ROOT.parent / "shared" / "crds"
"""JSON Schemas of KEDA's, Strimzi's and CloudNativePG's resources, where somebody has put them beside the project."""


def is_custom(manifest: Manifest) -> bool:
    group = manifest["apiVersion"].partition("/")[0]
    return "." in group and not group.endswith(".k8s.io")


@pytest.mark.parametrize(
    ("folder", "version"), [*((folder, KUBERNETES_VERSIONS[-1]) for folder in BUILT), ("prod", KUBERNETES_VERSIONS[0])]
)
def test_each_is_one_by_kubernetes_schemas(folder: str, version: str) -> None:
    for manifest in build(folder):
        if not is_custom(manifest):
            kubernetes_validate.validate(dict(manifest), version, strict=True)


@pytest.mark.parametrize("folder", [*OVERLAYS, "restored"])
def test_each_of_an_operator_is_one_by_its_schema(folder: str) -> None:
    if not CUSTOM.is_dir():
        pytest.skip("there are no schemas of custom resources beside the project (shared/crds): nobody can tell")
    custom = [manifest for manifest in build(folder) if is_custom(manifest)]
    engines = {"Cluster"} if folder == "restored" else {"Cluster", "Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser"}
    assert engines <= {manifest["kind"] for manifest in custom}
    for manifest in custom:
        group, _, version = manifest["apiVersion"].partition("/")
        schema = CUSTOM / f"{manifest['kind'].lower()}-{group.partition('.')[0]}-{version}.json"
        jsonschema.validate(manifest, json.loads(schema.read_text()))
