"""Tenants, clinics and doctors in PostgreSQL."""

from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from command_api.decider import Doctor, Given
from command_api.reference.commands import PutClinic, PutDoctor, PutTenant

ENTER_TENANT = "SELECT ops.enter_tenant($1)"
PUT_TENANT = """
INSERT INTO reference.tenants (tenant_id, name, time_zone) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id) DO UPDATE SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, updated_at = now()
"""
PUT_CLINIC = """
INSERT INTO reference.clinics (tenant_id, clinic_id, name, time_zone) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, clinic_id) DO UPDATE
SET name = EXCLUDED.name, time_zone = EXCLUDED.time_zone, updated_at = now()
"""
PUT_DOCTOR = """
INSERT INTO reference.doctors (tenant_id, doctor_id, full_name) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, doctor_id) DO UPDATE
SET full_name = EXCLUDED.full_name, updated_at = now()
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
MISSING_CLINICS = """
SELECT c.clinic_id
  FROM unnest($2::uuid[]) AS c (clinic_id)
 WHERE NOT EXISTS (SELECT FROM reference.clinics AS r WHERE r.tenant_id = $1 AND r.clinic_id = c.clinic_id)
"""
NAMED = """
SELECT (SELECT COALESCE(c.time_zone, t.time_zone, 'America/Sao_Paulo')
          FROM reference.clinics AS c LEFT JOIN reference.tenants AS t ON t.tenant_id = c.tenant_id
         WHERE c.tenant_id = $1 AND c.clinic_id = $2) AS time_zone,
       d.full_name,
       ARRAY(SELECT clinic_id FROM reference.doctor_clinics WHERE tenant_id = $1 AND doctor_id = $3) AS clinic_ids
  FROM (VALUES (1)) AS one
  LEFT JOIN reference.doctors AS d ON d.tenant_id = $1 AND d.doctor_id = $3
"""


class Reference:
    """Reads and writes through one pool; the tenant is set per transaction."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def named(self, given: Given, tenant_id: UUID, clinic_id: UUID, doctor_id: UUID | None) -> Given:
        """``given`` with this clinic's zone and this doctor, as far as they exist."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(ENTER_TENANT, tenant_id)
            (row,) = await connection.fetch(NAMED, tenant_id, clinic_id, doctor_id)
        doctor = Doctor(row["full_name"], frozenset(row["clinic_ids"])) if row["full_name"] is not None else None
        return replace(given, clinic_zone=ZoneInfo(row["time_zone"]) if row["time_zone"] else None, doctor=doctor)

    async def put_tenant(self, tenant_id: UUID, put: PutTenant) -> None:
        await self._put(tenant_id, PUT_TENANT, tenant_id, put.name, put.time_zone)

    async def put_clinic(self, tenant_id: UUID, clinic_id: UUID, put: PutClinic) -> None:
        await self._put(tenant_id, PUT_CLINIC, tenant_id, clinic_id, put.name, put.time_zone)

    async def put_doctor(self, tenant_id: UUID, doctor_id: UUID, put: PutDoctor) -> list[UUID]:
        """Returns the named clinics that don't exist; with any, nothing was written."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(ENTER_TENANT, tenant_id)
            missing = [row[0] for row in await connection.fetch(MISSING_CLINICS, tenant_id, put.clinic_ids)]
            if not missing:
                await connection.execute(PUT_DOCTOR, tenant_id, doctor_id, put.full_name)
                await connection.execute(PUT_DOCTOR_CLINICS, tenant_id, doctor_id, put.clinic_ids)
            return missing

    async def _put(self, tenant_id: UUID, statement: str, *values: Any) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(ENTER_TENANT, tenant_id)
            await connection.execute(statement, *values)
