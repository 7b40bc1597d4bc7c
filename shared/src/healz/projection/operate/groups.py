"""Parked patients by cause: what one command tries again, or leaves out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from healz.events import UnknownEvent
from healz.projection.refold.mend import Refold, Refolded
from healz.projection.refold.span import of_one

CAUSE = "left(md5(k.event_type || ' ' || k.error), 8)"
GROUPS = """
SELECT {cause} AS cause, k.event_type, k.error, count(*) AS patients, count(DISTINCT k.tenant_id) AS tenants,
       min(k.parked_at) AS since, max(k.parked_at) AS last
  FROM {schema}.parked_patient AS k
 GROUP BY k.event_type, k.error
 ORDER BY count(*) DESC, 1
"""
PARKED = """
SELECT k.tenant_id, k.patient_id, k.position, k.event_type, k.error
  FROM {schema}.parked_patient AS k
 WHERE ($1::text IS NULL OR {cause} = $1) AND ($2::uuid IS NULL OR k.tenant_id = $2)
   AND ($3::uuid IS NULL OR k.patient_id = $3)
 ORDER BY k.tenant_id, k.position
"""
DROP = """
INSERT INTO {schema}.dropped_event (tenant_id, position, patient_id, dropped_by, reason)
SELECT k.tenant_id, k.position, k.patient_id, $4, $5 FROM {schema}.parked_patient AS k
 WHERE k.tenant_id = $1 AND k.patient_id = $2 AND k.position = $3
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Group:
    """All who are parked for the same reason: at an event of this type, with this error."""

    cause: str
    event_type: str
    error: str
    patients: int
    tenants: int
    since: datetime
    last: datetime


@dataclass(frozen=True)
class Which:
    """Of whom: of this cause, tenant, patient; None: of any."""

    cause: str | None = None
    tenant_id: UUID | None = None
    patient_id: UUID | None = None


@dataclass(frozen=True)
class ParkedPatient:
    """One of them, and the event."""

    tenant_id: UUID
    patient_id: UUID
    position: int
    event_type: str
    error: str


async def groups(connection: Any, schema: str) -> list[Group]:
    """The largest first."""
    return [Group(*row) for row in await connection.fetch(GROUPS.format(schema=schema, cause=CAUSE))]


async def parked(connection: Any, schema: str, which: Which) -> list[ParkedPatient]:
    """Tenant by tenant, in the order of the events that parked them."""
    statement = PARKED.format(schema=schema, cause=CAUSE)
    rows = await connection.fetch(statement, which.cause, which.tenant_id, which.patient_id)
    return [ParkedPatient(*row) for row in rows]


async def retry(
    connection: Any, refold: Refold[Any], patients: list[ParkedPatient], progressed: Callable[[Refolded], None]
) -> tuple[Refolded, dict[ParkedPatient, str]]:
    """Refolds them, one after the other. And who could not be, since a newer release has written an event of theirs."""
    done, not_done = Refolded(), dict[ParkedPatient, str]()
    for one in patients:
        try:
            done.add(await refold.mend(connection, of_one(one.tenant_id, one.patient_id)))
        except UnknownEvent as error:
            not_done[one] = str(error)
        progressed(done)
    return done, not_done


async def drop(connection: Any, schema: str, patients: list[ParkedPatient], by: str, reason: str) -> int:
    """Leaves out the event of each for ever; a retry then goes on with those after it. Returns how many."""
    statement, dropped = DROP.format(schema=schema), 0
    for one in patients:
        said: str = await connection.execute(statement, one.tenant_id, one.patient_id, one.position, by, reason)
        dropped += not said.endswith(" 0")
    return dropped
