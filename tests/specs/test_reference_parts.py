"""What is kept of an organisation, a clinic or a doctor once more is put, or patched."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from command_api.decide.rejected import Rejected
from command_api.decide.times import DEFAULT_TIME_ZONE
from command_api.reference.commands import Put, PutClinic, PutDoctor, PutTenant
from command_api.reference.kept import put_by
from command_api.reference.patches import PATCHES, PatchClinic, PatchDoctor, PatchTenant

CENTRO, SERRA = str(UUID(int=1)), str(UUID(int=2))
MONDAY = {"weekday": 1, "opens_at": "08:00", "closes_at": "24:00"}
ON_DUTY = {"clinic_id": CENTRO, "weekday": 1, "from": "08:00", "until": "12:00"}
CLINIC = {"name": "Centro", "time_zone": "America/Manaus", "opening_hours": [MONDAY]}
DOCTOR = {"full_name": "Ana", "clinic_ids": [CENTRO, SERRA], "schedule": [ON_DUTY]}
TENANT = {
    "name": "Rede",
    "time_zone": "America/Manaus",
    "journey_rules": {"score_high": 0.6, "silence_days_min": 20},
    "squeeze_in_roles": ["manager"],
}


def as_kept(put: Put | None) -> dict[str, Any]:
    assert put is not None
    return put.model_dump(mode="json", by_alias=True, exclude_unset=True)


@pytest.mark.parametrize(
    ("kept", "put", "lost"),
    [
        (CLINIC, PutClinic(name="Centro Novo"), "time_zone, opening_hours"),
        (CLINIC, PutClinic(name="Centro Novo", time_zone=None), "opening_hours"),
        (CLINIC | {"opening_hours": []}, PutClinic(name="Centro Novo", time_zone=None), "opening_hours"),
        (DOCTOR, PutDoctor(full_name="Ana Maria", clinic_ids=(UUID(CENTRO),)), "schedule"),
        (TENANT, PutTenant(name="Rede Nova"), "time_zone, journey_rules, squeeze_in_roles"),
        (TENANT, PutTenant(name="Rede", time_zone="America/Manaus", squeeze_in_roles=()), "journey_rules"),
    ],
)
def test_a_put_that_would_lose_what_is_kept_is_refused_and_names_it(kept: dict[str, Any], put: Put, lost: str) -> None:
    with pytest.raises(Rejected, match=f"a PUT replaces all, and {lost} would be lost") as refused:
        put_by(put, kept, type(put))
    assert refused.value.rule == "part_left_out"


@pytest.mark.parametrize(
    ("kept", "put"),
    [
        (None, PutClinic(name="Centro")),
        (CLINIC | {"time_zone": None, "opening_hours": None}, PutClinic(name="Centro Novo")),
        (CLINIC, PutClinic(name="Centro Novo", time_zone=None, opening_hours=None)),
        (DOCTOR | {"schedule": None}, PutDoctor(full_name="Ana Maria", clinic_ids=(UUID(CENTRO),))),
        (
            TENANT | {"time_zone": DEFAULT_TIME_ZONE, "journey_rules": {}, "squeeze_in_roles": []},
            PutTenant(name="Rede Nova"),
        ),
    ],
)
def test_a_put_that_loses_nothing_or_says_so_replaces_all(kept: dict[str, Any] | None, put: Put) -> None:
    assert put_by(put, kept, type(put)) is put


def test_a_patch_changes_what_it_names_and_nothing_else() -> None:
    assert as_kept(put_by(PatchDoctor(full_name="Ana Maria"), DOCTOR, PutDoctor)) == DOCTOR | {"full_name": "Ana Maria"}
    assert as_kept(put_by(PatchDoctor(schedule=None), DOCTOR, PutDoctor)) == DOCTOR | {"schedule": None}
    assert as_kept(put_by(PatchClinic(time_zone=None), CLINIC, PutClinic)) == CLINIC | {"time_zone": None}
    assert as_kept(put_by(PatchClinic.model_validate({"opening_hours": []}), CLINIC, PutClinic)) == CLINIC | {
        "opening_hours": []
    }
    for part, value in (("time_zone", DEFAULT_TIME_ZONE), ("journey_rules", None), ("squeeze_in_roles", ())):
        put = put_by(PatchTenant.model_validate({part: None}), TENANT, PutTenant)
        assert getattr(put, part) == value
    roles = put_by(PatchTenant(squeeze_in_roles=("doctor",)), TENANT, PutTenant)
    assert as_kept(roles) == TENANT | {"squeeze_in_roles": ["doctor"]}


def test_of_the_rules_the_numbers_that_are_named_change() -> None:
    def then(changed: dict[str, Any]) -> Any:
        return as_kept(put_by(PatchTenant(journey_rules=changed), TENANT, PutTenant))["journey_rules"]

    assert then({"score_high": 0.65}) == {"score_high": 0.65, "silence_days_min": 20}
    assert then({"score_high": None, "score_medium": "0.2"}) == {"score_medium": 0.2, "silence_days_min": 20}
    assert then({}) == TENANT["journey_rules"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"silence_days_high": 15}, ("journey_rules",)),  # below the 20 that are kept
        ({"color": 1}, ("journey_rules", "color")),
        ({"silence_days_min": "20"}, ("journey_rules", "silence_days_min")),
        ({"score_high": 2}, ("journey_rules", "score_high")),
    ],
)
def test_what_does_not_fit_what_is_kept_is_refused(changed: dict[str, Any], field: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        put_by(PatchTenant(journey_rules=changed), TENANT, PutTenant)
    assert refused.value.errors()[0]["loc"][: len(field)] == field


def test_a_clinic_is_not_left_while_the_schedule_names_it() -> None:
    with pytest.raises(ValidationError, match="schedule names a clinic that clinic_ids does not"):
        put_by(PatchDoctor(clinic_ids=(UUID(SERRA),)), DOCTOR, PutDoctor)


def test_what_is_not_there_is_not_patched() -> None:
    assert put_by(PatchClinic(name="Centro"), None, PutClinic) is None


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.__name__)
def test_a_patch_names_something_and_takes_no_name_away(patch: Any) -> None:
    with pytest.raises(ValidationError, match="name what changes"):
        patch.model_validate({})
    name = next(iter(patch.model_fields))
    with pytest.raises(ValidationError, match="can be changed but not cleared"):
        patch.model_validate({name: None})
