"""The data contract's service levels, by the public ``datacontract`` command: kept in the topic, and seen missed."""

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import yaml
from aiokafka import AIOKafkaProducer, ConsumerRecord

from architecture.source import ROOT
from healz import contracts
from healz.kafka import ensure_topic
from system import SCRIPTS, System, data_of
from traffic import new_seed, traffic, write

Record: TypeAlias = ConsumerRecord[bytes, bytes]
FRESHNESS = "servicelevel_freshness"
QUIET = ("--checks", "properties,quality")


async def checked(system: System, topic: str, folder: Path, *options: str) -> tuple[int, dict[str, str]]:
    """What the command says of that topic: its exit code, and {check: outcome}."""
    contract = yaml.safe_load(contracts.read("topic.odcs.yaml"))
    contract["servers"][0]["host"] = system.servers.bootstrap_servers
    contract["schema"][0]["physicalName"] = topic
    file, answer = folder / "topic.odcs.yaml", folder / "checked.json"
    file.write_text(yaml.safe_dump(contract))
    command = await asyncio.create_subprocess_exec(
        SCRIPTS / "datacontract", "test", str(file), "--server", "local", "--output-format", "json",
        "--output", str(answer), *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "COLUMNS": "200"},
    )  # fmt: skip
    said, _ = await command.communicate()
    assert answer.exists(), said.decode()
    checks: list[dict[str, Any]] = json.loads(answer.read_text())["checks"]
    return command.returncode or 0, {_name(check): check["result"] for check in checks}


def _name(check: dict[str, Any]) -> str:
    name: str = check.get("qualityId") or check["type"]
    return name if "." not in (check.get("field") or "") else f"{name} {check['field']}"


async def play(system: System, topic: str, records: Sequence[Record]) -> None:
    """Into another topic, as they are."""
    await ensure_topic(system.servers.bootstrap_servers, topic)
    producer = AIOKafkaProducer(bootstrap_servers=system.servers.bootstrap_servers)
    await producer.start()
    try:
        for record in records:
            await producer.send(topic, record.value, key=record.key, headers=list(record.headers))
    finally:
        await producer.stop()


def of_long_ago(record: Record) -> Record:
    event = json.loads(record.value or b"")
    event["time"] = (datetime.now(UTC) - timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    record.value = json.dumps(event).encode()
    return record


async def test_the_service_levels_hold_in_the_topic_and_are_missed_when_they_do_not(
    system: System, tmp_path: Path
) -> None:
    for name in ("command-api", "relay"):
        system.start(name)
    await system.ready()
    async with traffic(system, seed=new_seed(), tenants=3) as day:
        await write(day, events=600)
    await system.outbox_empty()
    records = await system.records()
    code, outcomes = await checked(system, system.topic, tmp_path)
    assert {name: result for name, result in outcomes.items() if result != "passed"} == {}
    assert code == 0
    assert {"complete", "once", FRESHNESS} <= outcomes.keys()

    heads = await system.database.heads()
    # Neither a tenant's first nor its last: what is missing there is no gap.
    middle = next(
        record for record in records if 1 < data_of(record)["position"] < heads[UUID(data_of(record)["tenant_id"])]
    )
    gap = [record for record in records if record is not middle]
    await play(system, f"{system.topic}.gap", gap)
    code, outcomes = await checked(system, f"{system.topic}.gap", tmp_path)
    assert (code != 0, outcomes["complete"], outcomes["once"]) == (True, "failed", "passed")

    await play(system, f"{system.topic}.twice", [*records, middle])
    code, outcomes = await checked(system, f"{system.topic}.twice", tmp_path)
    assert (code != 0, outcomes["complete"], outcomes["once"]) == (True, "failed", "failed")

    await play(system, f"{system.topic}.old", [of_long_ago(record) for record in records])
    code, outcomes = await checked(system, f"{system.topic}.old", tmp_path)
    assert (code != 0, outcomes[FRESHNESS], outcomes["complete"]) == (True, "failed", "passed")
    # An hour in which nobody writes looks the same: what docs/promises.md has for it leaves the age out.
    code, outcomes = await checked(system, f"{system.topic}.old", tmp_path, *QUIET)
    assert (code, FRESHNESS in outcomes, outcomes["complete"]) == (0, False, "passed")
    assert " ".join(QUIET) in (ROOT / "docs" / "promises.md").read_text()
