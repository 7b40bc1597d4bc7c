"""The organisation, its clinics and its doctors: there before anybody can be booked."""

from collections.abc import Mapping, Sequence

from healz_local.demo.allocate import PlannedVisit, clinic_name
from healz_local.demo.api import CONNECTIONS_MAX, Api, RefusedByApi
from healz_local.demo.people import doctor_name
from healz_local.demo.rows import ZONE
from healz_local.demo.side_by_side import side_by_side


async def put_reference(api: Api, visits: Sequence[PlannedVisit]) -> None:
    """Those of these visits. Raises LocalStackError and RefusedByApi."""
    clinics = {visit.clinic_id: visit.row.neighbourhood for visit in visits}
    doctors = {visit.doctor_id: visit.clinic_id for visit in visits}

    async def put(path: str, body: Mapping[str, object]) -> None:
        try:
            await api.send("PUT", f"/v1/{path}", role="admin", body=body)
        except RefusedByApi as refused:
            if refused.rule != "part_left_out":
                raise
            # Somebody has given it hours or rules since the demonstration before: they stay.
            await api.send("PATCH", f"/v1/{path}", role="admin", body=body)

    await put("tenant", {"name": "Healz demonstration", "time_zone": ZONE.key})
    puts = [put(f"clinics/{key}", {"name": clinic_name(name)}) for key, name in clinics.items()]
    await side_by_side(puts, CONNECTIONS_MAX)
    puts = [
        put(f"doctors/{key}", {"full_name": doctor_name(key), "clinic_ids": [str(clinic)]})
        for key, clinic in doctors.items()
    ]
    await side_by_side(puts, CONNECTIONS_MAX)
