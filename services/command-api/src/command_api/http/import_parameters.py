"""What an import takes, as the document tells it: the key, the file, and how the file is to be understood."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIResponse, Operation, RequestBody, Schema
from litestar.openapi.spec import Parameter as HeaderParameter
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import Parameter

from command_api.http.command_request import IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENCY_KEY_PATTERN
from command_api.imports.rows.mapping import LENGTH_MAX, MAPPED_MAX
from command_api.imports.rows.row import OPTIONAL, REQUIRED

CSV = "text/csv"
EXAMPLE = (
    "patient_phone,patient_name,patient_birth_date,clinic_id,doctor_id,scheduled_for,booked_at,appointment_type,outcome\n"
    "+5527999990000,Maria da Silva,1985-07-14,01900000-0000-7000-8000-0000000000c1,"
    "01900000-0000-7000-8000-0000000000d1,2019-03-14T15:30,2019-03-01T09:12,first_visit,completed\n"
)


@dataclass
class CsvOperation(Operation):
    """The body is read as it comes, and the key with it, so their form is described here."""

    def __post_init__(self) -> None:
        """Litestar makes it without either."""
        self.parameters = [
            *(self.parameters or []),
            HeaderParameter(
                name="Idempotency-Key",
                param_in="header",
                required=True,
                schema=Schema(
                    type=OpenAPIType.STRING,
                    min_length=1,
                    max_length=IDEMPOTENCY_KEY_LENGTH_MAX,
                    pattern=IDEMPOTENCY_KEY_PATTERN,
                ),
                description="names the file",
                example="agenda-2019",
            ),
        ]
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse):
            refused = Schema(type=OpenAPIType.STRING, description="all refused rows, with Accept: text/csv")
            answer.content = {**(answer.content or {}), CSV: OpenAPIMediaType(schema=refused)}
        self.request_body = RequestBody(
            required=True,
            description=f"Must have: {', '.join(REQUIRED)}. May have: {', '.join(OPTIONAL)}.",
            content={
                "text/csv": OpenAPIMediaType(
                    schema=Schema(type=OpenAPIType.STRING), examples={"one row": Example(value=EXAMPLE)}
                )
            },
        )


OUR_COLUMN = f"({'|'.join((*REQUIRED, *OPTIONAL))})"
ANY = r"[\s\S]*"


def _form(pattern: str) -> Any:
    """Said in the document; what has another form is refused in better words when it is read."""
    return Parameter(max_length=LENGTH_MAX, schema_extra={"pattern": f"^{pattern}$"})


def _told(description: str, example: str) -> Any:
    return Parameter(description=description, max_items=MAPPED_MAX, examples=[Example(value=[example])])


ColumnTold = Annotated[str, _form(rf"{ANY}\S{ANY}:{OUR_COLUMN}?")]
CellTold = Annotated[str, _form(f"{OUR_COLUMN}:{ANY}")]
WordTold = Annotated[str, _form(rf"{OUR_COLUMN}:{ANY}\S{ANY}:{ANY}")]
Columns = Annotated[
    list[ColumnTold] | None,
    _told("THEIRS:OURS, a column of another name; nothing behind the colon: passed over", "Telefone:patient_phone"),
]
CellsLeftOut = Annotated[
    list[CellTold] | None,
    _told("OURS:VALUE, what stands in our column where the file says nothing", "appointment_type:follow_up"),
]
Words = Annotated[
    list[WordTold] | None,
    _told("OURS:THEIRS:VALUE, what a word of the file means in our column", "outcome:Remarcado:cancelled"),
]
