"""Records of the topic, held to what they name: CloudEvents by its own SDK, the schema by a public validator."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import ConsumerRecord
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from jsonschema import Draft202012Validator

from healz import contracts


def schemas_here() -> dict[str, Any]:
    """{URN: schema}, as they are committed."""
    return {urn: json.loads(contracts.read(name)) for urn, name in contracts.schema_files().items()}


def validated(
    records: Iterable[ConsumerRecord[bytes, bytes]], schemas: Mapping[str, Any] | None = None
) -> Counter[str]:
    """How many records name each schema. Raises what a tool raises for the first that is not valid."""
    known = schemas_here() if schemas is None else schemas
    validators = {
        urn: Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for urn, schema in known.items()
    }
    named = Counter[str]()
    for record in records:
        assert record.key is not None
        assert record.value is not None
        event = from_kafka_event(KafkaMessage(dict(record.headers), record.key, record.value))
        urn = event.get_dataschema()
        assert urn is not None
        validators[urn].validate(event.get_data())
        named[urn] += 1
    return named
