"""The pipeline's page, live, and what an operator does there."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Stream

from command_api.http.console.page import HOME, page, rendered, see_other
from command_api.http.console.pipeline.logins import projector_logins
from command_api.http.console.pipeline.look import LOOK_SECONDS, Looks, PipelineLook
from command_api.http.console.pipeline.work import Act, PieceOfWork, Works
from command_api.http.console.session.cookie import Form, Session
from command_api.http.console.session.done import say_done
from command_api.http.console.session.lasting import lasting
from command_api.http.problems import Problem
from command_api.http.stream import event

PIPELINE = f"{HOME}/pipeline"
PARTS = ("look", "works", "parked", "partitions", "furthest", "acts")


@get("/pipeline")
async def pipeline_page(request: Request[Any, Any, Any], operator: NamedDependency[Session]) -> Response[str]:
    return page(request, "pipeline/pipeline.html", session=operator, **await _seen(request))


@get("/pipeline/live")
async def pipeline_live(request: Request[Any, Any, Any], operator: NamedDependency[Session]) -> Stream:
    """The page's parts as they change, each second; what is as before stays, and so does a form that is filled in."""
    _looks(request)
    return lasting(request, operator, _live(request, operator))


async def _live(request: Request[Any, Any, Any], operator: Session) -> AsyncGenerator[str, None]:
    shown: dict[str, str] = {}
    while True:
        seen = await _seen(request)
        for part in PARTS:
            text = rendered(request, f"pipeline/{part}.html", session=operator, **seen)
            if shown.get(part) != text:
                shown[part] = text
                yield event(part, text)
        await asyncio.sleep(LOOK_SECONDS)  # the pace of a page that lives


@post("/pipeline/{projection:str}/{act:str}", status_code=303)
async def act_on_projection(
    request: Request[Any, Any, Any],
    operator: NamedDependency[Session],
    form: NamedDependency[Form],
    projection: str,
    act: Act,
) -> Response[Any]:
    looks, works = _looks(request), _works(request)
    match act:
        case "retry":
            words = ["parked", "retry", _cause(form)]
        case "drop":
            reason = form.text("reason")
            if reason is None:
                raise Problem(422, "say why that is right: it is kept", rule="drop_without_reason")
            # With an equals sign: what begins with a hyphen is a reason, too.
            words = ["parked", "drop", _cause(form), f"--reason={reason}", f"--by={operator.who}", "--yes"]
        case _:
            words = [act]
    head = (await looks.now()).head or 0
    of = head if act in ("rebuild", "verify") else 0
    works.begin(PieceOfWork(projection, act, operator.who, of, form.get("cause", "")), words)
    return say_done(request, operator, see_other(PIPELINE), act)


def _cause(form: Form) -> str:
    cause = form.get("cause", "")
    if not (cause.isalnum() and cause.isascii()):
        raise Problem(422, "say which cause", rule="form_incomplete")
    return cause


async def _seen(request: Request[Any, Any, Any]) -> dict[str, Any]:
    look: PipelineLook = await _looks(request).now()
    works = _works(request)
    return {"look": look, "works": list(works.all), "busy": works.busy}


def _looks(request: Request[Any, Any, Any]) -> Looks:
    """Raises Problem 404 where this process has no login to look with."""
    if not projector_logins(request.app.state.settings):
        detail = "this API was given no logins to look at the pipeline with; ask one that operators reach"
        raise Problem(404, detail, rule="pipeline_without_logins")
    looks: Looks = request.app.state.looks
    return looks


def _works(request: Request[Any, Any, Any]) -> Works:
    works: Works = request.app.state.works
    return works


handlers = [pipeline_page, pipeline_live, act_on_projection]
