"""The alerts and dashboards: well made, each with its page, and of metrics that a process exports."""

import json
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from architecture.source import ROOT
from healz.metrics.define import DEFINED, Definition
from pages import dashboards
from pages.__main__ import GRAFANA
from pages.metrics import DEFINED_IN
from pages.panels import RATE
from prometheus import RULES, program

TESTS = ("alerts.test.yaml", "alerts.slow.test.yaml", "alerts.days.test.yaml")
DASHBOARDS = sorted(GRAFANA.glob("*.json"))
ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((RULES / "alerts.yaml").read_text())["groups"] for rule in group["rules"]
]
NAMED = [rule for rule in ALERTS if "alert" in rule]
RECORDED = {rule["record"] for rule in ALERTS if "record" in rule}
BY_PROMETHEUS = {"up", "process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes"}
"""Of Prometheus itself, and of its client library in each process."""


def exported() -> set[str]:
    """The series of all definitions, as Prometheus names them."""
    assert DEFINED_IN

    def series(definition: Definition) -> set[str]:
        name = definition.prometheus_name
        return {f"{name}_{part}" for part in ("bucket", "sum", "count")} if definition.kind == "histogram" else {name}

    return set().union(*map(series, DEFINED.values())) | BY_PROMETHEUS | RECORDED


def asked_by(query: str) -> set[str]:
    """The series that a query selects."""
    found: set[str] = set()

    def look(node: object) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            assert node.name is not None, f"a selector without a name in {query}"
            found.add(node.name)

    assert promql_parser.walk(promql_parser.parse(query.replace(RATE, "[5m]")), look)
    return found


def test_the_rules_are_well_made_and_are_raised_when_they_should() -> None:
    for words in (("check", "rules", "alerts.yaml"), *(("test", "rules", name) for name in TESTS)):
        done = subprocess.run((program("promtool"), *words), cwd=RULES, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", NAMED, ids=lambda rule: rule["alert"])
def test_each_alert_has_its_runbook_and_its_tests(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    page = ROOT / "docs" / "runbooks" / f"{rule['labels']['runbook']}.md"
    assert page.exists(), "it says what it means, how to look, and what to do"
    assert f"`{rule['alert']}`" in page.read_text(), "the page names what brings one there"
    tests = [test for name in TESTS for test in yaml.safe_load((RULES / name).read_text())["tests"]]
    expected = [
        one["exp_alerts"] for test in tests for one in test["alert_rule_test"] if one["alertname"] == rule["alert"]
    ]
    assert [] in expected, "when it is not raised"
    assert any(expected), "when it is"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule.get("alert") or rule["record"])
def test_each_rule_asks_for_what_a_process_exports(rule: dict[str, Any]) -> None:
    asked = asked_by(rule["expr"])
    assert asked, "else this test looks at nothing"
    assert asked <= exported()


def queries(panel: dict[str, Any]) -> list[str]:
    """Of a panel and of those within it."""
    own = [target["expr"] for target in panel.get("targets", ())]
    return own + [query for inner in panel.get("panels", ()) for query in queries(inner)]


def asked_in(dashboard: Path) -> list[str]:
    """All its queries."""
    return [query for panel in json.loads(dashboard.read_text())["panels"] for query in queries(panel)]


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_each_dashboard_asks_for_what_a_process_exports(file: Path) -> None:
    asked = asked_in(file)
    assert asked
    for query in asked:
        assert asked_by(query), query
        assert asked_by(query) <= exported(), query


def test_the_dashboards_are_what_their_code_says() -> None:
    assert {file.name: file.read_text() for file in DASHBOARDS} == dashboards.files(), "they differ: run `make docs`"


def test_each_metric_that_healz_defines_is_on_a_dashboard() -> None:
    shown = {name for file in DASHBOARDS for query in asked_in(file) for name in asked_by(query)}
    for definition in DEFINED.values():
        name = definition.prometheus_name
        assert {name, f"{name}_bucket", f"{name}_count", f"{name}_sum"} & shown, name
