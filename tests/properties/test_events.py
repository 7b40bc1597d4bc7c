"""Every event that a decision makes comes back from the log as it was."""

import json
from typing import Any

from hypothesis import given
from jsonschema import Draft202012Validator

from command_api.append import payload
from contract_records import schemas_here
from healz.events import Event, Recorded, read_cloud_event, read_envelope
from healz.events.fields import rfc3339
from properties.histories import History, histories


def envelope(event: Recorded) -> dict[str, Any]:
    """As ``event_store.envelope`` composes it."""
    return {
        "event_id": str(event.event_id),
        "event_type": event.event_type,
        "schema_version": event.schema_version,
        "aggregate_type": event.aggregate_type,
        "aggregate_id": str(event.aggregate_id),
        "aggregate_version": event.aggregate_version,
        "tenant_id": str(event.tenant_id),
        "position": event.position,
        "patient_id": str(event.patient_id),
        "clinic_id": str(event.clinic_id) if event.clinic_id else None,
        "causation_id": str(event.causation_id) if event.causation_id else None,
        "correlation_id": str(event.correlation_id),
        "user_id": str(event.user_id) if event.user_id else None,
        "created_at": rfc3339(event.created_at),
        "event_data": json.loads(payload(event.event_data)),
        "metadata": event.metadata,
    }


def cloud_event(event: Recorded) -> dict[str, Any]:
    """As ``event_store.cloud_event`` composes it."""
    return {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": "/healz",
        "type": f"healz.{event.event_type}",
        "subject": str(event.aggregate_id),
        "time": rfc3339(event.created_at),
        "partitionkey": str(event.tenant_id),
        "datacontenttype": "application/json",
        "dataschema": f"urn:healz:event:{event.event_type}:{event.schema_version}",
        "data": envelope(event),
    }


def said(event: Event) -> tuple[type[Event], dict[str, Any], set[str]]:
    """Its type, its values, and which of them were said at all: null is not absent."""
    return type(event), dict(event), event.model_fields_set


@given(histories())
def test_an_event_comes_back_as_it_was(history: History) -> None:
    for event in history.recorded:
        text = json.dumps(envelope(event))
        for read in (read_envelope(text), read_cloud_event(json.dumps(cloud_event(event)).encode())):
            assert said(read.event_data) == said(event.event_data)
            assert payload(read.event_data) == payload(event.event_data)
            assert read.model_dump(exclude={"event_data"}) == event.model_dump(exclude={"event_data"})


SCHEMAS = {urn: Draft202012Validator(schema) for urn, schema in schemas_here().items()}


@given(histories())
def test_an_event_keeps_the_schema_that_its_record_names(history: History) -> None:
    for event in history.recorded:
        record = cloud_event(event)
        SCHEMAS[record["dataschema"]].validate(record["data"])


@given(histories())
def test_a_case_is_the_same_from_the_log_as_from_the_decisions(history: History) -> None:
    from_log = [read_envelope(json.dumps(envelope(event))).event_data for event in history.recorded]
    assert type(history.case)().after(from_log) == history.case


@given(histories())
def test_versions_are_gapless_in_each_stream(history: History) -> None:
    versions: dict[Any, int] = {}
    for event in history.recorded:
        versions[event.aggregate_id] = versions.get(event.aggregate_id, 0) + 1
        assert event.aggregate_version == versions[event.aggregate_id]
    assert versions == dict(history.case.versions)
