"""A patient whose history is as long as a test wants it, sooner than by as many commands."""

from dataclasses import dataclass
from uuid import UUID

import httpx

from system import Database, put_clinic, register

# The conversation's last message so many times more, each with an id and a text of its own, as the append leaves them.
MORE_MESSAGES = """
WITH head AS (
    UPDATE event_store.tenant_log SET position = position + $3::integer
     WHERE tenant_id = $1 RETURNING position - $3::integer AS position
), stream AS (
    UPDATE event_store.streams SET version = version + $3::integer
     WHERE tenant_id = $1 AND aggregate_id = $2 RETURNING patient_id, version - $3::integer AS version
), facts AS (
    UPDATE event_store.patient_log AS p SET facts = facts + $3::integer
      FROM stream WHERE p.tenant_id = $1 AND p.patient_id = stream.patient_id
)
INSERT INTO event_store.events (
    tenant_id, position, created_at, event_id, event_type, schema_version, aggregate_type, aggregate_id,
    aggregate_version, patient_id, clinic_id, causation_id, correlation_id, user_id, event_data, metadata)
SELECT e.tenant_id, head.position + n, e.created_at, gen_random_uuid(), e.event_type, e.schema_version,
       e.aggregate_type, e.aggregate_id, stream.version + n, e.patient_id, e.clinic_id, e.causation_id,
       e.correlation_id, e.user_id,
       e.event_data || jsonb_build_object(
           'message_id', gen_random_uuid(), 'content', left(repeat(md5(n::text), 128), $4::integer)), e.metadata
  FROM head, stream, generate_series(1, $3::integer) AS n,
       (SELECT * FROM event_store.events WHERE tenant_id = $1 AND aggregate_id = $2 AND event_type = 'MessageReceived'
         ORDER BY position DESC LIMIT 1) AS e
"""


@dataclass(frozen=True)
class Talker:
    """A patient and their conversation."""

    tenant_id: UUID
    patient_id: UUID
    conversation_id: UUID

    @property
    def messages(self) -> str:
        return f"/v1/conversations/{self.conversation_id}/messages"

    async def go_on(self, database: Database, messages: int, length: int = 4096) -> None:
        """So many messages more, of that length."""
        await database.admin.execute(MORE_MESSAGES, self.tenant_id, self.conversation_id, messages, length)


async def new_talker(client: httpx.AsyncClient, tenant_id: UUID) -> Talker:
    """A new patient who has said one thing; ``client`` is an admin's."""
    clinic, patient_id = await put_clinic(client), await register(client)
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    answer = await client.post("/v1/conversations", json=body)
    talker = Talker(tenant_id, patient_id, UUID(answer.raise_for_status().json()["id"]))
    (await client.post(talker.messages, json=HELLO)).raise_for_status()
    return talker


HELLO = {"direction": "inbound", "content": "oi"}
