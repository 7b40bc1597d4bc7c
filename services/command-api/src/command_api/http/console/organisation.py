"""Whose pages these are: the organisation of who is logged in, which the header names and whose clock times go by."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request

from command_api.decide.times import DEFAULT_TIME_ZONE
from command_api.http.console.asking import OwnApi
from command_api.http.console.page import ORGANISATION
from command_api.http.console.session.cookie import Session
from command_api.http.console.session.provided import provide_session
from command_api.http.problems import Problem


async def provide_session_of_organisation(request: Request[Any, Any, Any]) -> Session:
    """``provide_session``'s, with the organisation for the header where there will be one."""
    session = await provide_session(request)
    if request.method == "GET" and not request.headers.get("hx-request"):
        await organisation(request, session)
    return session


async def zone_of(request: Request[Any, Any, Any], session: Session) -> ZoneInfo:
    """The organisation's."""
    told = await organisation(request, session)
    return ZoneInfo(told["time_zone"] if told else DEFAULT_TIME_ZONE)


async def organisation(request: Request[Any, Any, Any], session: Session) -> Mapping[str, Any] | None:
    """As it was put, asked once for a page; None: nobody has put it."""
    state = request.scope["state"]
    if ORGANISATION not in state:
        try:
            state[ORGANISATION] = await OwnApi(request, session).get("/v1/tenant")
        except Problem as problem:
            if problem.status != 404:
                raise
            state[ORGANISATION] = None
    told: Mapping[str, Any] | None = state[ORGANISATION]
    return told
