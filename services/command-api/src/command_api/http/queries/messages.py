"""What was said in a conversation, as it stands now: the newest first, page by page."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter
from pydantic import BaseModel, Field

from command_api.decide.times import GivenInstant
from command_api.http.queries import conversations
from command_api.http.queries.disclosure import disclosed
from command_api.http.queries.reader import ROWS_ASKED_MAX, After, Keyset, Reader, write_cursor
from command_api.scope import NotFound
from healz.events.message_details import MessageDetails
from healz.events.personal import Personal
from healz.read_models.conversation_row import MessageRow

PAGE_ROWS_DEFAULT = 50
SAID = tuple(name for name in MessageRow.__struct_fields__ if name not in ("content", "uncut_length", "details"))
# The page is cut before anything is joined to it; and it ends with the message that makes it large.
MESSAGES = f"""
  WITH page AS MATERIALIZED (
       SELECT {", ".join(MessageRow.__struct_fields__)}
         FROM journey.message
        WHERE tenant_id = $1 AND conversation_id = $2{{further}}
        ORDER BY said_at DESC, message_id DESC
        LIMIT $3),
       now AS (
       SELECT {", ".join(f"p.{name}" for name in SAID if name != "whatsapp_message_id")},
              COALESCE(p.whatsapp_message_id, s.whatsapp_message_id)                  AS whatsapp_message_id,
              CASE WHEN c.message_id IS NULL THEN p.content      ELSE c.content      END AS content,
              CASE WHEN c.message_id IS NULL THEN p.uncut_length ELSE c.uncut_length END AS uncut_length,
              CASE WHEN c.is_deleted THEN NULL ELSE p.details END                     AS details,
              s.status, s.changed_at AS status_changed_at, s.error,
              CASE WHEN NOT c.is_deleted THEN c.changed_at END AS edited_at,
              CASE WHEN c.is_deleted     THEN c.changed_at END AS deleted_at
         FROM page AS p
         LEFT JOIN journey.message_status AS s USING (tenant_id, conversation_id, message_id)
         LEFT JOIN journey.message_change AS c USING (tenant_id, conversation_id, message_id)),
       measured AS (
       SELECT *,
              count(*) OVER () AS found,
              sum(COALESCE(octet_length(content), 0) + COALESCE(pg_column_size(details), 0))
                  OVER (ORDER BY said_at DESC, message_id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                  AS bytes_before
         FROM now)
SELECT * FROM measured WHERE COALESCE(bytes_before, 0) < $4 ORDER BY said_at DESC, message_id DESC
"""  # noqa: S608  # the row's own columns
FIRST = MESSAGES.format(further="")
FURTHER = MESSAGES.format(further=" AND (said_at, message_id) < ($5, $6)")
NEWEST_FIRST = Keyset(said_at=GivenInstant, message_id=UUID)


class MessageAnswer(BaseModel):
    """A message as it stands: edited, its newest text; taken back, none. What the reader's role may not see is null."""

    message_id: UUID
    said_at: datetime
    direction: Literal["inbound", "outbound"]
    sender: str = Field(examples=["patient"])
    agent_id: UUID | None
    media_type: str = Field(examples=["text"])
    content: Annotated[str, Personal("message")] | None
    uncut_length: int | None
    details: Annotated[MessageDetails, Personal("message")] | None
    sentiment: str | None
    whatsapp_message_id: Annotated[str, Personal("contact")] | None
    status: str | None
    status_changed_at: datetime | None
    error: Annotated[str, Personal("reason")] | None
    edited_at: datetime | None
    deleted_at: datetime | None


class Messages(BaseModel):
    """A page ends early where messages are long. ``next`` begins the next one, with what was said before; null: there
    is none."""

    items: list[MessageAnswer]
    next: str | None


@get("/{conversation_id:uuid}/messages", summary="What was said, the newest first")
async def get_messages(
    conversation_id: UUID,
    reader: NamedDependency[Reader],
    after: After = None,
    limit: Annotated[int, Parameter(ge=1, le=ROWS_ASKED_MAX)] = PAGE_ROWS_DEFAULT,
) -> Response[Messages]:
    begin = NEWEST_FIRST.after(after) if after else ()
    limit = reader.page_rows(limit)
    asked = (reader.user.tenant_id, conversation_id)
    async with reader.reading("journey") as connection:
        if await connection.fetchrow(conversations.BY_ID, *asked) is None:
            raise NotFound
        statement = FURTHER if begin else FIRST
        rows = await connection.fetch(statement, *asked, limit + 1, reader.bytes_max, *begin)
    page = rows[:limit]
    more = bool(page) and page[-1]["found"] > len(page)
    following = write_cursor(page[-1]["said_at"], page[-1]["message_id"]) if more else None
    items = [message_answer(row, reader) for row in page]
    return Response(Messages(items=items, next=following), headers=reader.headers)


def message_answer(row: Any, reader: Reader) -> MessageAnswer:
    """The answer for a row of MESSAGES."""
    direction = "inbound" if row["sender"] == "patient" else "outbound"
    return disclosed(MessageAnswer.model_validate(dict(row) | {"direction": direction}), reader.user.role)


handlers = [get_messages]
