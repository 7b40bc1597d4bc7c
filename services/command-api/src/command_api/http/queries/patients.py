"""A patient by id, and the search for patients."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Parameter
from pydantic import BaseModel, ConfigDict, StringConstraints

from command_api.http.queries.disclosure import disclosed
from command_api.http.queries.known_by import KnownBy
from command_api.http.queries.patient_in_clinics import SOURCES, in_clinics
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Keyset, Reader
from command_api.http.queries.waiting import Source
from command_api.scope import NotFound
from healz.events.fields import EMAIL_LENGTH_MAX, NO_NUL
from healz.events.patient import PatientStatus
from healz.events.personal import Personal
from healz.events.stages import Stage
from healz.read_models.patient_row import SEARCH_LENGTH_MAX, PatientRow

PAGE_ROWS_DEFAULT = 50
SILENT_DAYS_MAX = 36_500
SearchText = Annotated[str, StringConstraints(pattern=NO_NUL)]


class PatientAnswer(BaseModel):
    """A patient as the read model has them; ``next_appointment_at`` is the earliest still ahead.

    What the reader's role may not see is null. To who is bound to clinics, appointments and journeys are those there.
    """

    model_config = ConfigDict(extra="ignore")

    patient_id: UUID
    version: int
    phone: Annotated[str, Personal("contact")] | None
    full_name: Annotated[str, Personal("name")]
    email: Annotated[str, Personal("contact")] | None
    birth_date: Annotated[date, Personal("document")] | None
    cpf: Annotated[str, Personal("document")] | None
    registration_source: str
    status: str
    current_journey_stage: str | None
    risk_score: float
    total_appointments: int
    completed_appointments: int
    cancelled_appointments: int
    no_show_count: int
    last_interaction_at: datetime | None
    interaction_count: int
    first_contact_at: datetime | None
    last_appointment_at: datetime | None
    next_appointment_at: datetime | None
    preferred_clinic_id: Annotated[UUID, Personal("contact")] | None
    preferred_doctor_id: Annotated[UUID, Personal("contact")] | None
    guardian_phone: Annotated[str, Personal("contact")] | None
    address: Annotated[dict[str, Any], Personal("contact")] | None
    preferences: Annotated[dict[str, Any], Personal("contact")] | None
    other_phone: Annotated[str, Personal("contact")] | None
    merged_into: UUID | None
    updated_at: datetime | None


class PatientPage(BaseModel):
    """``next`` begins the next page; null: this was the last."""

    items: list[PatientAnswer]
    next: str | None


# By name: a prepared statement outlives a migration that adds a column or takes one away.
COLUMNS = ", ".join(PatientRow.__struct_fields__)
BY_ID = f"SELECT {COLUMNS} FROM patient.patient_view WHERE tenant_id = $1 AND patient_id = $2"  # noqa: S608  # the row's own columns
# The function's rows are of the table's type: PostgreSQL looks at it anew only where the statement names the table too.
SEARCH = f"""
SELECT {COLUMNS}
  FROM patient.find_patients($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
 WHERE NOT EXISTS (SELECT FROM patient.patient_view WHERE false)
"""  # noqa: S608  # the row's own columns
BY_NAME = Keyset(name_search=SearchText, patient_id=UUID)


@get("/{patient_id:uuid}", summary="A patient")
async def get_patient(patient_id: UUID, reader: NamedDependency[Reader]) -> Response[PatientAnswer]:
    if reader.clinics is None:
        row = await reader.row("patient", BY_ID, patient_id)
        patients = [] if row is None else [patient_answer(row, {}, reader, datetime.now(UTC))]
    else:
        async with reader.reading(*SOURCES) as connection:
            rows = await connection.fetch(BY_ID, reader.user.tenant_id, patient_id)
            patients = await _answers(connection, rows, reader)
    if not patients:
        raise NotFound
    [patient] = patients
    return Response(patient, headers=reader.headers | {"ETag": f'"{patient.version}"'})


@get(
    "/",
    summary="Search patients by name, phone, e-mail, CPF, birth date, status, stage or silence, by name",
)
async def search_patients(
    reader: NamedDependency[Reader],
    name: Annotated[
        str | None,
        Parameter(
            max_length=SEARCH_LENGTH_MAX,
            pattern=NO_NUL,
            description="words of it or parts of words, in any order, four at most; without one of three letters "
            "the first is how it begins; accents, apostrophes and particles like da don't matter",
            examples=[Example(value="maria silva")],
        ),
    ] = None,
    phone: Annotated[
        str | None,
        Parameter(
            max_length=40,
            description="with its country code, + written %2B; or four to nine of its last digits",
            examples=[Example(value="+5527999990000")],
        ),
    ] = None,
    email: Annotated[
        str | None,
        Parameter(max_length=EMAIL_LENGTH_MAX, pattern=NO_NUL, examples=[Example(value="maria.silva@example.com")]),
    ] = None,
    cpf: Annotated[str | None, Parameter(max_length=20, description="with or without its punctuation")] = None,
    birth_date: Annotated[str | None, Parameter(examples=[Example(value="1985-07-14")])] = None,
    status: PatientStatus | None = None,
    stage: Stage | None = None,
    silent_days: Annotated[
        int | None, Parameter(ge=0, le=SILENT_DAYS_MAX, description="no interaction for that many days")
    ] = None,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[PatientPage]:
    known_by = KnownBy.of(reader.user.role, name=name, phone=phone, email=email, cpf=cpf, birth_date=birth_date)
    begin = BY_NAME.after(after)
    limit = reader.page_rows(limit)
    silent_since = datetime.now(UTC) - timedelta(days=silent_days) if silent_days is not None else None
    wanted = (*known_by, status, stage, silent_since)
    async with reader.reading(*sources_of(reader)) as connection:
        rows = await connection.fetch(SEARCH, *wanted, *begin, limit + 1, reader.clinics)
        page, following = BY_NAME.page(rows, limit)
        items = await _answers(connection, page, reader)
    return Response(PatientPage(items=items, next=following), headers=reader.headers)


async def _answers(connection: Any, rows: Sequence[Any], reader: Reader) -> list[PatientAnswer]:
    now = datetime.now(UTC)
    of_clinics: dict[UUID, dict[str, Any]] = {}
    if reader.clinics is not None and rows:
        of_clinics = await in_clinics(connection, reader, [row["patient_id"] for row in rows], now)
    return [patient_answer(row, of_clinics.get(row["patient_id"], {}), reader, now) for row in rows]


def patient_answer(row: Any, of_clinics: dict[str, Any], reader: Reader, now: datetime) -> PatientAnswer:
    """The answer for a row of ``patient.patient_view``; ``of_clinics`` replaces what is another to this reader."""
    ahead = [at for at in map(datetime.fromisoformat, row["live_appointments"].values()) if at > now]
    seen = {"next_appointment_at": min(ahead, default=None)} | of_clinics
    return disclosed(PatientAnswer.model_validate(dict(row) | seen), reader.user.role)


def sources_of(reader: Reader) -> tuple[Source, ...]:
    """The read models that a patient's answer is made of."""
    return ("patient",) if reader.clinics is None else SOURCES


handlers = [get_patient, search_patients]
