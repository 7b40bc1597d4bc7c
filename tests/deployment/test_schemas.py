"""Each manifest is one by its schema: Kubernetes' own, and those of the operators."""

import json
import re

import jsonschema
import kubernetes_validate
import pytest
import yaml

from architecture.source import ROOT
from deployment.manifests import BUILT, OVERLAYS, Manifest, build, name_of, of_kind

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


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_of_an_operator_is_one_by_its_schema(overlay: str) -> None:
    if not CUSTOM.is_dir():
        pytest.skip("there are no schemas of custom resources beside the project (shared/crds): nobody can tell")
    custom = [manifest for manifest in build(overlay) if is_custom(manifest)]
    assert {"ScaledObject", "Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser", "Cluster"} <= {
        manifest["kind"] for manifest in custom
    }
    for manifest in custom:
        group, _, version = manifest["apiVersion"].partition("/")
        schema = CUSTOM / f"{manifest['kind'].lower()}-{group.partition('.')[0]}-{version}.json"
        jsonschema.validate(manifest, json.loads(schema.read_text()))


def test_what_day_two_restores_is_a_cluster_with_what_the_first_one_had() -> None:
    [block] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "day-2.md").read_text(), re.DOTALL)
    restored = yaml.safe_load(block)
    [first] = of_kind("prod", "Cluster")
    for part in ("instances", "imageCatalogRef", "enableSuperuserAccess", "storage", "walStorage"):
        assert restored["spec"][part] == first["spec"][part]
    [source] = restored["spec"]["externalClusters"]
    store = source["barmanObjectStore"]
    assert store.items() <= first["spec"]["backup"]["barmanObjectStore"].items()
    assert source["name"] == restored["spec"]["bootstrap"]["recovery"]["source"] == name_of(first)
    if CUSTOM.is_dir():
        jsonschema.validate(restored, json.loads((CUSTOM / "cluster-postgresql-v1.json").read_text()))
