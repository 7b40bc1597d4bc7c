"""Tenants, clinics and doctors in PostgreSQL."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from command_api.decide.appointment.hours import Hours, Window
from command_api.decide.given import Doctor, Given
from command_api.decide.rejected import Rejected
from command_api.reference.commands import PutClinic, PutDoctor, PutTenant
from command_api.reference.kept import KEPT_CLINIC, KEPT_DOCTOR, KEPT_TENANT, put_by
from command_api.reference.patches import PatchClinic, PatchDoctor, PatchTenant
from command_api.shares import Shares, placed

ENTER_TENANT = "SELECT ops.enter_tenant($1)"
PUT_TENANT = """
INSERT INTO reference.tenants (tenant_id, name, time_zone, journey_rules, squeeze_in_roles) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id) DO UPDATE
SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, journey_rules = EXCLUDED.journey_rules,
    squeeze_in_roles = EXCLUDED.squeeze_in_roles, updated_at = now()
"""
PUT_CLINIC = """
INSERT INTO reference.clinics (tenant_id, clinic_id, name, time_zone, keeps_hours) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, clinic_id) DO UPDATE
SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, keeps_hours = EXCLUDED.keeps_hours, updated_at = now()
"""
# The row above is locked by then: who puts the same clinic at the same time waits, and replaces these.
CLEAR_OPENING_HOURS = "DELETE FROM reference.opening_hours WHERE tenant_id = $1 AND clinic_id = $2"
PUT_OPENING_HOURS = """
INSERT INTO reference.opening_hours (tenant_id, clinic_id, weekday, opens_at, closes_at)
SELECT $1, $2, weekday, opens_at::time, closes_at::time
  FROM unnest($3::smallint[], $4::text[], $5::text[]) AS n (weekday, opens_at, closes_at)
"""
PUT_DOCTOR = """
INSERT INTO reference.doctors (tenant_id, doctor_id, full_name, keeps_schedule) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, doctor_id) DO UPDATE
SET full_name = EXCLUDED.full_name, keeps_schedule = EXCLUDED.keeps_schedule, updated_at = now()
"""
# One statement: what a doctor leaves and what is new.
PUT_DOCTOR_CLINICS = """
WITH gone AS (
    DELETE FROM reference.doctor_clinics WHERE tenant_id = $1 AND doctor_id = $2 AND clinic_id <> ALL ($3::uuid[])
)
INSERT INTO reference.doctor_clinics (tenant_id, doctor_id, clinic_id)
SELECT $1, $2, clinic_id FROM unnest($3::uuid[]) AS n (clinic_id)
ON CONFLICT DO NOTHING
"""
CLEAR_DOCTOR_SCHEDULE = "DELETE FROM reference.doctor_schedules WHERE tenant_id = $1 AND doctor_id = $2"
PUT_DOCTOR_SCHEDULE = """
INSERT INTO reference.doctor_schedules (tenant_id, doctor_id, clinic_id, weekday, starts_at, ends_at)
SELECT $1, $2, clinic_id, weekday, starts_at::time, ends_at::time
  FROM unnest($3::uuid[], $4::smallint[], $5::text[], $6::text[]) AS n (clinic_id, weekday, starts_at, ends_at)
"""
MISSING_CLINICS = """
SELECT c.clinic_id
  FROM unnest($2::uuid[]) AS c (clinic_id)
 WHERE NOT EXISTS (SELECT FROM reference.clinics AS r WHERE r.tenant_id = $1 AND r.clinic_id = c.clinic_id)
"""
# Python has no 24:00: minutes after 0:00 instead of times. The tenant is entered first: what refers to that row can't
# be read before it is there, and OFFSET 0 keeps the planner from putting the two together.
NAMED = """
SELECT n.*
  FROM ops.enter_tenant($1) AS entered (tenant_id)
 CROSS JOIN LATERAL (
SELECT CASE WHEN c.clinic_id IS NOT NULL THEN reference.clinic_zone(c.time_zone, t.time_zone) END AS time_zone,
       CASE WHEN c.keeps_hours
            THEN ARRAY(SELECT ARRAY[weekday, EXTRACT(epoch FROM opens_at) / 60, EXTRACT(epoch FROM closes_at) / 60]
                         FROM reference.opening_hours
                        WHERE tenant_id = $1 AND clinic_id = $2)::int[] END AS opening_hours,
       t.squeeze_in_roles,
       d.full_name,
       ARRAY(SELECT clinic_id FROM reference.doctor_clinics WHERE tenant_id = $1 AND doctor_id = $3) AS clinic_ids,
       CASE WHEN d.keeps_schedule
            THEN ARRAY(SELECT ARRAY[weekday, EXTRACT(epoch FROM starts_at) / 60, EXTRACT(epoch FROM ends_at) / 60]
                         FROM reference.doctor_schedules
                        WHERE tenant_id = $1 AND doctor_id = $3 AND clinic_id = $2)::int[] END AS schedule
  FROM (VALUES (1)) AS only_row
  LEFT JOIN reference.clinics AS c ON c.tenant_id = $1 AND c.clinic_id = $2
  LEFT JOIN reference.tenants AS t ON t.tenant_id = $1
  LEFT JOIN reference.doctors AS d ON d.tenant_id = $1 AND d.doctor_id = $3
 WHERE entered.tenant_id IS NOT NULL
OFFSET 0
) AS n
"""


class Reference:
    """Reads and writes through one pool; the tenant is set per transaction. Each write takes one of the tenant's
    ``shares``: who puts the same row at the same time waits in the database, with a connection held."""

    def __init__(self, pool: asyncpg.Pool, shares: Shares | None = None) -> None:
        self._pool = pool
        self._shares = shares

    async def named(self, given: Given, tenant_id: UUID, clinic_id: UUID, doctor_id: UUID | None) -> Given:
        """``given`` with this clinic's zone and hours and this doctor, as far as they exist."""
        (row,) = await self._pool.fetch(NAMED, tenant_id, clinic_id, doctor_id)
        doctor = None
        if row["full_name"] is not None:
            doctor = Doctor(row["full_name"], frozenset(row["clinic_ids"]), _hours(row["schedule"]))
        return replace(
            given,
            clinic_zone=ZoneInfo(row["time_zone"]) if row["time_zone"] else None,
            opening_hours=_hours(row["opening_hours"]),
            doctor=doctor,
            squeeze_in_roles=frozenset(row["squeeze_in_roles"] or ()),
        )

    @asynccontextmanager
    async def _writing(self, tenant_id: UUID) -> AsyncIterator[Any]:
        async with (
            placed(self._shares, tenant_id),
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            await connection.execute(ENTER_TENANT, tenant_id)
            yield connection

    async def put_tenant(self, tenant_id: UUID, asked: PutTenant | PatchTenant) -> bool:
        """Whether it was kept; a patch of what is not there is not. Likewise the others. Raises as ``put_by`` does."""
        async with self._writing(tenant_id) as connection:
            put = put_by(asked, await _kept(connection, KEPT_TENANT, tenant_id), PutTenant)
            if put is not None:
                # Only what differs: a number that nobody named follows the release.
                rules = put.journey_rules.model_dump_json(exclude_unset=True) if put.journey_rules else None
                await connection.execute(PUT_TENANT, tenant_id, put.name, put.time_zone, rules, put.squeeze_in_roles)
        return put is not None

    async def put_clinic(self, tenant_id: UUID, clinic_id: UUID, asked: PutClinic | PatchClinic) -> bool:
        async with self._writing(tenant_id) as connection:
            put = put_by(asked, await _kept(connection, KEPT_CLINIC, tenant_id, clinic_id), PutClinic)
            if put is not None:
                keeps_hours, hours = put.opening_hours is not None, put.opening_hours or ()
                await connection.execute(PUT_CLINIC, tenant_id, clinic_id, put.name, put.own_time_zone, keeps_hours)
                await connection.execute(CLEAR_OPENING_HOURS, tenant_id, clinic_id)
                await connection.execute(
                    PUT_OPENING_HOURS,
                    tenant_id,
                    clinic_id,
                    [window.weekday for window in hours],
                    [window.opens_at for window in hours],
                    [window.closes_at for window in hours],
                )
        return put is not None

    async def put_doctor(self, tenant_id: UUID, doctor_id: UUID, asked: PutDoctor | PatchDoctor) -> bool:
        async with self._writing(tenant_id) as connection:
            put = put_by(asked, await _kept(connection, KEPT_DOCTOR, tenant_id, doctor_id), PutDoctor)
            if put is not None:
                missing = [row[0] for row in await connection.fetch(MISSING_CLINICS, tenant_id, put.clinic_ids)]
                if missing:
                    raise Rejected("clinic_unknown", f"put these clinics first: {', '.join(map(str, missing))}")
                keeps_schedule, schedule = put.schedule is not None, put.schedule or ()
                await connection.execute(PUT_DOCTOR, tenant_id, doctor_id, put.full_name, keeps_schedule)
                await connection.execute(PUT_DOCTOR_CLINICS, tenant_id, doctor_id, put.clinic_ids)
                await connection.execute(CLEAR_DOCTOR_SCHEDULE, tenant_id, doctor_id)
                await connection.execute(
                    PUT_DOCTOR_SCHEDULE,
                    tenant_id,
                    doctor_id,
                    [window.clinic_id for window in schedule],
                    [window.weekday for window in schedule],
                    [window.since for window in schedule],
                    [window.until for window in schedule],
                )
        return put is not None


async def _kept(connection: Any, statement: str, *ids: UUID) -> dict[str, Any] | None:
    kept = await connection.fetchval(statement, *ids)
    return None if kept is None else json.loads(kept)


def _hours(rows: list[list[int]] | None) -> Hours | None:
    return None if rows is None else frozenset(Window(*row) for row in rows)
