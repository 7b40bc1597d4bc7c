"""A clinic's inbox: open conversations, what waits for the clinic first, the longest wait before the others."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from pydantic import BaseModel, Field

from command_api.decide.times import GivenInstant
from command_api.http.problems import unfit
from command_api.http.queries.disclosure import disclosed
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Keyset, Reader
from command_api.scope import NotFound
from healz.events.personal import Personal
from healz.read_models.conversation_row import ConversationRow

PAGE_ROWS_DEFAULT = 50
# By name: a prepared statement outlives a migration that adds a column or takes one away.
COLUMNS = ", ".join(ConversationRow.__struct_fields__)
NAMED = f"""
SELECT {", ".join(f"c.{column}" for column in ConversationRow.__struct_fields__)}, {{more}}
       p.full_name AS patient_name, p.phone AS patient_phone
  FROM ({{conversations}}) AS c
  LEFT JOIN journey.patient_contact AS p ON p.tenant_id = c.tenant_id AND p.patient_id = c.patient_id
"""  # noqa: S608  # the row's own columns
ONE = f"SELECT {COLUMNS} FROM journey.conversation WHERE tenant_id = $1 AND conversation_id = $2"  # noqa: S608
BY_ID = NAMED.format(more="", conversations=ONE)
# What waits for the clinic and what does not are two parts, each the beginning of an index. The names come after the
# page is cut: what a page reads is a page.
PART = """
SELECT {columns}, {since} AS since, {idle} AS is_idle
  FROM journey.conversation
 WHERE tenant_id = $1
   AND {conditions}
 ORDER BY {since}, conversation_id
 LIMIT $2
"""
IN_ORDER = " ORDER BY c.since, c.conversation_id"
LONGEST_WAIT_FIRST = Keyset(is_idle=bool, since=GivenInstant, conversation_id=UUID)

Wanted = Literal["open", "escalated", "unanswered", "closed"]
STANDING: dict[Wanted, str] = {
    "open": "status <> 'closed'",
    "escalated": "status = 'escalated'",
    "unanswered": "unanswered_since IS NOT NULL",
    "closed": "status = 'closed'",
}
PARTS: dict[Wanted, tuple[bool, ...]] = {
    "open": (False, True),
    "escalated": (False,),
    "unanswered": (False,),
    "closed": (True,),
}
"""Whether what is asked for is idle, does not wait for the clinic; in this order."""


class ConversationAnswer(BaseModel):
    """A conversation as the read model has it. What the reader's role may not see is null, and so is what is not known
    until the read model was rebuilt, of conversations from before it told this."""

    conversation_id: UUID
    version: int
    clinic_id: UUID
    patient_id: UUID
    patient_name: Annotated[str, Personal("name")] | None
    patient_phone: Annotated[str, Personal("contact")] | None
    status: str = Field(examples=["escalated"])
    initiated_by: str | None
    started_at: datetime | None
    agent_id: UUID | None
    messages_received: int
    messages_sent: int
    last_message_at: datetime
    last_received_at: datetime | None
    unanswered_since: datetime | None
    escalated_at: datetime | None
    escalation_reason: str | None
    waiting_since: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    updated_at: datetime | None


class Inbox(BaseModel):
    """``next`` begins the next page; null: this was the last."""

    items: list[ConversationAnswer]
    next: str | None


@cache
def part(status: Wanted, filters: tuple[str, ...], *, idle: bool, further: bool) -> str:
    """The statement for a page of a part: parameters are the tenant, the limit, a value for each of ``filters``, and
    the last two of the cursor where it goes on from one. One for each: the planner sees what is asked."""
    since = "last_message_at" if idle else "waiting_since"
    conditions = [STANDING[status], f"waiting_since IS {'NULL' if idle else 'NOT NULL'}"]
    conditions += [f"{name} = ${n}" for n, name in enumerate(filters, 3)]
    if further:
        conditions.append(f"({since}, conversation_id) > (${3 + len(filters)}, ${4 + len(filters)})")
    page = PART.format(columns=COLUMNS, since=since, idle=idle, conditions="\n   AND ".join(conditions))
    return NAMED.format(more="c.since, c.is_idle, ", conversations=page) + IN_ORDER


@get("/{conversation_id:uuid}", summary="A conversation: who waits for whom, since when")
async def get_conversation(conversation_id: UUID, reader: NamedDependency[Reader]) -> Response[ConversationAnswer]:
    row = await reader.row("journey", BY_ID, conversation_id)
    if row is None:
        raise NotFound
    return Response(conversation_answer(row, reader), headers=reader.headers | {"ETag": f'"{row["version"]}"'})


@get(
    "/",
    summary="An inbox: open conversations, those that wait for the clinic first, the longest wait before the others",
)
async def find_conversations(
    reader: NamedDependency[Reader],
    status: Annotated[
        Wanted,
        Parameter(description="escalated, unanswered: those that wait for the clinic; closed: of one patient alone"),
    ] = "open",
    clinic_id: UUID | None = None,
    agent_id: Annotated[UUID | None, Parameter(description="who was assigned to see to them")] = None,
    patient_id: UUID | None = None,
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[Inbox]:
    if clinic_id is not None and not reader.sees(clinic_id):
        raise NotFound
    if status == "closed" and patient_id is None:
        raise unfit("name the patient_id whose closed conversations are asked for", "patient_id")
    filters = {"clinic_id": clinic_id, "agent_id": agent_id, "patient_id": patient_id}
    said = {name: value for name, value in filters.items() if value is not None}
    from_idle, *begin = LONGEST_WAIT_FIRST.after(after)
    limit = reader.page_rows(limit)
    rows: list[Any] = []
    async with reader.reading("journey") as connection:
        for idle in PARTS[status]:
            if from_idle and not idle:
                continue  # the page begins beyond
            since = begin if from_idle == idle else []
            statement = part(status, tuple(said), idle=idle, further=bool(since))
            missing = limit + 1 - len(rows)
            rows += await connection.fetch(statement, reader.user.tenant_id, missing, *said.values(), *since)
            if len(rows) > limit:
                break
    page, following = LONGEST_WAIT_FIRST.page(rows, limit)
    items = [conversation_answer(row, reader) for row in page]
    return Response(Inbox(items=items, next=following), headers=reader.headers)


def conversation_answer(row: Any, reader: Reader) -> ConversationAnswer:
    """The answer for a row of ``journey.conversation`` with the patient's name and phone."""
    return disclosed(ConversationAnswer.model_validate(dict(row)), reader.user.role)


handlers = [find_conversations, get_conversation]
