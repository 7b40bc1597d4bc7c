"""Whether what the pages show of a patient lacks something: an event could not be applied to a read model."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from command_api.http.console.asking import OwnApi
from command_api.http.problems import Problem


async def parked_of(api: OwnApi, patient_id: UUID, journeys: Sequence[Mapping[str, Any]]) -> bool:
    """Of the patient's own row, or of the journeys': who is parked there is so for all of them."""
    asked = [_is_parked(api, f"/v1/patients/{patient_id}/why", "status")]
    asked += [_is_parked(api, f"/v1/journeys/{journey['journey_id']}/why", "current_stage") for journey in journeys[:1]]
    return any(await asyncio.gather(*asked))


async def _is_parked(api: OwnApi, path: str, column: str) -> bool:
    try:
        answer = await api.get(path, column=column)
    except Problem as problem:
        # A read model that has only begun, or a history too long to be folded just now: a note is no reason to show
        # nothing.
        if problem.status not in (404, 503):
            raise
        return False
    return answer["parked_at_position"] is not None
