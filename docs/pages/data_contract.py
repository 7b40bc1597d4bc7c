"""The topic as a data contract of the Open Data Contract Standard (ODCS) 3.1, with its service levels as checks.

``datacontract test`` reads the topic and holds it to this: each record's attributes and envelope, no position missing,
no event twice, and the newest no older than promised.
"""

from typing import Any

import yaml

from healz.events import Recorded
from healz.kafka import TOPIC
from pages.asyncapi import ATTRIBUTES, CONTRACT_VERSION
from pages.meanings import meanings

MODEL = "healz_events"
FRESH_MINUTES = 1
"""How old an event is at most when a reader can have it, while Kafka and a relay are there."""
OF_AN_ENVELOPE = {"schema_version": "integer", "aggregate_version": "integer", "position": "integer"}
OF_AN_ENVELOPE |= {"created_at": "timestamp", "event_data": "object", "metadata": "object"}
"""{field: logical type}; the others are texts."""
MAY_BE_NULL = {"clinic_id", "causation_id", "user_id", "metadata"}
COMPLETE = """
SELECT count(*) FROM (
    SELECT data.tenant_id FROM {model} GROUP BY 1
    HAVING min(data.position) <> 1 OR max(data.position) <> count(*) OR count(DISTINCT data.position) <> count(*)
) AS incomplete
"""
ONCE = "SELECT count(*) - count(DISTINCT id) FROM {model}"


def document() -> str:
    """The file's text."""
    text: str = yaml.safe_dump(_document(), sort_keys=False, allow_unicode=True, width=120)
    return text


def _document() -> dict[str, Any]:
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"urn:healz:topic:{TOPIC}",
        "name": "Healz events",
        "version": CONTRACT_VERSION,
        "status": "active",
        "domain": "clinics",
        "description": {
            "purpose": "All that happens between a clinic and its patients, as facts in the past tense.",
            "usage": (
                "Read with isolation.level=read_committed, from the earliest offset; keep the position of each tenant."
                " A record's dataschema names the JSON Schema of its data."
            ),
            "limitations": "It holds what is personal of patients, marked x-healz-personal in the schemas.",
        },
        "servers": [{"server": "local", "type": "kafka", "host": "127.0.0.1:19092", "format": "json"}],
        "schema": [
            {
                "name": MODEL,
                "physicalName": TOPIC,
                "physicalType": "topic",
                "logicalType": "object",
                "description": "A CloudEvent 1.0 a record; all tenants, each on one partition.",
                "properties": [_attribute(name, said) for name, said in ATTRIBUTES.items()],
                "quality": [
                    _check("complete", "completeness", "Tenants whose events are not exactly 1 to n.", COMPLETE),
                    _check("once", "uniqueness", "Records beyond the first of an event.", ONCE),
                ],
            }
        ],
        "slaProperties": [
            {
                "property": "completeness",
                "value": 100,
                "unit": "percent",
                "element": f"{MODEL}.data",
                "driver": "analytics",
                "description": "Of each tenant there are as many events as its last position says (quality: complete).",
            },
            {
                "property": "freshness",
                "value": FRESH_MINUTES,
                "unit": "m",
                "element": f"{MODEL}.time",
                "driver": "operational",
                "description": (
                    "So soon after it was written an event can be read, while Kafka and a relay are there. In a quiet"
                    " hour the newest is older, and nothing is wrong."
                ),
            },
            {
                "property": "retention",
                "value": -1,
                "unit": "d",
                "description": "For ever: the topic deletes nothing, and is never compacted.",
            },
        ],
    }


def _attribute(name: str, said: dict[str, Any]) -> dict[str, Any]:
    kind = {"time": "timestamp", "data": "object"}.get(name, "string")
    attribute = {"name": name, "logicalType": kind, "required": True, "unique": name == "id"}
    if "description" in said:
        attribute["description"] = said["description"]
    if name == "data":
        known = meanings(Recorded)
        attribute["properties"] = [_field(field, known[field]) for field in Recorded.model_fields]
    return attribute


def _field(name: str, meaning: str) -> dict[str, Any]:
    kind = OF_AN_ENVELOPE.get(name, "string")
    field = {"name": name, "logicalType": kind, "required": name not in MAY_BE_NULL, "description": meaning}
    if name == "position":
        field["physicalType"] = "bigint"
    if name == "event_data":  # what all payloads say; the rest is in each event's schema
        field["properties"] = [{"name": "patient_id", "logicalType": "string", "required": True}]
    if name == "metadata":
        field["properties"] = [{"name": "traceparent", "logicalType": "string"}]
    return field


def _check(name: str, dimension: str, description: str, query: str) -> dict[str, Any]:
    return {
        "id": name,
        "type": "sql",
        "description": description,
        "dimension": dimension,
        "query": " ".join(query.split()),
        "mustBe": 0,
    }
