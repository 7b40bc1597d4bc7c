"""What is promised to readers of the topic, in the forms that tools read: JSON Schemas, AsyncAPI, ODCS.

The files are made by ``make docs`` (docs/pages) and kept here, so that whoever serves them needs nothing else.
"""

from importlib.resources import files

DIALECT = "https://json-schema.org/draft/2020-12/schema"


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


def documents() -> dict[str, str]:
    """{file name: media type} of what describes the topic as a whole."""
    return {"asyncapi.json": "application/json", "topic.odcs.yaml": "application/yaml"}


def read(name: str) -> bytes:
    """A file of this folder, by its name in it."""
    return (files(__name__) / name).read_bytes()


def _parts(name: str) -> tuple[str, int]:
    event_type, version, _ = name.split(".")
    return event_type, int(version)
