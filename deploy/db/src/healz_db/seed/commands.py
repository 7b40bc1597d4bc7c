"""Command files: each line goes through the command handler, so that its facts become real events.

A line: {"tenant_id": uuid, "command": "RegisterPatient", "target": uuid, "at": "2026-01-05T12:00:00Z",
"role": "import", "data": {…}}. ``at`` is the handler's clock; all ids follow from the file's name and the line's
number.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, ValidationError

from command_api.append import Guarded
from command_api.append_refused import ClocksApart
from command_api.decide.commands import COMMANDS
from command_api.decide.given import Role
from command_api.decide.limits import Limits
from command_api.decide.rejected import Rejected
from command_api.event_store import EventStore
from command_api.fold.lines import Busy
from command_api.group_commit import Committed
from command_api.handle import Conflict, Handler
from command_api.reference.store import Reference
from command_api.scope import Asked, KeyReused, NotFound
from healz_db.refused import Refused
from healz_db.seed.file import Seed

# A seed that was killed meets its own answer, however late it goes on.
KEY_LIFETIME = timedelta(days=36500)
ATTEMPTS_MAX = 12
_BY_NAME = {command.__name__: command for command in COMMANDS}
NAMESPACE = uuid5(NAMESPACE_URL, "urn:healz:seeds")
# A phase's seeds follow its migrations: they are decided and recorded with the functions that the first phase made.
LOAD_IN_ONE = """
SELECT l.*, false AS is_known, NULL::bytea AS hash_before, NULL::text AS answer_before
  FROM event_store.load_patient($1, $2, $3, $4) AS l
 CROSS JOIN (VALUES ($5::uuid, $6::bigint, $7::timestamptz, $8::integer, $9::integer, $10::text)) AS unused
"""
APPEND = "SELECT event_store.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"


class SeedStore(EventStore):
    """Records one commit at a time, and keeps no case: what a line's ids are must not depend on what is kept."""

    async def record(self, group: Sequence[Guarded]) -> list[Committed]:
        (guarded,) = group
        append = guarded.append
        position = await self.pool.fetchval(
            APPEND,
            append.tenant_id,
            append.patient_id,
            append.facts,
            append.idempotency_key,
            KEY_LIFETIME,
            self.hashes.request(append.tenant_id, append.request_hash),
            json.dumps(append.answer),
            append.correlation_id,
            append.user_id,
            json.dumps(append.metadata),
            append.events_json,
            json.dumps(guarded.guards, default=str),
        )
        return [Committed(position, None)]


class SeedLine(BaseModel):
    """One command, and for whom, by whom and when it is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_id: UUID
    command: str
    target: UUID
    at: AwareDatetime
    role: Role = "import"
    data: dict[str, Any]


async def give(
    seed: Seed, command_url: str, identity_key: SecretStr, line_done: Callable[[int], Awaitable[None]]
) -> int:
    """Gives the commands after ``seed.lines_done`` and returns how many lines there are. Raises Refused."""
    lines = seed.path.read_text().splitlines()
    try:
        pool = await asyncpg.create_pool(
            command_url, min_size=1, max_size=2, server_settings={"application_name": "healz-db seed"}
        )
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise Refused(
            f"{seed.name} is sent as healz_command: {error}; set HEALZ_ROLE_PASSWORD, or HEALZ_SEED_COMMAND_URL"
        ) from error
    async with pool:
        for number, text in enumerate(lines[seed.lines_done :], start=seed.lines_done + 1):
            if text.strip():
                await _give_line(pool, identity_key, seed, number, text)
            await line_done(number)
    return len(lines)


async def _give_line(pool: asyncpg.Pool, identity_key: SecretStr, seed: Seed, number: int, text: str) -> None:
    where = f"{seed.name} line {number}"
    try:
        line = SeedLine.model_validate_json(text)
        command = _BY_NAME[line.command].model_validate(line.data)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise Refused(f"{where} is no command ({wrong}); mend the line and seed again") from error
    except KeyError as error:
        raise Refused(f"{where}: there is no command {error}; mend the line and seed again") from error
    nth = count()

    def new_id() -> UUID:
        return uuid5(NAMESPACE, f"{seed.name}:{number}:{next(nth)}")

    asked = Asked(
        tenant_id=line.tenant_id,
        role=line.role,
        user_id=None,
        clinics=None,
        command_id=new_id(),
        correlation_id=new_id(),
        idempotency_key=f"seed:{seed.version}:{number}",
        request_hash=hashlib.sha256(text.encode()).digest(),
        metadata={"seed": seed.name},
    )
    handler = Handler(
        store=SeedStore(pool, identity_key.get_secret_value().encode(), KEY_LIFETIME, load=LOAD_IN_ONE),
        reference=Reference(pool),
        limits=Limits(),
        clock=lambda: line.at,
        new_id=new_id,
        attempts_max=ATTEMPTS_MAX,
    )
    try:
        await handler.handle(command, line.target, asked)
    except Rejected as refusal:
        raise Refused(f"{where}: {line.command} was refused ({refusal.rule}): {refusal.message}") from refusal
    except (NotFound, Conflict, Busy, KeyReused, ClocksApart, asyncpg.PostgresError) as error:
        raise Refused(f"{where}: {line.command} failed: {type(error).__name__} {error}".rstrip()) from error
