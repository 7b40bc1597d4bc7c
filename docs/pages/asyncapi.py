"""The topic as an AsyncAPI 3.1 document: what a reader connects to, and which messages may come.

What a payload looks like stays in the schemas; the document leads to them, from where it lies and from where it is
served.
"""

import json
from typing import Any

from healz.contracts import DIALECT, file_name, urn
from healz.events import EVENTS, Event
from healz.kafka import TOPIC, TOPIC_CONFIG
from pages.meanings import meaning

CONTENT_TYPE = "application/cloudevents+json"
CONTRACT_VERSION = "1.0.0"
"""Of the contract as a whole. The first number rises with a change that readers have to act on, the second with a
change that they may use: a new event, a new version of one, a new optional field."""
BINDING = {"bindingVersion": "0.5.0"}
UUID = {"type": "string", "format": "uuid"}
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "specversion": {"const": "1.0"},
    "id": UUID | {"description": "The event's own id. A UUID v7."},
    "source": {"const": "/healz", "description": "A record with another source is none of ours."},
    "type": {"type": "string", "pattern": "^healz[.]", "description": "`healz.` and the event's name."},
    "subject": UUID | {"description": "The aggregate that the event belongs to."},
    "time": {"type": "string", "format": "date-time", "description": "When it was written."},
    "partitionkey": UUID | {"description": "The tenant, as the record's key."},
    "datacontenttype": {"const": "application/json"},
    "dataschema": {"type": "string", "description": "Which schema `data` keeps."},
    "data": {"type": "object", "description": "The envelope, with the payload in `event_data`."},
}


def document() -> str:
    """The file's text."""
    versions = [(event, version) for event in EVENTS for version in range(1, event.schema_version + 1)]
    messages = {f"{event.__name__}.{version}": _message(event, version) for event, version in versions}
    return json.dumps(_document(messages), indent=2, ensure_ascii=False) + "\n"


def _document(messages: dict[str, Any]) -> dict[str, Any]:
    configs = {"cleanup.policy": ["delete"], "retention.ms": int(TOPIC_CONFIG["retention.ms"])}
    return {
        "asyncapi": "3.1.0",
        "id": f"urn:healz:topic:{TOPIC}",
        "info": {
            "title": "Healz events",
            "version": CONTRACT_VERSION,
            "description": (
                "All that happens between a clinic and its patients, as facts in the past tense. Each record is a"
                " CloudEvent 1.0 in structured mode; a tenant's events lie on one partition, in the order of their"
                f" position, from 1 without a hole. Read with `isolation.level=read_committed`. Schemas are JSON Schema"
                f" 2020-12 ({DIALECT})."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "events": {
                "address": TOPIC,
                "title": "All events of all tenants",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"kafka": {"topicConfiguration": configs} | BINDING},
            }
        },
        "operations": {
            "publishEvents": {
                "action": "send",
                "title": "The relay publishes what was committed",
                "channel": {"$ref": "#/channels/events"},
            }
        },
        "components": {
            "messages": messages,
            "schemas": {
                "CloudEvent": {
                    "type": "object",
                    "description": "A CloudEvent 1.0 in structured JSON mode.",
                    "properties": ATTRIBUTES,
                    "required": list(ATTRIBUTES),
                }
            },
        },
    }


def _message(event: type[Event], version: int) -> dict[str, Any]:
    older = "" if version == event.schema_version else f" Version {version} is only read, from records of before."
    return {
        "name": f"healz.{event.__name__}",
        "title": f"{event.__name__}, version {version}",
        "description": meaning(event) + older,
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": f"healz.{event.__name__}"},
                        "dataschema": {"const": urn(event.__name__, version)},
                        "data": {"$ref": f"./{file_name(event.__name__, version)}"},
                    },
                },
            ]
        },
        "bindings": {"kafka": {"key": UUID | {"description": "The tenant's id, as text."}} | BINDING},
    }
