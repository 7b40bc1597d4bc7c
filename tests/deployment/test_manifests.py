"""The manifests agree with each other, with the images, and with what the processes expect."""

import promql_parser
import pytest

from deployment.dockerfile import target
from deployment.manifests import (
    BUILT,
    KUBERNETES,
    OVERLAYS,
    build,
    environment,
    name_of,
    of_kind,
    pod,
    pods,
    secret_values,
    secrets_of,
    the,
)
from healz.kafka import PARTITIONS, TOPIC, TOPIC_CONFIG
from healz.metrics.define import DEFINED
from healz.projection.settings import ProjectorSettings
from healz.read_models import READ_MODELS
from pages.metrics import DEFINED_IN

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@every_overlay
def test_ports_agree(overlay: str) -> None:
    for one in pods(overlay):
        if one.is_job:
            continue
        image = target(one.image)
        ports = {port["name"]: port for port in one.container["ports"]}
        shown = {f"{port['containerPort']}{'/udp' if port.get('protocol') == 'UDP' else ''}" for port in ports.values()}
        assert shown == set(image.exposed), one.name
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert one.container[probe]["httpGet"]["port"] in ports
        asked = f"{image.healthcheck or []}"
        path = one.container["livenessProbe"]["httpGet"]
        assert f"127.0.0.1:{ports[path['port']]['containerPort']}{path['path']}" in asked


@every_overlay
def test_who_is_named_is_there(overlay: str) -> None:
    services = {name_of(service): service for service in of_kind(overlay, "Service")}
    for service in services.values():
        wanted = dict(service["spec"]["selector"])
        name, _, number = wanted.pop("statefulset.kubernetes.io/pod-name", "").rpartition("-")
        own = [one for one in pods(overlay) if wanted.items() <= one.labels.items() and one.name.startswith(name)]
        if number:
            # dev has the first alone.
            assert int(number) < the("prod", "StatefulSet", name)["spec"]["replicas"]
            assert own[0].name == name
        assert own, name_of(service)
        for port in service["spec"]["ports"]:
            aim = port.get("targetPort", port["port"])
            assert any(aim in (known["name"], known["containerPort"]) for known in own[0].container["ports"])
    api = environment(overlay, pod(overlay, "command-api"), secret_values(pod(overlay, "command-api")))
    for door in api["HEALZ_RELAY_DOORS"].split(","):
        host, _, port = door.partition(":")
        assert services[host]["spec"]["ports"][0]["port"] == int(port)
        assert target("relay").environment["HEALZ_RELAY_PORT"] == port
    [database], [kafka] = of_kind(overlay, "Cluster"), of_kind(overlay, "Kafka")
    [listener] = kafka["spec"]["kafka"]["listeners"]
    for one in pods(overlay):
        variables = environment(overlay, one, secret_values(one))
        urls = [value for variable, value in variables.items() if variable.endswith("DATABASE_URL")]
        assert urls
        for url in urls:
            assert f"@{name_of(database)}-rw:5432/{database['spec']['bootstrap']['initdb']['database']}?" in url
        if not one.is_job:
            address = f"{name_of(kafka)}-kafka-bootstrap:{listener['port']}"
            assert variables["KAFKA_BOOTSTRAP_SERVERS"] == address
            user = the(overlay, "KafkaUser", variables["KAFKA_SASL_USERNAME"])
            assert (name_of(user), "password") in secrets_of(one)
        named = {volume["secret"]["secretName"] for volume in one.spec["volumes"]}
        assert named <= {f"{name_of(database)}-ca", f"{name_of(kafka)}-cluster-ca-cert"}


@every_overlay
@pytest.mark.parametrize("read_model", READ_MODELS)
def test_a_projector_is_scaled_by_the_lag_that_it_exports(overlay: str, read_model: str) -> None:
    name = f"projector-{read_model}"
    scaled = the(overlay, "ScaledObject", name)["spec"]
    stateful = the(overlay, "StatefulSet", name)
    assert scaled["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name}
    assert "replicas" not in stateful["spec"], "applying it again would undo what the autoscaler did"
    [trigger] = scaled["triggers"]
    asked = promql_parser.parse(trigger["metadata"]["query"])
    assert str(asked) == f'max(projection_lag_events{{read_model="{read_model}"}})'
    assert trigger["metadata"]["ignoreNullValues"] == "false", "nobody is asked for the lag: that counted as none"
    assert "fallback" in scaled
    assert DEFINED_IN
    lag = DEFINED["projection.lag_events"]
    assert (lag.prometheus_name, lag.by) == ("projection_lag_events", "projector-*")
    [topic] = of_kind(overlay, "KafkaTopic")
    assert scaled["maxReplicaCount"] == topic["spec"]["partitions"]
    behavior = scaled["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    session_seconds = ProjectorSettings.model_fields["healz_session_timeout_ms"].default / 1000
    slowest = min(behavior[way]["stabilizationWindowSeconds"] for way in ("scaleUp", "scaleDown"))
    assert min(slowest, scaled["cooldownPeriod"]) > 3 * session_seconds


def test_the_projectors_differ_by_name_alone() -> None:
    first, *others = READ_MODELS
    text = (KUBERNETES / "base" / f"projector-{first}.yaml").read_text()
    for other in others:
        assert (KUBERNETES / "base" / f"projector-{other}.yaml").read_text() == text.replace(first, other)


@every_overlay
def test_the_topic_is_the_one_that_the_processes_expect(overlay: str) -> None:
    [topic] = of_kind(overlay, "KafkaTopic")
    assert name_of(topic) == TOPIC
    assert topic["spec"]["partitions"] == PARTITIONS
    config = {key: str(value) for key, value in topic["spec"]["config"].items()}
    assert TOPIC_CONFIG.items() <= config.items()
    if overlay == "prod":
        assert (topic["spec"]["replicas"], config["min.insync.replicas"]) == (3, "2")


@every_overlay
def test_who_runs_for_long_is_never_gone_altogether(overlay: str) -> None:
    for one in pods(overlay):
        if one.is_job:
            continue
        budget = the(overlay, "PodDisruptionBudget", one.name)
        assert budget["spec"]["selector"]["matchLabels"].items() <= one.labels.items()
        assert {spread["topologyKey"] for spread in one.spec["topologySpreadConstraints"]} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }
    if overlay == "prod":
        assert the(overlay, "StatefulSet", "relay")["spec"]["replicas"] == 2
        assert the(overlay, "Deployment", "command-api")["spec"]["replicas"] >= 2


@every_overlay
def test_nobody_is_reached_but_by_a_policy(overlay: str) -> None:
    policies = {name_of(policy): policy["spec"] for policy in of_kind(overlay, "NetworkPolicy")}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ports = {
        port["port"]
        for policy in policies.values()
        for rule in policy.get("ingress", [])
        for port in rule.get("ports", [])
    }
    for one in pods(overlay):
        if not one.is_job:
            assert {port["containerPort"] for port in one.container["ports"]} <= ports


@pytest.mark.parametrize("folder", BUILT)
def test_all_of_it_is_in_one_namespace(folder: str) -> None:
    assert {manifest["metadata"].get("namespace", "healz") for manifest in build(folder)} == {"healz"}
