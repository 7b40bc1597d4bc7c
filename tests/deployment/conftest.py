"""What is made once for a run: it takes a while."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.source import ROOT
from deployment.dockerfile import Image, make
from deployment.manifests import name_of, of_kind
from deployment.secured_kafka import SecuredKafka, secured_kafka
from healz.kafka import ensure_topic


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> "Images":
    return Images(tmp_path_factory.mktemp("images"))


class Images:
    """By name; each is made when it is first asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __getitem__(self, name: str) -> Image:
        return make(name, self._root)


PASSWORDS = {
    "healz-command-api": "0c0f1e2d3b4a59687",
    "healz-relay": "1c0f1e2d3b4a59687",
    "healz-projector-patient": "2c0f1e2d3b4a59687",
    "healz-projector-appointment": "3c0f1e2d3b4a59687",
    "healz-projector-journey": "4c0f1e2d3b4a59687",
    "team-analytics": "5c0f1e2d3b4a59687",
}
"""Of the users of deploy/kubernetes/kafka/users.yaml."""


@pytest.fixture(scope="session")
def secured() -> Iterator[SecuredKafka]:
    """With the topic, and with the users of the manifests."""
    with secured_kafka(ROOT / ".local" / "test" / f"secured-{os.getpid()}") as kafka:
        asyncio.run(ensure_topic(kafka.kafka.bootstrap_servers))
        users = of_kind("prod", "KafkaUser")
        assert {name_of(user) for user in users} == set(PASSWORDS)
        kafka.let_in(users, PASSWORDS)
        yield kafka
