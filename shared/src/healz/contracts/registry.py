"""The read side of the schema registry protocol, from memory: the same schemas by subject, version and id.

A subject is a record's ``type``, its versions are those of the event. An id is a hash of the schema's name, so that it
is the same in every installation and release.
"""

import json
from hashlib import sha256
from typing import Any

from healz import contracts

LEVEL = {"compatibilityLevel": "NONE"}
MODE = {"mode": "READONLY"}
"""Nothing can be registered."""
OF_THE_PROTOCOL = ("subjects", "schemas", "config", "mode", "compatibility", "contexts", "exporters", "associations")
"""How its paths begin. What is not there is answered in its own form, for its clients read no other."""
NO_SUBJECT, NO_VERSION, NO_SCHEMA, NO_SUCH_PATH = 40401, 40402, 40403, 404


def answers() -> dict[str, object]:
    """{path: answer}."""
    versions: dict[str, list[int]] = {}
    found: dict[str, object] = {"config": LEVEL, "mode": MODE, "schemas/types": ["JSON"]}
    for name, file in contracts.schema_files().items():
        event_type, version = contracts.parts(file.removeprefix("events/"))
        subject = f"healz.{event_type}"
        number = int.from_bytes(sha256(name.encode()).digest()[:4]) >> 1
        text = contracts.read(file).decode()
        schema = {"schema": text, "schemaType": "JSON", "id": number}
        found[f"schemas/ids/{number}"] = schema
        found[f"schemas/ids/{number}/subjects"] = [subject]
        found[f"schemas/ids/{number}/versions"] = [{"subject": subject, "version": version}]
        found[f"subjects/{subject}/versions/{version}"] = schema | {"subject": subject, "version": version}
        for path in (f"schemas/ids/{number}", f"subjects/{subject}/versions/{version}"):
            found[f"{path}/schema"] = json.loads(text)
        versions.setdefault(subject, []).append(version)
    for subject, numbers in versions.items():
        latest = f"subjects/{subject}/versions/{max(numbers)}"
        found[f"subjects/{subject}/versions"] = sorted(numbers)
        found[f"subjects/{subject}/versions/latest"] = found[latest]
        found[f"subjects/{subject}/versions/latest/schema"] = found[f"{latest}/schema"]
        found[f"config/{subject}"], found[f"mode/{subject}"] = LEVEL, MODE
    return found | {"subjects": sorted(versions)}


def missing(path: str, found: dict[str, Any]) -> dict[str, object] | None:
    """What is said of a path that ``found`` lacks, with status 404; None where the path is none of the protocol."""
    match path.split("/"):
        case ["subjects" | "config" | "mode", subject, *_] if f"config/{subject}" not in found:
            return _error(NO_SUBJECT, f"Subject '{subject}' not found.")
        case ["subjects", _, "versions", version, *_] if (
            f"{path.partition('/versions/')[0]}/versions/{version}" not in found
        ):
            return _error(NO_VERSION, f"Version {version} not found.")
        case ["schemas", "ids", number, *_] if f"schemas/ids/{number}" not in found:
            return _error(NO_SCHEMA, f"Schema {number} not found.")
        case [first, *_] if first in OF_THE_PROTOCOL:
            return _error(NO_SUCH_PATH, "There is nothing here: schemas are read here, and nothing else.")
    return None


def _error(code: int, message: str) -> dict[str, object]:
    return {"error_code": code, "message": message}
