"""Copies of histories by the server itself: a large log in a small part of the time that deciding each event takes."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from benchmarks.histories import fill

ORIGINAL = """
SELECT count(*), max(created_at) - min(created_at) + '1 ms' FROM event_store.events WHERE tenant_id = $1
"""
POSITION = "SELECT position FROM event_store.tenant_log WHERE tenant_id = $1"

COPIED = r"""
CREATE OR REPLACE FUNCTION pg_temp.copied(one jsonb, copy integer) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
SELECT replace(
       regexp_replace(one::text, '01([0-9a-f]{6}-[0-9a-f]{4}-7)', lpad(to_hex(1 + copy), 2, '0') || '\1', 'g'),
       '"phone": "+5527900', '"phone": "+55279' || lpad(copy::text, 2, '0'))::jsonb $$
"""
# Times go on where the tenant's last copy ended, as positions do.
EVENTS = """
INSERT INTO event_store.events
SELECT c.*
  FROM event_store.events AS t
 CROSS JOIN LATERAL jsonb_populate_record(t, pg_temp.copied(to_jsonb(t), $2) || jsonb_build_object(
       'tenant_id', t.tenant_id, 'position', t.position + $2 * $3::bigint,
       'created_at', t.created_at + $2 * $4::interval)) AS c
 WHERE t.tenant_id = $1 AND t.position <= $3
"""
OUTBOX = """
INSERT INTO event_store.outbox (tenant_id, first_position, last_position, created_at)
SELECT tenant_id, min(position), max(position), created_at FROM event_store.events
 WHERE tenant_id = $1 AND position > $2 GROUP BY tenant_id, created_at ORDER BY min(position)
"""
REST = """
INSERT INTO event_store.{table}
SELECT c.*
  FROM event_store.{table} AS t
 CROSS JOIN generate_series($2::integer, $3) AS copy
 CROSS JOIN LATERAL jsonb_populate_record(
       t, pg_temp.copied(to_jsonb(t), copy) || {but} || jsonb_build_object('tenant_id', t.tenant_id)) AS c
 WHERE t.tenant_id = $1 AND t.{id} < '02000000-0000-0000-0000-000000000000'
"""
TIMES = "jsonb_build_object('first_at', first_at + copy * $4::interval, 'last_at', last_at + copy * $4::interval)"
TABLES = {
    "patient_log": ("patient_id", TIMES),
    "streams": ("aggregate_id", "'{}'"),
    "idempotency_keys": ("idempotency_key", "'{}'"),
    "appointment_slots": ("appointment_id", "'{}'"),
    "patient_identities": ("patient_id", "jsonb_build_object('digest', digest || int4send(copy))"),
}
HEAD = """
UPDATE event_store.tenant_log SET position = $3::bigint * (1 + $2), last_at = last_at + $4 * $5::interval
 WHERE tenant_id = $1
"""


@dataclass
class Copies:
    """Copies of one tenant's whole log: other patients, appointments and commands (each UUIDv7 gets years of its own;
    clinics have none), the same course. The relay has them to send."""

    admin: asyncpg.Connection
    tenant_id: UUID
    events: int
    """Of the original."""
    span: timedelta
    """From its first to its last."""
    copies: int = 0

    @classmethod
    async def of(cls, admin: asyncpg.Connection, tenant_id: UUID) -> "Copies":
        """Of what is there."""
        await admin.execute(COPIED)
        ((events, span),) = await admin.fetch(ORIGINAL, tenant_id)
        return cls(admin, tenant_id, events, span)

    async def grow(self, copies: int) -> None:
        """Adds further ones until there are so many."""
        before = await self.admin.fetchval(POSITION, self.tenant_id)
        for number in range(self.copies + 1, copies + 1):
            await self.admin.execute(EVENTS, self.tenant_id, number, self.events, self.span)
        await self.admin.execute(OUTBOX, self.tenant_id, before)
        for table, (name, but) in TABLES.items():
            times = (self.span,) if but is TIMES else ()
            rest = REST.format(table=table, id=name, but=but)
            await self.admin.execute(rest, self.tenant_id, self.copies + 1, copies, *times)
        await self.admin.execute(HEAD, self.tenant_id, copies, self.events, copies - self.copies, self.span)
        self.copies = copies


async def fill_largely(
    pool: asyncpg.Pool, admin: asyncpg.Connection, tenant_id: UUID, events: int, decided: int
) -> int:
    """Appends so many ``decided`` events of a new tenant, and copies of them until there are about ``events``; returns
    how many."""
    await fill(pool, [tenant_id], decided)
    original = await Copies.of(admin, tenant_id)
    await original.grow(max(0, round(events / original.events) - 1))
    return original.events * (1 + original.copies)
