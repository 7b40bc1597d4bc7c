"""What is kept of tenants, clinics and doctors, as it was put; and what is kept then, when more is put or patched."""

from collections.abc import Mapping
from typing import Any, TypeVar

from command_api.decide.rejected import Rejected
from command_api.reference.commands import Put
from command_api.reference.patches import Patch

AnyPut = TypeVar("AnyPut", bound=Put)

# Times as text: Python has no 24:00. Each is a column of its clinic ``c`` or doctor ``d``.
OPENING_HOURS = """CASE WHEN c.keeps_hours
            THEN (SELECT COALESCE(jsonb_agg(jsonb_build_object('weekday', h.weekday,
                                                               'opens_at', to_char(h.opens_at::interval, 'HH24:MI'),
                                                               'closes_at', to_char(h.closes_at::interval, 'HH24:MI'))
                                            ORDER BY h.weekday, h.opens_at), '[]')
                    FROM reference.opening_hours AS h
                   WHERE h.tenant_id = $1 AND h.clinic_id = c.clinic_id) END"""
SCHEDULE = """CASE WHEN d.keeps_schedule
            THEN (SELECT COALESCE(jsonb_agg(jsonb_build_object('clinic_id', s.clinic_id,
                                                               'weekday', s.weekday,
                                                               'from', to_char(s.starts_at::interval, 'HH24:MI'),
                                                               'until', to_char(s.ends_at::interval, 'HH24:MI'))
                                            ORDER BY s.clinic_id, s.weekday, s.starts_at), '[]')
                    FROM reference.doctor_schedules AS s
                   WHERE s.tenant_id = $1 AND s.doctor_id = d.doctor_id
                     AND ({clinics}::uuid[] IS NULL OR s.clinic_id = ANY ({clinics}))) END"""
"""Of these clinics; NULL: of all."""

# Locked: who changes another part at the same time waits, and changes what is kept then.
KEPT_TENANT = """
SELECT jsonb_build_object('name', name, 'time_zone', time_zone, 'journey_rules', journey_rules,
                          'squeeze_in_roles', squeeze_in_roles)
  FROM reference.tenants
 WHERE tenant_id = $1
   FOR UPDATE
"""
KEPT_CLINIC = f"""
SELECT jsonb_build_object('name', c.name, 'time_zone', c.time_zone, 'opening_hours', {OPENING_HOURS})
  FROM reference.clinics AS c
 WHERE c.tenant_id = $1 AND c.clinic_id = $2
   FOR UPDATE
"""  # noqa: S608  # our own column
KEPT_DOCTOR = f"""
SELECT jsonb_build_object('full_name', d.full_name,
                          'clinic_ids', ARRAY(SELECT clinic_id
                                                FROM reference.doctor_clinics
                                               WHERE tenant_id = $1 AND doctor_id = $2
                                               ORDER BY clinic_id),
                          'schedule', {SCHEDULE.format(clinics="NULL")})
  FROM reference.doctors AS d
 WHERE d.tenant_id = $1 AND d.doctor_id = $2
   FOR UPDATE
"""  # noqa: S608  # our own column


def put_by(asked: Put | Patch, kept: Mapping[str, Any] | None, as_put: type[AnyPut]) -> AnyPut | None:
    """What is to be kept now, ``kept`` being what was put so far (None: nothing); None: nothing is there to patch.

    A PUT replaces all, and says so: what would be lost by being left out has to be named. Raises Rejected; and
    pydantic's ValidationError where a patch does not fit what is kept.
    """
    if isinstance(asked, Patch):
        return None if kept is None else as_put.model_validate(asked.over(kept))
    assert isinstance(asked, as_put)
    said = asked.model_fields_set
    lost = [
        part
        for part, value in (kept or {}).items()
        if part not in said and value not in (None, {}, default(as_put, part))
    ]
    if lost:
        raise Rejected(
            "part_left_out",
            f"a PUT replaces all, and {', '.join(lost)} would be lost: send it, or null to have it no more; or PATCH"
            " what changes",
        )
    return asked


def default(as_put: type[Put], part: str) -> Any:
    """What it is where nothing is said of it, as JSON has it."""
    value = as_put.model_fields[part].default
    return list(value) if isinstance(value, tuple) else value
