"""Logging in by a token, logging out, and choosing the language."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from command_api.http.console.page import HOME, LANGUAGE_COOKIE, back_to, page, see_other, words_of
from command_api.http.console.session.cookie import (
    FORM_COOKIE,
    SESSION_COOKIE,
    TOKEN_BYTES_MAX,
    Form,
    forget,
    form_token,
    kept,
    new_nonce,
)
from command_api.http.console.session.lasting import Streams
from command_api.http.console.session.provided import LOGIN, check_site, session_of
from command_api.http.console.words import LANGUAGES
from command_api.http.problems import Problem
from command_api.http.tokens import EXPIRED, NOT_YET, Tokens

REFUSED = {EXPIRED: "login.expired", NOT_YET: "login.not_yet"}
"""What a token's fault is called here; any other is that it is not taken."""


@get("/")
async def home(request: Request[Any, Any, Any]) -> Response[str]:
    """To where the token is at home."""
    session = await session_of(request)
    if session is None:
        return see_other(LOGIN)
    return see_other(f"{HOME}/clinics" if session.user is not None else f"{HOME}/pipeline")


@get("/session")
async def login_page(request: Request[Any, Any, Any]) -> Response[str]:
    return login(request)


@post("/session", status_code=303)
async def log_in(request: Request[Any, Any, Any], form: NamedDependency[Form]) -> Response[Any]:
    token = form.get("token", "").strip().removeprefix("Bearer ").strip()
    tokens: Tokens = request.app.state.tokens
    if len(token.encode()) > TOKEN_BYTES_MAX:
        return login(request, "login.too_long", status=422)
    if not token:
        return login(request, "login.empty", status=422)
    try:
        if await tokens.operator(token) is None:
            await tokens.principal(token)
    except Problem as error:
        fault = "login.later" if error.status == 503 else REFUSED.get(error.detail, "login.refused")
        return login(request, fault, error.detail if fault == "login.refused" else "", error.status)
    _streams(request).end(request.cookies.get(SESSION_COOKIE))
    answer = see_other(back_to(form.get("back")))
    answer.delete_cookie(FORM_COOKIE, HOME)
    answer.set_cookie(kept(request, SESSION_COOKIE, token, "strict"))
    return answer


@post("/session/end", status_code=303)
async def log_out(
    request: Request[Any, Any, Any],
    form: NamedDependency[Form],  # noqa: ARG001  # it proves that it is our own
) -> Response[str]:
    _streams(request).end(request.cookies.get(SESSION_COOKIE))
    answer = see_other(LOGIN)
    forget(answer)
    return answer


@get("/language/{language:str}")
async def choose_language(request: Request[Any, Any, Any], language: str, back: str | None = None) -> Response[str]:
    check_site(request)
    answer = see_other(back_to(back))
    if language in LANGUAGES:
        answer.set_cookie(kept(request, LANGUAGE_COOKIE, language, "lax"))
    return answer


def login(
    request: Request[Any, Any, Any],
    fault: str | None = None,
    why: str = "",
    status: int = 200,
    *,
    back: str | None = None,
    is_over: bool = False,
) -> Response[str]:
    """The page, bound to whoever looks by a nonce: else another site could log somebody in with a token of its own.

    ``why`` is the API's English. ``is_over``: whatever session there was.
    """
    nonce = request.cookies.get(FORM_COOKIE) or new_nonce()
    proof = (None if is_over else request.cookies.get(SESSION_COOKIE)) or nonce
    answer = page(
        request,
        "login.html",
        status,
        csrf=form_token(request, proof),
        fault=fault,
        why=why if words_of(request).language == "en" else "",
        back=back_to(back or request.query_params.get("back")),
    )
    if is_over:
        forget(answer)
    answer.set_cookie(kept(request, FORM_COOKIE, nonce, "strict"))
    return answer


def _streams(request: Request[Any, Any, Any]) -> Streams:
    streams: Streams = request.app.state.streams
    return streams


handlers = [home, login_page, log_in, log_out, choose_language]
