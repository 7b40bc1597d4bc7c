"""From HTTP to the handler and back: headers, ids, the answer."""

import hashlib
from typing import Any
from uuid import UUID

from litestar import Request, Response
from pydantic import BaseModel
from uuid_utils.compat import uuid7

from command_api.decide.command import Command
from command_api.decide.merging.commands import MergePatients
from command_api.handle import Handler
from command_api.http.auth import Principal
from command_api.http.if_match import versions
from command_api.http.problems import Problem
from command_api.http.sent_once import sent_once
from command_api.http.tracing import operation
from command_api.merge import merge
from command_api.scope import Asked

IDEMPOTENCY_KEY_LENGTH_MAX = 255
_PRINTABLE = r"[!-~\xa1-\xac\xae-\xff]"
IDEMPOTENCY_KEY_PATTERN = rf"^{_PRINTABLE}(?:(?:{_PRINTABLE}| )*{_PRINTABLE})?$"
"""HTTP itself takes the blanks around a header's value away."""
OUR_OWN = ("import:", "seed:")
"""With these begin the keys that imports and seeds keep in the clear. They name what somebody may not be told of."""


def idempotency_key(request: Request[Principal, Any, Any]) -> str | None:
    """The one that was sent, if any. Raises Problem when it is none."""
    key = sent_once(request, "idempotency-key")
    if key is not None and not (0 < len(key) <= IDEMPOTENCY_KEY_LENGTH_MAX and key.isprintable()):
        raise Problem(422, f"Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_LENGTH_MAX} printable characters")
    return key


class RecordedEvent(BaseModel):
    """One event that the command led to."""

    event_id: UUID
    event_type: str
    aggregate_id: UUID
    aggregate_version: int


class Answer(BaseModel):
    """``version`` is the aggregate's, ``position`` the tenant's last."""

    id: UUID
    version: int
    position: int
    events: list[RecordedEvent]


EVENT, ANSWER = tuple(RecordedEvent.model_fields), tuple(Answer.model_fields)


class Commands:
    """The handler, for one request."""

    def __init__(self, request: Request[Principal, Any, Any], handler: Handler) -> None:
        self._request = request
        self._handler = handler

    async def take(self, command: Command, target: UUID | None = None) -> Response[Answer]:
        """Hands the command over; 201 for one that makes its aggregate (``target`` None), else 200."""
        asked = self._asked(command, target)
        if isinstance(command, MergePatients) and target is not None:
            answer = await merge(self._handler, command, target, asked)
        else:
            answer = await self._handler.handle(command, target, asked)
        headers = {"ETag": f'"{answer["version"]}"', "Healz-Position": str(answer["position"])}
        # Made by ourselves, now or earlier: not validated once more. An earlier one comes in another order.
        told: Any = {
            **{name: answer[name] for name in ANSWER},
            "events": [{name: event[name] for name in EVENT} for event in answer["events"]],
        }
        return Response(told, status_code=201 if target is None else 200, headers=headers)

    def _asked(self, command: Command, target: UUID | None) -> Asked:
        user = self._request.user
        now = operation(self._request.scope)
        key, hashes = idempotency_key(self._request), self._handler.store.hashes
        return Asked(
            tenant_id=user.tenant_id,
            role=user.role,
            user_id=user.user_id,
            clinics=user.clinics,
            command_id=uuid7(),
            correlation_id=now.correlation_id,
            idempotency_key=None if key is None else hashes.idempotency_key(user.tenant_id, key),
            idempotency_key_before=None if key is None or key.startswith(OUR_OWN) else key,
            request_hash=hashlib.sha256(
                f"{type(command).__name__} {target} {command.model_dump_json(exclude_unset=True)}".encode()
            ).digest(),
            expected_versions=self._expected_versions(target),
            metadata={"traceparent": now.traceparent},
        )

    def _expected_versions(self, target: UUID | None) -> frozenset[int] | None:
        sent = self._request.headers.getall("if-match", [])
        if not sent:
            return None
        if target is None:
            raise Problem(422, "If-Match is for what exists already; leave it out here")
        try:
            return versions(", ".join(sent))
        except ValueError as error:
            raise Problem(422, f"If-Match can't be read: {error}") from error


async def provide_commands(request: Request[Principal, Any, Any]) -> Commands:
    """A dependency of the command routes."""
    return Commands(request, request.app.state.handler)
