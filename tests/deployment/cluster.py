"""The prod overlay on this machine: the images' commands, the manifests' variables, and addresses that are here."""

import re
from collections.abc import Mapping
from pathlib import Path

from deployment.conftest import PASSWORDS, Images
from deployment.manifests import Pod, environment, pod, secrets_of, with_files
from deployment.running import Process
from deployment.secured_kafka import SecuredKafka
from free_ports import free_port
from healz_local.ports import HOST
from scraped import Scraped
from system import Database

IDENTITY_KEY = "0f4c2b7a9d1e683557ce"


class Cluster:
    """The prod overlay on this machine: its addresses and ports are here, its secrets the test's."""

    def __init__(self, made: Images, database: Database, kafka: SecuredKafka, folder: Path) -> None:
        self.made, self.database, self.kafka, self.folder = made, database, kafka, folder
        self.ports: dict[str, int] = {}
        self.processes: list[Process] = []

    def process(self, folder: str, name: str) -> Process:
        one = pod(folder, name)
        image = self.made[one.image]
        given = image.target.environment | environment(folder, one, self._secrets(one))
        place = self._mounted(one)
        variables = {key: self._here(name, key, value) for key, value in with_files(given, one, place).items()}
        command, arguments = one.container.get("command"), one.container.get("args", [])
        found = Process(image, variables, self.folder / f"{name}.log", arguments, command)
        self.processes.append(found)
        return found

    def _secrets(self, one: Pod) -> Mapping[tuple[str, str], str]:
        known = {
            ("healz-identity-key", "key"): IDENTITY_KEY,
            **{(user, "password"): password for user, password in PASSWORDS.items()},
        }
        return {reference: known.get(reference, "a7d3e9f1c5b80246") for reference in secrets_of(one)}

    def _mounted(self, one: Pod) -> Path:
        """The files of its volumes, as Kubernetes would lay them out."""
        place = self.folder / f"volumes-{one.name}"
        for mount in one.container["volumeMounts"]:
            directory = place / mount["mountPath"].lstrip("/")
            directory.mkdir(parents=True, exist_ok=True)
            if mount["name"] == "kafka-ca":
                (directory / "ca.crt").write_bytes(self.kafka.authority.read_bytes())
            elif mount["name"] == "roles":
                (directory / "..data").mkdir(exist_ok=True)
                (directory / "healz_reader").write_text("a7d3e9f1c5b80246")
        return place

    def _here(self, name: str, variable: str, value: str) -> str:
        """An address of the cluster as it is here. (This PostgreSQL has no TLS, and its owner another name.)"""
        address = self.database.url("nobody").partition("@")[2]
        value = re.sub(r"@healz-postgres-rw:5432/healz\?sslmode=verify-full&sslrootcert=\S+$", f"@{address}", value)
        value = value.replace("//postgres:", "//healz_admin:").replace("0.0.0.0", HOST)
        value = value.replace("healz-kafka-kafka-bootstrap:9093", self.kafka.bootstrap_servers)
        value = value.replace("https://login.example.com/.well-known/", f"https://{HOST}:{self.port('nobody')}/")
        if variable == "HEALZ_RELAY_DOORS":
            value = value.replace("relay-0:8400", f"{HOST}:{self.port('relay HEALZ_RELAY_PORT')}")
            value = value.replace("relay-1:8400", f"{HOST}:{self.port('nobody')}")
        return str(self.port(f"{name} {variable}")) if variable.endswith("_PORT") else value

    def port(self, of: str) -> int:
        return self.ports.setdefault(of, free_port())

    def metrics(self, name: str) -> Scraped:
        return Scraped(self.port(f"{name} HEALZ_METRICS_PORT"))
