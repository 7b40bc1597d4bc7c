"""Each image's command, natively, as the manifests start it: with its variables and no others, on a Kafka that lets in
whom KafkaUser lets in, and a PostgreSQL that was migrated by the migration's own image."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Consumer, Producer

from architecture.source import ROOT
from deployment import compose
from deployment.cluster import IDENTITY_KEY, Cluster
from deployment.conftest import PASSWORDS, Images
from deployment.running import Process
from deployment.secured_kafka import SecuredKafka
from free_ports import free_port
from healz.kafka import TOPIC, ensure_topic
from healz.read_models import READ_MODELS
from healz_db.migrations import read_tree
from healz_local.ports import HOST
from system import Database, Servers, eventually, read_topic

LASTING = ("command-api", "relay", *(f"projector-{name}" for name in READ_MODELS))
ONE_OF_EACH_KIND = ("silence", "purge", "partitions", "verify-journey")
"""Of jobs: by image, command and login. tests/integration/test_scheduler.py runs all of them."""


@pytest.fixture
async def cluster(
    made: Images, empty_database: Database, secured: SecuredKafka, tmp_path: Path
) -> AsyncIterator[Cluster]:
    found = Cluster(made, empty_database, secured, tmp_path)
    try:
        yield found
    finally:
        for process in found.processes:
            process.kill()


def by_hand() -> list[tuple[str, list[str]]]:
    """(pod, words) of each program that docs/day-2.md has people run in one."""
    found = re.findall(r"kubectl -n healz exec statefulset/([\w-]+) -- ([^`\n]+)", (ROOT / "docs/day-2.md").read_text())
    assert {words.split()[0].rpartition("/")[2] for _, words in found} == {"healz-projection", "healz-relay"}
    return [(name, words.split()) for name, words in found]


async def test_the_whole_of_it_runs_as_the_manifests_start_it(cluster: Cluster) -> None:
    database = cluster.database
    # The migration, which only adds; and patients, given as commands by the very image.
    await cluster.process("prod/migrate", "migrate").run()
    applied = {row[0] for row in await database.admin.fetch("SELECT version FROM ops.schema_migrations")}
    assert applied == {one.version for one in read_tree().migrations if one.change == "expand"}
    seed = cluster.process("prod/migrate", "migrate")
    seed.arguments = ("seed", "--phase", "100")
    seed.variables = {**seed.variables, "HEALZ_IDENTITY_KEY": IDENTITY_KEY}
    await seed.run()
    heads = await database.heads()
    assert heads

    running = {name: cluster.process("prod", name) for name in LASTING}
    for process in running.values():
        process.start()
    for process in running.values():
        await process.healthy()

    async def ready() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{HOST}:{cluster.port('command-api HEALZ_API_PORT')}/health/ready")
        return answer.status_code == 200 and answer.json().items() >= {"kafka": "up", "relay": "leading"}.items()

    await eventually(ready)

    # All that was given is in the topic, and through it in the read models.
    async def there() -> bool:
        return all([await database.checkpoints(schema) == heads for schema in READ_MODELS])

    await eventually(there)
    records = await read_topic(cluster.kafka.kafka.bootstrap_servers, TOPIC)
    assert len(records) == sum(heads.values())
    for name in READ_MODELS:
        await cluster.metrics(f"projector-{name}").comes_to(
            "projection_processing_time_seconds_count", lambda batches: bool(batches)
        )
        assert f'"instance": "projector-{name}-0"' in running[f"projector-{name}"].log.read_text()

    for name, words in by_hand():
        program = cluster.process("prod", name)
        program.command, program.arguments = words[:1], [word.replace("$TENANT", str(min(heads))) for word in words[1:]]
        await program.run()

    for name in ONE_OF_EACH_KIND:
        await cluster.process("prod", name).run()
    ended = await asyncio.gather(*(process.end() for process in running.values()))
    # uvicorn ends by the signal itself.
    assert set(ended) <= {0, -15}, dict(zip(running, ended, strict=True))


async def test_on_compose_each_becomes_healthy(
    made: Images, database: Database, servers: Servers, tmp_path: Path
) -> None:
    await ensure_topic(servers.bootstrap_servers)
    services = compose.services(tmp_path / "compose")
    here = {
        "@postgres:5432/healz": f"@{database.url('nobody').partition('@')[2]}",
        "kafka:9092": servers.bootstrap_servers,
    }
    here |= {"collector:4318": f"{HOST}:{free_port()}", "relay:8400": f"{HOST}:{free_port()}", "0.0.0.0": HOST}
    processes = []
    try:
        for name in LASTING:
            image = made[name]
            variables = image.target.environment | services[name]["environment"]
            for theirs, ours in here.items():
                variables = {key: value.replace(theirs, ours) for key, value in variables.items()}
            variables |= {key: str(free_port()) for key in variables if key.endswith("_PORT")}
            process = Process(image, variables, tmp_path / f"{name}.log")
            processes.append(process)
            process.start()
        for process in processes:
            await process.healthy()
        assert {await process.end() for process in processes} <= {0, -15}
    finally:
        for process in processes:
            process.kill()


def as_user(kafka: SecuredKafka, name: str) -> dict[str, str | bool]:
    return {
        "bootstrap.servers": kafka.bootstrap_servers,
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": name,
        "sasl.password": PASSWORDS[name],
        "ssl.ca.location": str(kafka.authority),
    }


def refusal_to_write(kafka: SecuredKafka, name: str) -> str:
    """What the broker says to a record of theirs; nothing where it takes it."""
    said: list[str] = []
    producer = Producer(as_user(kafka, name))
    producer.produce(TOPIC, b"{}", on_delivery=lambda error, _: said.append("" if error is None else error.name()))
    producer.flush(10)
    return said[0]


def refusal_to_read(kafka: SecuredKafka, name: str, group: str) -> str:
    """What the broker says to somebody who joins this group to read; nothing where it lets them."""
    consumer = Consumer(as_user(kafka, name) | {"group.id": group, "auto.offset.reset": "earliest"})
    assigned: list[bool] = []
    consumer.subscribe([TOPIC], on_assign=lambda *_: assigned.append(True))
    try:
        while not assigned:
            message = consumer.poll(1)
            if message is not None and (error := message.error()) is not None:
                return str(error.name())
    finally:
        consumer.close()
    return ""


async def test_who_is_let_in_may_do_what_they_need_and_no_more(secured: SecuredKafka) -> None:
    for name in PASSWORDS.keys() - {"healz-relay"}:
        assert await asyncio.to_thread(refusal_to_write, secured, name) == "TOPIC_AUTHORIZATION_FAILED", name
    reads = [("team-analytics", "team-analytics.retention"), ("healz-projector-patient", "projector-patient")]
    for name, group in reads:
        assert await asyncio.to_thread(refusal_to_read, secured, name, group) == "", name
    refused = [("team-analytics", "projector-patient"), ("healz-projector-patient", "projector-journey")]
    for name, group in refused:
        assert await asyncio.to_thread(refusal_to_read, secured, name, group) == "GROUP_AUTHORIZATION_FAILED"
    # Without a name, or with another's password, nobody gets that far.
    stranger = AIOKafkaConsumer(bootstrap_servers=secured.bootstrap_servers, request_timeout_ms=3000)
    with pytest.raises(Exception, match="bootstrap"):
        await stranger.start()
    await stranger.stop()
