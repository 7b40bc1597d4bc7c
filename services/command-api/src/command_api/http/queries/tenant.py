"""The organisation of the token, as it was put."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from pydantic import BaseModel, Field

from command_api.decide.times import DEFAULT_TIME_ZONE
from command_api.http.queries.reader import Reader
from command_api.scope import NotFound

TENANT = "SELECT name, time_zone, journey_rules, squeeze_in_roles FROM reference.tenants WHERE tenant_id = $1"


class TenantAnswer(BaseModel):
    """``journey_rules``: the numbers by which its journeys are judged otherwise than all; null: none."""

    name: str = Field(examples=["Clínicas Vitória"])
    time_zone: str = Field(examples=[DEFAULT_TIME_ZONE])
    journey_rules: dict[str, Any] | None = Field(examples=[{"silence_days_min": 10, "score_high": 0.65}])
    squeeze_in_roles: list[str]


@get("/tenant", summary="The organisation, and what its journeys are judged by")
async def get_tenant(reader: NamedDependency[Reader]) -> Response[TenantAnswer]:
    async with reader.reading("log") as connection:
        row = await connection.fetchrow(TENANT, reader.user.tenant_id)
    if row is None:
        raise NotFound
    return Response(TenantAnswer.model_validate(dict(row)))


handlers = [get_tenant]
