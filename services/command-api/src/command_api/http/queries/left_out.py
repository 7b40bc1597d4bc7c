"""What a read model leaves out of a patient's log: events that were dropped, and whatever follows one that parked them.

A question that folds the log by itself leaves out the same, so that it answers what the row does.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from command_api.http.queries.reader import Reader
from healz.events import Recorded
from healz.read_models import READ_MODELS, ReadModel
from healz.read_models.parked import is_left_out

Rows = TypeVar("Rows")

OF_ONE = """
SELECT '{schema}' AS read_model,
       (SELECT k.position FROM {schema}.parked_patient AS k WHERE k.tenant_id = $1 AND k.patient_id = $2) AS parked,
       ARRAY(SELECT d.position FROM {schema}.dropped_event AS d WHERE d.tenant_id = $1 AND d.patient_id = $2) AS dropped
"""
OF_EACH = "UNION ALL".join(OF_ONE.format(schema=name) for name in READ_MODELS)
# Of the events that the reader sees: the event that parked may be of a clinic that is not theirs, and tell of it.
FIRST_LEFT_OUT = """
SELECT min(e.position)
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.position <= $3
   AND (e.position = $4 OR (e.position > $4 AND e.event_type <> 'PatientAnonymized'))
"""
DROPPED = """
SELECT e.position
  FROM event_store.events AS e
 WHERE e.tenant_id = $1
   AND e.patient_id = $2
   AND e.position <= $3
   AND e.position = ANY ($4)
 ORDER BY e.position
"""


@dataclass(frozen=True)
class LeftOut:
    """Of one patient, by one read model. ``parked``: the position of the event that parked them; None: they are not."""

    parked: int | None = None
    dropped: frozenset[int] = frozenset()

    def has(self, event: Recorded) -> bool:
        """Whether that event is."""
        return event.position in self.dropped or is_left_out(event, self.parked)

    def around(self, evolve: Callable[[Rows, Recorded], Rows]) -> Callable[[Rows, Recorded], Rows]:
        """The fold without these events."""
        if self == LeftOut():
            return evolve
        return lambda rows, event: rows if self.has(event) else evolve(rows, event)


AllLeftOut = Mapping[ReadModel, LeftOut]


async def left_out(connection: Any, reader: Reader, patient_id: UUID, models: Collection[ReadModel]) -> AllLeftOut:
    """By each of these read models."""
    rows = await connection.fetch(OF_EACH, reader.user.tenant_id, patient_id)
    by_model = {row["read_model"]: LeftOut(row["parked"], frozenset(row["dropped"])) for row in rows}
    return {name: by_model[name] for name in models}


def by_all(each: AllLeftOut) -> LeftOut:
    """What all of them leave out: these events nobody folds, and so nobody need be able to read them."""
    parked = [left_out.parked for left_out in each.values()]
    # An anonymisation is never dropped: what is, is left out wherever the patient is parked before it.
    dropped = frozenset[int]().union(*(left_out.dropped for left_out in each.values()))

    def leaves_out(left_out: LeftOut, position: int) -> bool:
        if position in left_out.dropped or position == left_out.parked:
            return True
        return left_out.parked is not None and position > left_out.parked and position in dropped

    return LeftOut(
        parked=None if None in parked else max(filter(None, parked)),
        dropped=frozenset(
            position
            for position in dropped.union(filter(None, parked))
            if all(leaves_out(left_out, position) for left_out in each.values())
        ),
    )


@dataclass(frozen=True)
class Lacking:
    """What an answer lacks, of the events that the reader may know of.

    The first one because the patient is parked, None where they are not; and all that were dropped.
    """

    parked_at_position: int | None
    dropped_positions: list[int]


async def lacking(connection: Any, reader: Reader, patient_id: UUID, until: int, each: AllLeftOut) -> Lacking:
    """Of the events up to the position ``until``."""
    tenant_id, parked = reader.user.tenant_id, None
    first = min((left_out.parked for left_out in each.values() if left_out.parked is not None), default=None)
    if first is not None and first <= until:
        parked = await connection.fetchval(FIRST_LEFT_OUT, tenant_id, patient_id, until, first)
    dropped = sorted(frozenset[int]().union(*(left_out.dropped for left_out in each.values())))
    rows = await connection.fetch(DROPPED, tenant_id, patient_id, until, dropped) if dropped else []
    return Lacking(parked, [row["position"] for row in rows])
