"""The contracts of the topic, from memory: /contracts lists them, and each is asked for by its file or its URN. As a
schema registry, for clients that read: the same schemas by subject, version and id.

Anybody may read them, as the document at /schema: they say what events look like, and hold none. They may be kept for
a while: a schema changes at most by optional fields (docs/promises.md).
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from litestar import Request, Router, route
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse
from litestar.serialization import encode_json

from command_api.http.problems import CONTRACTS_PATH
from healz import contracts
from healz.contracts import registry

JSON = "application/json"
REGISTRY_JSON = "application/vnd.schemaregistry.v1+json"
JSON_SCHEMA = "application/schema+json"


@dataclass(frozen=True)
class Contract:
    """One of them, as it is sent."""

    body: bytes
    media_type: str

    @property
    def etag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:32]}"'


def router() -> Router:
    """Its routes; the files are read now, and never again."""
    found = _all()
    tags = {name: contract.etag for name, contract in found.items()}

    @route(["/", "/{name:path}"], http_method=["GET", "HEAD"])
    async def contract(request: Request[Any, Any, Any], name: str = "") -> ASGIResponse:
        name = name.lstrip("/")
        if name not in found:
            missing = registry.missing(name, found)
            if missing is None:
                raise NotFoundException
            return ASGIResponse(body=encode_json(missing), media_type=REGISTRY_JSON, status_code=404)
        headers = {"ETag": tags[name]}
        if tags[name] in request.headers.get("If-None-Match", ""):
            return ASGIResponse(status_code=304, headers=headers)
        return ASGIResponse(body=found[name].body, media_type=found[name].media_type, headers=headers)

    return Router(CONTRACTS_PATH, route_handlers=[contract], include_in_schema=False)


def _all() -> dict[str, Contract]:
    """By each name that one is asked for by; the list of them has none."""
    schemas = contracts.schema_files()
    found = {name: Contract(contracts.read(name), media_type) for name, media_type in contracts.documents().items()}
    listed = {
        "documents": [f"{CONTRACTS_PATH}/{name}" for name in found],
        "schemas": {urn: f"{CONTRACTS_PATH}/{name}" for urn, name in schemas.items()},
    }
    for urn, name in schemas.items():
        found[urn] = found[name] = Contract(contracts.read(name), JSON_SCHEMA)
    found |= {path: Contract(encode_json(answer), REGISTRY_JSON) for path, answer in registry.answers().items()}
    return found | {"": Contract(encode_json(listed), JSON)}
