"""What day 2 has people type comes to what it says: its own commands, on a copy of the manifests."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from architecture.source import ROOT
from command_api.settings import ApiSettings
from deployment.manifests import KUBERNETES, Manifest, built, name_of, of_kind, pod, pods, pods_of, secrets_of
from healz.read_models import READ_MODELS

PAGE = (ROOT / "docs" / "day-2.md").read_text()
FIRST, RESTORED = "healz-postgres", "healz-postgres-restored"


def commands(heading: str) -> list[str]:
    """The blocks below a heading, as they stand there."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^( *)```\n(.*?)^\1```", section, re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


@pytest.fixture
def switched(tmp_path: Path) -> Path:
    """The manifests, once the restored PostgreSQL has taken the first one's place."""
    shutil.copytree(KUBERNETES, tmp_path / "deploy" / "kubernetes")
    [switch] = [block for block in commands("Restore") if block.startswith("cd deploy/kubernetes\n")]
    subprocess.run(["bash", "-eu", "-c", switch], cwd=tmp_path, check=True)
    return tmp_path / "deploy" / "kubernetes"


def one(manifests: list[Manifest], kind: str) -> Manifest:
    [found] = [manifest for manifest in manifests if manifest["kind"] == kind]
    return found


def without_beginning(cluster: Manifest) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = cluster["spec"]
    return {name: value for name, value in spec.items() if name not in ("bootstrap", "externalClusters")}


def test_what_is_restored_is_as_the_first_one_was_and_is_backed_up_itself(switched: Path) -> None:
    [first] = of_kind("prod", "Cluster")
    for folder in ("restored", "prod"):
        manifests = built(switched / folder)
        restored, backup = one(manifests, "Cluster"), one(manifests, "ScheduledBackup")
        assert (name_of(first), name_of(restored)) == (FIRST, RESTORED)
        assert without_beginning(restored) == without_beginning(first)
        assert (name_of(backup), backup["spec"]["cluster"]) == (RESTORED, {"name": RESTORED})
        recovery = restored["spec"]["bootstrap"]["recovery"]
        [source] = restored["spec"]["externalClusters"]
        # A store's folder is called as the cluster is: the first one's is read, and its own is written.
        assert source["name"] == recovery["source"] == FIRST
        assert (
            recovery.items()
            >= {key: first["spec"]["bootstrap"]["initdb"][key] for key in ("database", "owner")}.items()
        )
        kept = first["spec"]["backup"]["barmanObjectStore"]
        read = source["barmanObjectStore"]
        assert {key: read[key] for key in ("destinationPath", "s3Credentials")} == {
            key: kept[key] for key in ("destinationPath", "s3Credentials")
        }


@pytest.mark.parametrize("folder", ["prod", "prod/migrate"])
def test_everybody_goes_to_the_restored_one(switched: Path, folder: str) -> None:
    manifests = built(switched / folder)
    for found in pods_of(manifests):
        urls = [variable["value"] for variable in found.container["env"] if variable["name"].endswith("DATABASE_URL")]
        assert urls, found.name
        assert [url for url in urls if f"@{RESTORED}-rw:5432/" not in url] == []
        engine = {secret for secret, _ in secrets_of(found) if secret.startswith(FIRST)}
        assert engine <= {f"{RESTORED}-ca", f"{RESTORED}-superuser"}
        assert f"{RESTORED}-ca" in engine
    texts = yaml.safe_dump_all(manifests)
    assert re.findall(f"{FIRST}-(?!restored)\\S*", texts) == []


def test_who_writes_stays_away_until_they_are_let(switched: Path) -> None:
    replicas = {
        name_of(manifest): manifest["spec"].get("replicas")
        for manifest in built(switched / "prod")
        if manifest["kind"] in ("Deployment", "StatefulSet")
    }
    assert replicas == {"command-api": 0, "relay": 0, **{f"projector-{name}": None for name in READ_MODELS}}
    first, *_, last = commands("Restore")
    assert 'suspend": true' in first
    assert "paused-replicas=0" in first
    assert 'suspend": false' in last


def typed(block: str) -> Manifest:
    """What a pipe of the page would apply."""
    assert block.rstrip().endswith("| kubectl apply -f -")
    pipe = block.rstrip().removesuffix("| kubectl apply -f -")
    done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", pipe], cwd=ROOT, capture_output=True, check=True)
    found: Manifest = yaml.safe_load(done.stdout)
    return found


@pytest.mark.parametrize(
    ("heading", "name", "arguments"),
    [
        ("A new release, under load", "contract", ["apply", "--json"]),
        ("Back to the release before", "rollback", ["rollback", "--yes", "V300002"]),
    ],
)
def test_a_job_by_hand_is_the_migrations_with_other_words(heading: str, name: str, arguments: list[str]) -> None:
    [block] = [block for block in commands(heading) if block.startswith("kubectl kustomize")]
    job, like = typed(block), pod("prod/migrate", "migrate")
    [found] = pods_of([job])
    assert (found.name, found.container["args"]) == (name, arguments)
    assert {**found.container, "args": like.container["args"]} == like.container
    assert {**found.spec, "containers": []} == {**like.spec, "containers": []}


def test_a_release_is_waited_for_in_all_that_runs_for_long() -> None:
    [block] = [block for block in commands("A new release, under load") if "rollout status" in block]
    waited = set(re.findall(r"(?:deployment|statefulset)/[\w-]+", block))
    assert waited == {f"{found.of['kind'].lower()}/{found.name}" for found in pods("prod") if not found.is_job}


def test_twice_the_partitions_have_connections() -> None:
    """As docs/capacity.md counts them."""
    section = PAGE.partition("\n## More partitions\n")[2].partition("\n## ")[0]
    [most] = map(int, re.findall(r'`max_connections: "(\d+)"`', section))
    [instances] = map(int, re.findall(r"`maxReplicaCount: (\d+)`", section))
    [projector] = {
        int(variable["value"])
        for name in READ_MODELS
        for variable in pod("prod", f"projector-{name}").container["env"]
        if variable["name"] == "HEALZ_POOL_CONNECTIONS_MAX"
    }
    pool = ApiSettings.model_fields["healz_pool_connections_max"].default
    [first] = of_kind("prod", "Cluster")
    assert f"may open {len(READ_MODELS) * instances * projector}" in section
    needed = len(READ_MODELS) * instances * projector + 3 * 2 * pool + 2 * 3 + 3 * (pool + 2)
    assert int(first["spec"]["postgresql"]["parameters"]["max_connections"]) < needed <= most
