"""What is promised to readers of the topic, in the forms that tools read: JSON Schemas, AsyncAPI, ODCS.

The files are made by ``make docs`` (docs/pages) and kept here, so that whoever serves them needs nothing else.
"""

import json
from functools import cache
from hashlib import sha256
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
    return {urn(*_parts(name)): f"events/{name}" for name in names if name.endswith(".json")}


@cache
def personal(event_type: str, version: int) -> frozenset[str] | None:
    """The fields of a payload that its schema marks as personal; None: it has no schema here, so any may be."""
    name = schema_files().get(urn(event_type, version))
    if name is None:
        return None
    fields = json.loads(read(name))["$defs"][event_type]["properties"]
    return frozenset(field for field, said in fields.items() if PERSONAL in said)


def registry() -> dict[str, object]:
    """{path: answer} of the read side of the schema registry protocol.

    A subject is a record's ``type``, its versions are those of the event. An id is a hash of the schema's name, so
    that it is the same in every installation and release.
    """
    versions: dict[str, list[int]] = {}
    answers: dict[str, object] = {"config": {"compatibilityLevel": "NONE"}, "schemas/types": ["JSON"]}
    for name, file in schema_files().items():
        event_type, version = _parts(file.removeprefix("events/"))
        subject = f"healz.{event_type}"
        number = int.from_bytes(sha256(name.encode()).digest()[:4]) >> 1
        schema = {"schema": read(file).decode(), "schemaType": "JSON", "id": number}
        answers[f"schemas/ids/{number}"] = schema
        answers[f"subjects/{subject}/versions/{version}"] = schema | {"subject": subject, "version": version}
        versions.setdefault(subject, []).append(version)
    for subject, numbers in versions.items():
        answers[f"subjects/{subject}/versions"] = sorted(numbers)
        answers[f"subjects/{subject}/versions/latest"] = answers[f"subjects/{subject}/versions/{max(numbers)}"]
    return answers | {"subjects": sorted(versions)}


def documents() -> dict[str, str]:
    """{file name: media type} of what describes the topic as a whole."""
    return {"asyncapi.json": "application/json", "topic.odcs.yaml": "application/yaml"}


def read(name: str) -> bytes:
    """A file of this folder, by its name in it."""
    return (files(__name__) / name).read_bytes()


def _parts(name: str) -> tuple[str, int]:
    event_type, version, _ = name.split(".")
    return event_type, int(version)
