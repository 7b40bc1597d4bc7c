"""Whether what the pages show of a patient lacks something: an event could not be applied to a read model."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from command_api.http.console.asking import OwnApi


async def parked_of(api: OwnApi, patient_id: UUID, journeys: Sequence[Mapping[str, Any]]) -> bool:
    """Of the patient's own row, or of the journeys': who is parked there is so for all of them."""
    asked = [api.get(f"/v1/patients/{patient_id}/why", column="status")]
    asked += [api.get(f"/v1/journeys/{journey['journey_id']}/why", column="current_stage") for journey in journeys[:1]]
    return any(answer["parked_at_position"] is not None for answer in await asyncio.gather(*asked))
