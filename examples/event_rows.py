"""Events as rows of a table: the envelope in columns, the payload as JSON with all that is personal taken out.

So there is nothing to be forgotten here when a patient is anonymised. What is personal is said by the schemas that the
records name, not by a list: a field that is new tomorrow brings its mark along.
"""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import httpx
import pyarrow as pa

from cluster import NotRead
from topic_log import Envelope

CONTRACTS = os.environ.get("API_URL", "http://127.0.0.1:8400") + "/contracts"
PERSONAL = "x-healz-personal"
ASKED_FOR_SECONDS = 10.0

COLUMNS: dict[str, Any] = {
    "tenant_id": pa.string(),
    "position": pa.int64(),
    "event_id": pa.string(),
    "event_type": pa.string(),
    "schema_version": pa.int32(),
    "aggregate_type": pa.string(),
    "aggregate_id": pa.string(),
    "aggregate_version": pa.int32(),
    "patient_id": pa.string(),
    "clinic_id": pa.string(),
    "causation_id": pa.string(),
    "correlation_id": pa.string(),
    "user_id": pa.string(),
    "created_at": pa.timestamp("us", "UTC"),
    "event_data": pa.string(),
}
MAY_BE_NULL = {"clinic_id", "causation_id", "user_id"}
SCHEMA = pa.schema([pa.field(name, kind, name in MAY_BE_NULL) for name, kind in COLUMNS.items()])


def rows(events: Sequence[Envelope], contracts: str) -> Any:
    """A pyarrow table. Raises NotRead where a schema can't be had: nothing is kept whose marks are unknown."""
    columns: dict[str, list[Any]] = {name: [event[name] for event in events] for name in COLUMNS}
    columns["created_at"] = [datetime.fromisoformat(at) for at in columns["created_at"]]
    columns["event_data"] = [json.dumps(masked(event, contracts), ensure_ascii=False) for event in events]
    return pa.table(columns, SCHEMA)


def masked(event: Envelope, contracts: str) -> dict[str, Any]:
    """The payload; what is personal is null."""
    personal = marked(contracts, event["event_type"], event["schema_version"])
    return {name: None if name in personal else value for name, value in event["event_data"].items()}


@cache
def marked(contracts: str, event_type: str, version: int) -> frozenset[str]:
    """The fields of a payload that are personal."""
    url = f"{contracts}/urn:healz:event:{event_type}:{version}"
    try:
        schema = client().get(url).raise_for_status().json()
    except httpx.HTTPError as error:
        raise NotRead(f"the schema of {event_type}, version {version}, can't be had from {url}: {error}") from error
    # Its payload is a part that it refers to, of whatever name.
    part = schema["properties"]["event_data"]
    fields = schema["$defs"][part["$ref"].rpartition("/")[2]]["properties"] if "$ref" in part else part["properties"]
    return frozenset(name for name, said in fields.items() if PERSONAL in said)


@cache
def client() -> httpx.Client:
    """One for all: to make one takes longer than to ask."""
    return httpx.Client(timeout=ASKED_FOR_SECONDS)
