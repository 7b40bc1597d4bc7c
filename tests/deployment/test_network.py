"""Who reaches whom: policies add up, so each that lets somebody in counts, those that operators make too."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from architecture.source import ROOT
from deployment.manifests import KUBERNETES, OVERLAYS, build, built, name_of, of_kind, pods, the

RESTORED = {"cnpg.io/cluster": "healz-postgres-restored", "cnpg.io/podRole": "instance"}
STORE = {"ipBlock": {"cidr": "0.0.0.0/0"}}
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """As Kubernetes understands a label selector, as far as it is used here."""
    known = {
        "Exists": lambda one: one["key"] in labels,
        "In": lambda one: labels.get(one["key"]) in one["values"],
        "NotIn": lambda one: labels.get(one["key"]) not in one["values"],
    }
    by_label = selector.get("matchLabels", {}).items() <= labels.items()
    return by_label and all(known[one["operator"]](one) for one in selector.get("matchExpressions", []))


def rules(overlay: str, way: str, labels: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """All that let a pod with these labels be reached (``ingress``), or reach somebody (``egress``)."""
    policies = [policy["spec"] for policy in of_kind(overlay, "NetworkPolicy")]
    return [rule for spec in policies if selects(spec["podSelector"], labels) for rule in spec.get(way, []) if rule]


def lets(rules: list[Mapping[str, Any]], way: str, labels: Mapping[str, str], port: int) -> bool:
    """Whether one of the rules names a pod with these labels, and the port."""
    return any(
        "podSelector" in peer and "namespaceSelector" not in peer and selects(peer["podSelector"], labels)
        for rule in rules
        if port in [one["port"] for one in rule["ports"]]
        for peer in rule[way]
    )


@every_overlay
def test_kafkas_own_policy_lets_in_nobody_but_whom_ours_does(overlay: str) -> None:
    """Strimzi makes one for each listener: of its peers, and where there are none, of everybody."""
    [kafka] = of_kind(overlay, "Kafka")
    ours = [
        rule["from"]
        for rule in the(overlay, "NetworkPolicy", "kafka")["spec"]["ingress"]
        if {"port": 9093} in rule.get("ports", [])
    ]
    for listener in kafka["spec"]["kafka"]["listeners"]:
        assert [listener.get("networkPolicyPeers", "everybody")] == ours


@every_overlay
def test_a_postgresql_that_is_restored_beside_reaches_its_backups_and_is_reached(overlay: str) -> None:
    stores = [rule for rule in rules(overlay, "egress", RESTORED) if STORE in rule["to"]]
    assert {port["port"] for rule in stores for port in rule["ports"]} >= {443, 6443}
    assert lets(rules(overlay, "egress", RESTORED), "to", RESTORED, 5432)
    assert lets(rules(overlay, "ingress", RESTORED), "from", RESTORED, 8000)
    for one in pods(overlay):
        assert lets(rules(overlay, "egress", one.labels), "to", RESTORED, 5432), one.name
        assert lets(rules(overlay, "ingress", RESTORED), "from", one.labels, 5432), one.name


def test_day_one_names_the_namespaces_that_policies_let_in() -> None:
    page = (ROOT / "docs" / "day-1.md").read_text()
    named = {
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for policy in of_kind("prod", "NetworkPolicy")
        for rule in policy["spec"].get("ingress", [])
        for peer in rule.get("from", [])
        if "kubernetes.io/metadata.name" in peer.get("namespaceSelector", {}).get("matchLabels", {})
    }
    assert named == {"cnpg-system", "strimzi", "monitoring"}
    assert [name for name in named if f"namespace `{name}`" not in page] == []
    assert "STRIMZI_NAMESPACE" in page


@every_overlay
def test_names_are_asked_for_of_the_nodes_own_cache_too(overlay: str) -> None:
    [rule] = the(overlay, "NetworkPolicy", "names")["spec"]["egress"]
    assert {"ipBlock": {"cidr": "169.254.20.10/32"}} in rule["to"]


def test_traces_go_where_day_one_says_once_they_are_asked_for(tmp_path: Path) -> None:
    assert not [name_of(one) for one in build("prod") if name_of(one) == "to-collector"]
    line = "components: [images, ../traces]"
    assert f"`{line}`" in (ROOT / "docs" / "day-1.md").read_text()
    copy = Path(shutil.copytree(KUBERNETES, tmp_path / "kubernetes"))
    overlay = copy / "prod" / "kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("components: [images]", line))
    manifests = built(copy / "prod")
    [settings] = [one for one in manifests if name_of(one).startswith("healz-settings-")]
    address = settings["data"]["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
    assert settings["data"].items() >= the("prod", "ConfigMap", settings_name())["data"].items()
    [policy] = [one for one in manifests if name_of(one) == "to-collector"]
    [rule] = policy["spec"]["egress"]
    [port], [namespace] = rule["ports"], rule["to"]
    name = namespace["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    assert address == f"http://collector.{name}:{port['port']}/v1/traces"
    told = {one.name for one in pods("prod") if selects(policy["spec"]["podSelector"], one.labels)}
    assert told == {one.name for one in pods("prod") if not one.is_job}


def settings_name() -> str:
    [name] = [name_of(one) for one in of_kind("prod", "ConfigMap") if name_of(one).startswith("healz-settings-")]
    return name
