"""What can be put: the shapes of tenants, clinics and doctors."""

from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_serializer, model_validator

from command_api.decide.cast import CLINIC, CLINIC_NAME, DOCTOR_NAME, ZONE
from command_api.decide.journey.rules import JourneyRules
from command_api.decide.patient.names import NameGiven, VisibleName
from command_api.decide.times import DEFAULT_TIME_ZONE
from command_api.reference.week import Begins, Ends, Weekday, check_apart, check_order
from healz.events.json_kinds import Flag

CLINICS_PER_DOCTOR_MAX = 100
OPENING_WINDOWS_MAX = 70
"""Ten for each day of the week."""
SCHEDULE_WINDOWS_MAX = 400
"""In all clinics together; so many fit into one body."""
OF_THE_MACHINE = {"localtime", "Factory"}
"""Not the same zone everywhere."""


StaffRole = Literal["admin", "manager", "doctor", "receptionist"]
STAFF_ROLES = len(get_args(StaffRole))


known_zones = cache(available_timezones)


def known_zone(name: str) -> str:
    """The name of an IANA time zone. Raises ValueError for anything else."""
    if name not in known_zones() or name in OF_THE_MACHINE:
        raise ValueError(f"give an IANA time zone, like {DEFAULT_TIME_ZONE}")
    return name


TimeZone = Annotated[
    str,
    AfterValidator(known_zone),
    Field(
        examples=[DEFAULT_TIME_ZONE],
        description="the name of an IANA time zone",
        json_schema_extra={"format": "time-zone"},
    ),
]


class Put(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    example: ClassVar[dict[str, Any] | None] = None
    """A body as a frontend sends it; None: it is a part of one."""


class PutTenant(Put):
    """The organisation of the token."""

    example: ClassVar = {
        "name": "Clínicas Vitória",
        "time_zone": ZONE,
        "journey_rules": {"silence_days_min": 10, "score_high": 0.65},
        "squeeze_in_roles": ["manager", "receptionist"],
    }

    name: VisibleName
    time_zone: TimeZone = DEFAULT_TIME_ZONE
    journey_rules: JourneyRules | None = Field(
        default=None,
        description=(
            "What this organisation's journeys are judged by, where it differs: name the numbers to override, all"
            " others follow the defaults. Null or left out: the defaults for all."
        ),
        examples=[{"silence_days_min": 10, "score_high": 0.65}],
    )
    squeeze_in_roles: Annotated[tuple[StaffRole, ...], Field(max_length=STAFF_ROLES)] = Field(
        default=(),
        description=(
            "Which roles may squeeze an appointment in beside what the doctor has then (squeeze_in). Left out: none. A"
            " PUT replaces all."
        ),
        examples=[["manager", "receptionist"]],
    )


class OpeningWindow(Put):
    """The clinic is open from ``opens_at`` until just before ``closes_at``, each such weekday."""

    weekday: Weekday
    opens_at: Begins
    closes_at: Ends

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.opens_at, self.closes_at)
        return self


def apart(windows: tuple[OpeningWindow, ...]) -> tuple[OpeningWindow, ...]:
    """Raises ValueError where two overlap."""
    check_apart((window.weekday, window.opens_at, window.closes_at) for window in windows)
    return windows


OpeningHours = Annotated[tuple[OpeningWindow, ...], Field(max_length=OPENING_WINDOWS_MAX), AfterValidator(apart)]


class PutClinic(Put):
    """``time_zone`` null: the tenant's. What is left out is null, and refused where it is kept: a PUT replaces all.

    What GET answers can be put as it is: it says whose it is, too, and that a time zone is inherited.
    """

    example: ClassVar = {
        "name": CLINIC_NAME,
        "time_zone": ZONE,
        "opening_hours": [
            {"weekday": 1, "opens_at": "08:00", "closes_at": "12:00"},
            {"weekday": 1, "opens_at": "13:00", "closes_at": "18:00"},
        ],
    }

    name: VisibleName
    time_zone: TimeZone | None = None
    opening_hours: OpeningHours | None = Field(
        default=None,
        description=(
            "When it is open, in its own time zone; a weekday that is not named: closed. Null or left out: not known,"
            " it may be booked at any time. An empty list: never open. Windows may touch, not overlap."
        ),
    )
    clinic_id: UUID | None = Field(default=None, description="as GET says it: the one in the address, or left out")
    time_zone_inherited: Flag = Field(
        default=False, description="as GET says it; true: the organisation's, whatever time_zone says"
    )

    @property
    def own_time_zone(self) -> str | None:
        """None: it follows the organisation's."""
        return None if self.time_zone_inherited else self.time_zone


class ScheduleWindow(Put):
    """The doctor is in that clinic from ``from`` until just before ``until``, each such weekday."""

    clinic_id: UUID
    weekday: Weekday
    since: Annotated[Begins, Field(alias="from")]
    until: Ends

    @model_serializer
    def _as_sent(self) -> dict[str, Any]:
        """With the name that Python can't have, whoever writes it."""
        window = {"clinic_id": str(self.clinic_id), "weekday": self.weekday}
        return window | {"from": self.since, "until": self.until}

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.since, self.until)
        return self


def apart_in_each_clinic(windows: tuple[ScheduleWindow, ...]) -> tuple[ScheduleWindow, ...]:
    """Raises ValueError where two overlap."""
    for clinic_id in {window.clinic_id for window in windows}:
        check_apart((window.weekday, window.since, window.until) for window in windows if window.clinic_id == clinic_id)
    return windows


Schedule = Annotated[
    tuple[ScheduleWindow, ...], Field(max_length=SCHEDULE_WINDOWS_MAX), AfterValidator(apart_in_each_clinic)
]


class PutDoctor(Put):
    """Who sees patients, and where, and when. A PUT replaces all: a schedule that is kept can't be left out. What GET
    answers can be put as it is."""

    example: ClassVar = {
        "full_name": DOCTOR_NAME,
        "clinic_ids": [CLINIC],
        "schedule": [{"clinic_id": CLINIC, "weekday": 1, "from": "08:00", "until": "12:00"}],
    }

    full_name: NameGiven
    clinic_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=CLINICS_PER_DOCTOR_MAX)]
    schedule: Schedule | None = Field(
        default=None,
        description=(
            "When the doctor is in which of the clinics, in the clinic's time zone; a weekday or clinic that is not"
            " named: not there. Null or left out: there whenever the clinic is open. Windows of one clinic may touch,"
            " not overlap."
        ),
    )
    doctor_id: UUID | None = Field(default=None, description="as GET says it: the one in the address, or left out")

    @model_validator(mode="after")
    def _where_they_work(self) -> Self:
        for window in self.schedule or ():
            if window.clinic_id not in self.clinic_ids:
                raise ValueError("schedule names a clinic that clinic_ids does not; name it in both")
        return self


PUTS: tuple[type[Put], ...] = tuple(kind for kind in Put.__subclasses__() if kind.example is not None)
"""All that can be put, in the order of this file."""
