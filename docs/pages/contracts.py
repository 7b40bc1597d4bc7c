"""The contracts of the topic, as files: what ``make docs`` writes into healz/contracts."""

from pathlib import Path

from pages import asyncapi, data_contract, event_schemas

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "src" / "healz" / "contracts"


def files() -> dict[str, str]:
    """{name in the folder: text}"""
    topic = {"asyncapi.json": asyncapi.document(), "topic.odcs.yaml": data_contract.document()}
    return event_schemas.schemas() | topic
