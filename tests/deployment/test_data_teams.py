"""The programs of examples/ on a cluster as day 1 describes it, as the user of a data team; and on one that refuses."""

import asyncio
import json
import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from architecture.test_events import EXAMPLES, envelope
from deployment.conftest import PASSWORDS
from deployment.secured_kafka import SecuredKafka
from example_programs import begin_with
from free_ports import free_port
from healz import contracts
from healz.contracts import registry
from healz.kafka import TOPIC
from system import SCRIPTS

USER = "team-analytics"


@pytest.fixture(scope="module")
def tenant(secured: SecuredKafka) -> str:
    """Whose log is in the topic: an event of each kind and version."""
    tenant_id = str(uuid4())
    producer = Producer({"bootstrap.servers": secured.kafka.bootstrap_servers})
    for position, (event_type, version, data) in enumerate((example.values for example in EXAMPLES), 1):
        assert isinstance(data, dict)
        event = json.loads(envelope(str(event_type), int(str(version)), data))
        event |= {"tenant_id": tenant_id, "position": position}
        record = {"source": "/healz", "type": f"healz.{event_type}", "data": event}
        producer.produce(TOPIC, json.dumps(record).encode(), key=tenant_id)
    producer.produce(TOPIC, b'{"source": "/healz", "type": "healz.Odd", "data": {"tenant_id": "no position"}}', "other")
    assert producer.flush(30) == 0
    return tenant_id


@contextmanager
def served() -> Iterator[str]:
    """The contracts, as the API answers them; their address."""
    answers = {f"/contracts/{path}": json.dumps(answer).encode() for path, answer in registry.answers().items()}
    answers |= {f"/contracts/{urn}": contracts.read(file) for urn, file in contracts.schema_files().items()}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path.partition("?")[0], b'{"error_code": 40401, "message": "not here"}')
            self.send_response(404 if b"error_code" in body[:20] else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def access(secured: SecuredKafka) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": secured.bootstrap_servers,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": PASSWORDS[USER],
        "KAFKA_SSL_CA_FILE": str(secured.authority),
    }


async def ran(environment: Mapping[str, str], folder: Path, name: str, *arguments: str) -> tuple[int | None, str, str]:
    """Exit code, output, errors."""
    where = {"complete": ["--file", str(folder / "complete.db")], "deserialized": []}.get(name, [str(folder / name)])
    process = await begin_with(environment, name, *where, *arguments)
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), errors.decode()


async def test_a_data_team_reads_the_cluster_of_day_one(secured: SecuredKafka, tenant: str, tmp_path: Path) -> None:
    with served() as api:
        # Not to_fhir: an event of each kind is no patient's life.
        for name in ("complete", "parquet_sink", "iceberg_sink", "deserialized"):
            code, out, errors = await ran(access(secured) | {"API_URL": api}, tmp_path, name)
            assert (code, errors) == (0, ""), (name, out)
    assert "MessageSent 2" in out, "each record was held to its schema"
    with closing(sqlite3.connect(tmp_path / "complete.db")) as database:
        (found,) = database.execute("SELECT sum(events) FROM counted WHERE tenant_id = ?", (tenant,)).fetchone()
    assert found == len(EXAMPLES)
    groups = AdminClient({"bootstrap.servers": secured.kafka.bootstrap_servers}).list_consumer_groups().result()
    assert not [group.group_id for group in groups.valid if group.group_id.startswith(USER)], "nothing is committed"


async def test_the_tap_comes_in_too(secured: SecuredKafka, tenant: str) -> None:
    command = [str(SCRIPTS / "healz-tap"), "--no-follow", "--tenant", tenant]
    environment = {"PATH": os.environ["PATH"], **access(secured)}
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", len(EXAMPLES))


async def test_what_is_refused_is_named(secured: SecuredKafka, tenant: str, tmp_path: Path) -> None:
    del tenant  # there is something to read
    user = access(secured)
    refusals = [
        (user, ("--group", "somebody-elses"), "GROUP_AUTHORIZATION_FAILED"),
        (user, ("--topic", "nosuch"), "TOPIC_AUTHORIZATION_FAILED"),
        (user | {"KAFKA_SASL_PASSWORD": "another"}, (), "Authentication failed"),
        ({"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}"}, (), "Connection refused"),
    ]
    for name in ("complete", "deserialized"):  # the others read as the first does
        asked = [ran(environment, tmp_path, name, *arguments) for environment, arguments, _ in refusals]
        for (code, out, errors), (*_, said) in zip(await asyncio.gather(*asked), refusals, strict=True):
            assert code == 1, (out, errors)
            assert said in errors
            assert errors.count("\n") == 1, errors


async def test_without_the_schemas_it_says_so(secured: SecuredKafka, tenant: str, tmp_path: Path) -> None:
    del tenant
    nowhere = {"API_URL": f"http://127.0.0.1:{free_port()}"}
    asked = [ran(access(secured) | nowhere, tmp_path, name) for name in ("parquet_sink", "deserialized")]
    for code, _, errors in await asyncio.gather(*asked):
        assert code == 1
        assert nowhere["API_URL"] in errors
        assert errors.count("\n") == 1, errors


async def test_where_no_sink_has_written_there_is_nothing_to_ask(tmp_path: Path) -> None:
    for name in ("questions", "pictures"):
        code, out, errors = await ran({}, tmp_path, name)
        assert (code, out) == (1, "")
        assert "has nothing in it" in errors
        assert errors.count("\n") == 1, errors
