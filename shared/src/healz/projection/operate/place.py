"""A rebuild's place: a row per tenant says who rebuilds it and how far that got, so that another goes on from there."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from healz.projection.refold.span import FIRST

# A rebuild for another version of the projection begins anew.
GOES_ON = "r.projection_version = EXCLUDED.projection_version AND NOT $5::boolean"
TAKE = """
INSERT INTO {schema}.rebuild AS r (tenant_id, projection_version, held_by, held_until)
VALUES ($1, $2, $3, now() + make_interval(secs => $4))
ON CONFLICT (tenant_id) DO UPDATE
SET held_by = EXCLUDED.held_by, held_until = EXCLUDED.held_until, projection_version = EXCLUDED.projection_version,
    after_patient_id = CASE WHEN {goes_on} THEN r.after_patient_id END,
    patients     = CASE WHEN {goes_on} THEN r.patients ELSE 0 END,
    events       = CASE WHEN {goes_on} THEN r.events ELSE 0 END,
    rows_changed = CASE WHEN {goes_on} THEN r.rows_changed ELSE 0 END,
    started_at   = CASE WHEN {goes_on} THEN r.started_at ELSE now() END
WHERE r.held_until < now()
RETURNING after_patient_id, patients, events, rows_changed, started_at
"""
HELD = "SELECT held_by, held_until FROM {schema}.rebuild WHERE tenant_id = $1"
ADVANCE = """
UPDATE {schema}.rebuild
   SET after_patient_id = $3, patients = $4, events = $5, rows_changed = $6,
       held_until = now() + make_interval(secs => $7)
 WHERE tenant_id = $1 AND held_by = $2
"""
LET_GO = "UPDATE {schema}.rebuild SET held_until = now() WHERE tenant_id = $1 AND held_by = $2"
# Where the read model was of another log, ahead of its end, or set back by hand, the checkpoint is set to where this
# log is, and then refolded: meanwhile the projector applies what comes, as ever. Never to before what the rows hold
# already: that would be applied twice until its patients' turn comes.
SET_RIGHT = """
UPDATE {schema}.checkpoint AS c
   SET position = s.position, event_position = e.position, event_id = e.event_id, refolds = c.refolds + 1
  FROM (SELECT least(greatest(k.position, k.event_position), COALESCE(l.position, 0)) AS position
          FROM {schema}.checkpoint AS k LEFT JOIN event_store.tenant_log AS l ON l.tenant_id = k.tenant_id
         WHERE k.tenant_id = $1) AS s
  LEFT JOIN event_store.events AS e ON e.tenant_id = $1 AND e.position = s.position
 WHERE c.tenant_id = $1
"""
DONE = """
WITH shown AS MATERIALIZED (SELECT set_config('healz.tenant_ids', $1::uuid::text, true)::uuid AS tenant_id),
     done AS MATERIALIZED (
       DELETE FROM {schema}.rebuild AS r USING shown WHERE r.tenant_id = shown.tenant_id AND r.held_by = $2
       RETURNING r.tenant_id)
UPDATE {schema}.checkpoint AS c SET projection_version = $3 FROM done WHERE c.tenant_id = done.tenant_id
"""


class Underway(Exception):
    """Somebody else rebuilds this tenant, or did until a moment ago."""


@dataclass
class RebuildPlace:
    """How far the rebuild of a tenant has got: the patients up to ``after`` are done."""

    after: UUID = FIRST
    patients: int = 0
    events: int = 0
    rows_changed: int = 0
    started_at: datetime | None = None


class RebuildPlaces:
    """The rebuilds of one projection, as this process holds them."""

    def __init__(self, schema: str, version: int, lease_seconds: float) -> None:
        self._version = version
        self._lease_seconds = lease_seconds
        self._me = f"{socket.gethostname()}, process {os.getpid()}, {uuid4().hex[:8]}"
        self._take, self._held, self._advance, self._let_go, self._set_right, self._done = (
            text.format(schema=schema, goes_on=GOES_ON) for text in (TAKE, HELD, ADVANCE, LET_GO, SET_RIGHT, DONE)
        )

    async def take(self, connection: Any, tenant_id: UUID, *, anew: bool) -> RebuildPlace:
        """Where an interrupted one ended, unless it is to begin ``anew``; else the beginning. Raises Underway."""
        row = await connection.fetchrow(self._take, tenant_id, self._version, self._me, self._lease_seconds, anew)
        if row is None:
            held_by, until = await connection.fetchrow(self._held, tenant_id) or ("somebody who has just ended", None)
            raise Underway(f"{tenant_id} is being rebuilt by {held_by}{_until(until)}")
        after, *counted = row
        return RebuildPlace(after or FIRST, *counted)

    async def advance(self, connection: Any, tenant_id: UUID, place: RebuildPlace) -> None:
        """Writes it down, and holds on to it. Raises Underway where somebody took it since."""
        done = await connection.execute(
            self._advance,
            tenant_id,
            self._me,
            place.after,
            place.patients,
            place.events,
            place.rows_changed,
            self._lease_seconds,
        )
        if done.endswith(" 0"):
            raise Underway(f"{tenant_id} has been taken over: this process was silent for too long")

    async def let_go(self, connection: Any, tenant_id: UUID) -> None:
        """Interrupted: whoever comes next goes on at once."""
        await connection.execute(self._let_go, tenant_id, self._me)

    async def set_right(self, connection: Any, tenant_id: UUID) -> None:
        """The checkpoint, to where the log that counts now is. Within ``Writing.held``."""
        await connection.execute(self._set_right, tenant_id)

    async def done(self, connection: Any, tenant_id: UUID) -> None:
        """All patients are."""
        await connection.execute(self._done, tenant_id, self._me, self._version)


def _until(until: datetime | None) -> str:
    return "" if until is None else f" (should that have been killed: try again after {until:%H:%M:%S} UTC)"
