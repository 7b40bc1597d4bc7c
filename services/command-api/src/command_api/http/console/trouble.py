"""Any exception on a page as a page: what it means, in the language of who looks, and what to do."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.types import ASGIApp, Receive, Scope, Send

from command_api.http.console.page import DONE, HOME, back_to, html, page, see_other, words_of
from command_api.http.console.session.cookie import forget
from command_api.http.console.session.done import done_of
from command_api.http.console.session.lasting import session_over
from command_api.http.console.session.login import login
from command_api.http.console.session.provided import EVENT_STREAM, LOGIN, section, session_of
from command_api.http.console.words import Words
from command_api.http.error_answers import answer_error, understood
from command_api.http.problems import TITLES, Problem

LOG_OUT = f"{LOGIN}/end"


def answer_any(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """What no route took: under /console with a page, too."""
    return answer_page(request, error) if request.url.path.startswith(f"{HOME}/") else answer_error(request, error)


def answer_page(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Who is not logged in (any more) is sent to do so, and comes back to where they were."""
    found = understood(request, error)
    return log_in_again(request, found) if found.status == 401 else TroublePage(found)


def log_in_again(request: Request[Any, Any, Any], found: Problem) -> Response[Any]:
    """As whatever asks can take it: a page, a part of one, a stream; and a form is told that it was not taken."""
    back = back_to(found.more.get("back"))
    address = f"{LOGIN}?{urlencode({'back': back})}" if back != HOME else LOGIN
    if request.headers.get("accept") == EVENT_STREAM:
        answer: Response[Any] = html(request, session_over(request))
        answer.media_type = EVENT_STREAM
    elif request.headers.get("hx-request"):
        # htmx would put the login into the page as a part of it.
        answer = Response("", status_code=401, headers={"HX-Redirect": see_other(address).headers["Location"]})
    elif request.method == "POST" and request.url.path != LOG_OUT:
        return login(request, "login.over", status=401, back=back, is_over=True)
    else:
        answer = see_other(address)
    forget(answer)
    return answer


class TroublePage(Response[Any]):
    """Made once the session is known, which takes a look at its token: errors come where none was needed, too."""

    def __init__(self, found: Problem) -> None:
        super().__init__(None, status_code=found.status)
        self._found = found

    def to_asgi_response(self, *, request: Request[Any, Any, Any], **_: Any) -> ASGIApp:  # type: ignore[override]
        """The page as ASGI has it."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            shown = await self._shown(request)
            await shown.to_asgi_response(app=None, request=request)(scope, receive, send)

        return answer

    async def _shown(self, request: Request[Any, Any, Any]) -> Response[Any]:
        found, say = self._found, words_of(request)
        try:
            session = await session_of(request)
        except Problem:
            session = None
        if session is not None and request.method == "GET":
            request.scope["state"][DONE] = done_of(request, session)
        shown = page(
            request,
            "trouble.html",
            found.status,
            session=session,
            trouble=found,
            told=in_words(say, found),
            faults=[fault_in_words(say, fault) for fault in found.more.get("errors", ())],
            back=found.more.get("back") or _nearest(request),
        )
        shown.headers.update(found.headers)
        return shown


def in_words(say: Words, problem: Problem) -> str:
    """What a refusal says: by its rule where the catalogue has it, else by its kind."""
    rule = problem.more.get("rule")
    for key in (f"rule.{rule}", f"problem.{TITLES[problem.status][0]}"):
        if key in say:
            return say(key)
    return problem.detail


def fault_in_words(say: Words, fault: dict[str, Any]) -> tuple[str | None, str]:
    """What a field is called, None where it has no word, and what is wrong with it.

    By the kind of the fault where the console knows it, else by the field; the API's English on an English page alone.
    """
    field, kind = fault["field"], fault.get("kind")
    name = next((say(f"{group}.{field}") for group in ("number", "field") if f"{group}.{field}" in say), None)
    if kind is not None:
        named = {word: say.of("number", value) for word, value in fault["values"].items()}
        return name, say(f"fault.{kind}", **named)
    if f"fault.{field}" in say:
        return name, say(f"fault.{field}")
    return name, fault["message"] if say.language == "en" else ""


def _nearest(request: Request[Any, Any, Any]) -> str:
    """A page that is there: this one as it is without what was asked of it, or the one that its part begins with."""
    if request.method == "GET" and request.url.query and request.scope.get("route_handler") is not None:
        return request.url.path
    nearest = section(request.url.path)
    return HOME if request.method == "GET" and nearest == request.url.path else nearest
