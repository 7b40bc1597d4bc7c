"""What is promised to readers of the topic, in the forms that tools read: JSON Schemas, AsyncAPI, ODCS.

The files are made by ``make docs`` (docs/pages) and kept here, so that whoever serves them needs nothing else.
"""

import json
from functools import cache
from importlib.resources import files

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PERSONAL = "x-healz-personal"


def urn(event_type: str, version: int) -> str:
    """A record's ``dataschema``, as ``event_store.cloud_event`` writes it; the schema's own ``$id``."""
    return f"urn:healz:event:{event_type}:{version}"


def file_name(event_type: str, version: int) -> str:
    """Where the schema lies in this folder."""
    return f"events/{event_type}.{version}.json"


def schema_files() -> dict[str, str]:
    """{URN: file name} of every version of every event."""
    names = sorted(file.name for file in (files(__name__) / "events").iterdir())
    return {urn(*parts(name)): f"events/{name}" for name in names if name.endswith(".json")}


@cache
def personal(event_type: str, version: int) -> frozenset[str] | None:
    """The fields of a payload that its schema marks as personal; None: it has no schema here, so any may be."""
    name = schema_files().get(urn(event_type, version))
    if name is None:
        return None
    fields = json.loads(read(name))["$defs"][event_type]["properties"]
    return frozenset(field for field, said in fields.items() if PERSONAL in said)


def documents() -> dict[str, str]:
    """{file name: media type} of what describes the topic as a whole."""
    return {"asyncapi.json": "application/json", "topic.odcs.yaml": "application/yaml"}


def read(name: str) -> bytes:
    """A file of this folder, by its name in it."""
    return (files(__name__) / name).read_bytes()


def parts(name: str) -> tuple[str, int]:
    """(event type, version) of a schema's file."""
    event_type, version, _ = name.split(".")
    return event_type, int(version)
