"""What a page is given: whose session it is, and the fields of a form that was proven to be ours."""

import hmac
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request

from command_api.http.body import FORM, BoundedRequest
from command_api.http.console.page import DONE, HOME
from command_api.http.console.session.cookie import FORM_COOKIE, SESSION_COOKIE, Form, Session, form_token
from command_api.http.console.session.done import done_of
from command_api.http.problems import Problem
from command_api.http.tokens import Tokens

LOGIN = f"{HOME}/session"
FIELDS_MAX = 100
OURS = (None, "same-origin", "none")
"""Of Sec-Fetch-Site: our own page, or nobody's. None: a browser that does not say it, or a connection without TLS."""


class FormRequest(BoundedRequest):
    """A request whose body is a form."""

    taken = FORM


async def session_of(request: Request[Any, Any, Any]) -> Session | None:
    """None: nobody is logged in. Raises Problem for a token that is not good, or can't be checked."""
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    tokens: Tokens = request.app.state.tokens
    csrf = form_token(request, token)
    if (operator := await tokens.operator(token)) is not None:
        return Session(token, csrf, None, operator)
    user = await tokens.principal(token)
    request.scope["user"] = user  # as the authentication of /v1 does: the log says whose request it was
    return Session(token, csrf, user)


async def provide_session(request: Request[Any, Any, Any]) -> Session:
    """A dependency of pages of an organisation. Raises Problem 401, and 403 for an operator, who sees no patients."""
    session = await _logged_in(request)
    if session.user is None:
        detail = "an operator belongs to no organisation and sees no patients"
        raise Problem(403, detail, rule="operator_sees_no_patients")
    return session


async def provide_operator(request: Request[Any, Any, Any]) -> Session:
    """A dependency of the pipeline's pages. Raises Problem 401, and 403 for anybody of an organisation."""
    session = await _logged_in(request)
    if session.operator is None:
        detail = "the pipeline is every organisation's; a token of an operator is needed"
        raise Problem(403, detail, rule="operators_only")
    return session


async def provide_form(request: Request[Any, Any, Any]) -> Form:
    """A dependency of whatever changes something: the fields. Raises Problem 401 where nobody is logged in (any more),
    and 403 for what is no form of ours."""
    check_site(request)
    fields = await _fields(request)
    given = fields.pop("csrf", "")
    if request.url.path != LOGIN:
        await _logged_in(request)  # whose form it was does not matter once that is over
    proof = request.cookies.get(SESSION_COOKIE) or request.cookies.get(FORM_COOKIE)
    if not proof or not hmac.compare_digest(given.encode(), form_token(request, proof).encode()):
        raise Problem(403, "this form is not of this session; open the page again", rule="form_of_another_session")
    return fields


def check_site(request: Request[Any, Any, Any]) -> None:
    """Raises Problem 403 for what another site sent."""
    origin = request.headers.get("origin")
    # "null": a browser that is told to name no referrer says no origin either.
    foreign = origin not in (None, "null") and urlsplit(str(origin)).netloc != request.headers.get("host")
    if foreign or request.headers.get("sec-fetch-site") not in OURS:
        raise Problem(403, "this came from another site", rule="from_another_site")


async def _logged_in(request: Request[Any, Any, Any]) -> Session:
    """Raises Problem 401 with where the login is to lead back to."""
    try:
        session = await session_of(request)
    except Problem as problem:
        if problem.status != 401:
            raise
        session = None
    if session is None:
        raise _over(request, await _fields(request) if request.method == "POST" else Form())
    # A part of a page shows no such word, so it leaves it to the page.
    if request.method == "GET" and not request.headers.get("hx-request"):
        request.scope["state"][DONE] = done_of(request, session)
    return session


async def _fields(request: Request[Any, Any, Any]) -> Form:
    """Raises Problem 413 for more fields than any form of ours has."""
    body = (await request.body()).decode()
    try:
        return Form(parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError as error:
        raise Problem(413, f"a form may have {FIELDS_MAX} fields at most", rule="form_too_large") from error


def _over(request: Request[Any, Any, Any], fields: Form) -> Problem:
    """Nobody is logged in (any more)."""
    return Problem(401, "log in", back=fields.get("back") or came_from(request))


def came_from(request: Request[Any, Any, Any]) -> str:
    """The page that whoever asks was looking at, or the one nearest to what they asked for."""
    shown = urlsplit(request.headers.get("hx-current-url") or str(request.url))
    path = shown.path
    if request.method != "GET":
        return section(path)
    # A stream is a part of the page above it.
    if request.headers.get("accept") == EVENT_STREAM:
        path = path.rpartition("/")[0]
    return f"{path}?{shown.query}" if shown.query else path


def section(path: str) -> str:
    """The page that one of the console's parts begins with: /console/patients/… is one of /console/patients."""
    name = path.removeprefix(f"{HOME}/").partition("/")[0]
    return f"{HOME}/{name}" if name in SECTIONS else HOME


EVENT_STREAM = "text/event-stream"
SECTIONS = ("clinics", "patients", "rules", "pipeline")
