"""Compose: valid to compose itself, and in agreement with the images, the processes and the alerts."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from architecture.source import ROOT
from command_api.relay.settings import RelaySettings
from command_api.settings import ApiSettings, SweepSettings
from deployment import compose
from deployment.dockerfile import target, targets
from deployment.manifests import pods
from healz.kafka import PARTITIONS, TOPIC, TOPIC_CONFIG
from healz.projection.settings import ProjectorSettings
from healz.read_models import READ_MODELS
from healz_db.settings import Settings as DbSettings
from prometheus import RULES, program

SETTINGS: dict[str, type[BaseSettings]] = {
    "command-api": ApiSettings,
    "relay": RelaySettings,
    "sweep": SweepSettings,
    "migrate": DbSettings,
    **{f"projector-{name}": ProjectorSettings for name in READ_MODELS},
}
LASTING = ("command-api", "relay", *(f"projector-{name}" for name in READ_MODELS))
Services = Mapping[str, Mapping[str, Any]]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return compose.services(tmp_path)


def test_each_image_is_there_and_what_they_need(services: Services) -> None:
    engines = {"postgres", "kafka", "topic", "collector", "prometheus", "grafana"}
    assert set(services) == set(targets()) | engines
    for name in LASTING:
        assert services[name]["build"]["target"] == name
        needed = {one: how["condition"] for one, how in services[name]["depends_on"].items()}
        assert needed == {"migrate": "service_completed_successfully", "topic": "service_completed_successfully"}


@pytest.mark.parametrize("name", LASTING)
def test_each_variable_is_a_setting_and_all_that_are_needed_are_there(
    services: Services, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = target(name).environment | services[name]["environment"]
    known = {setting.upper() for setting in SETTINGS[name].model_fields} | {
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
    }
    assert {variable for variable in given if variable not in known and not variable.startswith("PYTHON")} == set()
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    SETTINGS[name]()


def test_a_secret_that_nobody_drew_is_asked_for_and_day_one_says_which() -> None:
    references = list(compose.REFERENCE.finditer((compose.COMPOSE / "compose.yaml").read_text()))
    assert {found["name"] for found in references if found["otherwise"] is None} == set(compose.VARIABLES)
    assert {found["asks"] for found in references if found["otherwise"] is None} == {"see docs/day-1.md"}
    page = (ROOT / "docs" / "day-1.md").read_text()
    assert [name for name in compose.VARIABLES if name not in page] == []


def test_ours_may_no_more_than_they_need(services: Services) -> None:
    for name, service in services.items():
        assert re.search(r":[^:/]*\d[^:/]*$", service["image"]), "a tag that is some version's"
        assert service["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}, name
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1", name
        if name in targets():
            assert service["read_only"] is True
            assert service["user"] == target(name).user
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_topic_is_the_one_that_the_processes_expect(services: Services) -> None:
    words = services["topic"]["command"]
    assert {f"--topic={TOPIC}", f"--partitions={PARTITIONS}"} <= set(words)
    assert {word.removeprefix("--config=") for word in words if word.startswith("--config=")} == {
        f"{name}={value}" for name, value in TOPIC_CONFIG.items()
    }


def test_kafka_has_room_beside_its_heap_and_nobody_else_takes_it() -> None:
    kafka = yaml.safe_load(compose.text())["services"]["kafka"]
    most = re.findall(r"-Xmx(\d+)m", kafka["environment"].get("KAFKA_HEAP_OPTS", ""))
    assert most, "without a heap of its own it takes 1 GiB"
    limit = kafka["deploy"]["resources"]["limits"]["memory"]
    assert max(map(int, most)) <= int(limit.removesuffix("G")) * 1024 / 2
    assert not [word for word in kafka["healthcheck"]["test"] if ".sh" in word], "a JVM every few seconds"


def test_what_was_drawn_stays_when_day_one_is_done_again(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "day-1.md").read_text()
    block = page.partition("## On one machine")[2].partition("```\ncd deploy/compose\n")[2]
    draw = block.partition("docker compose up")[0]
    drawn = []
    for _ in range(2):
        subprocess.run(["bash", "-eu", "-c", draw], cwd=tmp_path, check=True)
        drawn.append((tmp_path / ".env").read_text())
    assert {line.partition("=")[0] for line in drawn[0].splitlines()} == compose.VARIABLES.keys()
    assert drawn[0] == drawn[1], "with other passwords nobody gets at what the volumes hold"


def test_prometheus_asks_each_process_by_its_name(services: Services) -> None:
    jobs = yaml.safe_load((compose.COMPOSE / "prometheus.yaml").read_text())["scrape_configs"]
    asked = {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs}
    assert asked == {name: [f"{name}:{target(name).environment['HEALZ_METRICS_PORT']}"] for name in LASTING}
    assert asked.keys() <= services.keys()


def promtool_takes(folder: Path, configuration: Mapping[str, Any]) -> None:
    shutil.copy(RULES / "alerts.yaml", folder)
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    command = [program("promtool"), "check", "config", "prometheus.yaml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_takes_what_compose_tells_prometheus(tmp_path: Path) -> None:
    promtool_takes(tmp_path, yaml.safe_load((compose.COMPOSE / "prometheus.yaml").read_text()))


def test_on_a_cluster_each_job_is_called_as_its_process_is(tmp_path: Path) -> None:
    """Its labels are looked at here: the promtool of some systems knows nothing of Kubernetes."""
    configuration = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "prometheus.yaml").read_text())
    [job] = configuration["scrape_configs"]
    assert job.pop("kubernetes_sd_configs") == [{"role": "pod", "namespaces": {"names": ["healz"]}}]
    promtool_takes(tmp_path, configuration)
    kept, named, _ = job["relabel_configs"]
    shown = set()
    for one in pods("prod"):
        about = {
            f"__meta_kubernetes_pod_label_{re.sub('[^a-z]', '_', key)}": value for key, value in one.labels.items()
        }
        for port in one.container.get("ports", []):
            about["__meta_kubernetes_pod_container_port_name"] = port["name"]
            if re.fullmatch(kept["regex"], ";".join(about[label] for label in kept["source_labels"])):
                shown.add((about[named["source_labels"][0]], port["containerPort"]))
    assert shown == {(name, int(target(name).environment["HEALZ_METRICS_PORT"])) for name in LASTING}


def test_grafana_has_our_dashboards_and_a_place_to_ask(services: Services) -> None:
    mounted = {volume["target"]: volume["source"] for volume in services["grafana"]["volumes"]}
    [provider] = yaml.safe_load((compose.COMPOSE / "grafana" / "dashboards" / "healz.yaml").read_text())["providers"]
    assert mounted[provider["options"]["path"]].endswith("observability/grafana")
    [source] = yaml.safe_load((compose.COMPOSE / "grafana" / "datasources" / "prometheus.yaml").read_text())[
        "datasources"
    ]
    assert source["url"] == "http://prometheus:9090"
    for dashboard in (ROOT / "deploy" / "observability" / "grafana").glob("*.json"):
        [chosen] = [
            one for one in json.loads(dashboard.read_text())["templating"]["list"] if one["name"] == "datasource"
        ]
        assert chosen["query"] == source["type"]


def test_traces_go_to_the_collector(services: Services) -> None:
    collector = yaml.safe_load((compose.COMPOSE / "collector.yaml").read_text())
    port = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
    for name in LASTING:
        assert (
            services[name]["environment"]["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] == f"http://collector:{port}/v1/traces"
        )
    for pipeline in collector["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(collector[kind])
