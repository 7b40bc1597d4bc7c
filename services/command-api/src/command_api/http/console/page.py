"""A page: a template filled in, in the language of who looks, under a policy that runs our own files alone."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Request, Response
from uuid_utils.compat import uuid7

from command_api.http.answer_headers import NOTHING, PAGE_POLICY
from command_api.http.console.words import Words, preferred

HOME = "/console"
LANGUAGE_COOKIE = "healz_console_language"
DONE_COOKIE = "healz_console_done"
DONE = "console_done"
"""In the state of a request: what its page is to say was done, by whoever asks for it."""
ORGANISATION = "console_organisation"
"""In a request's state: the organisation, once it was asked for."""
POLICY = "; ".join(
    (
        NOTHING,
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    )
)
TEMPLATES = Environment(
    loader=PackageLoader("command_api.http.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals["new_key"] = uuid7
AnyRequest = Request[Any, Any, Any]


def words_of(request: AnyRequest) -> Words:
    """In the language that was chosen here, else in the browser's."""
    return Words(preferred(request.headers.get("accept-language", ""), request.cookies.get(LANGUAGE_COOKIE)))


def html(request: AnyRequest, text: str, status: int = 200) -> Response[str]:
    """An answer that a browser shows."""
    request.scope["state"][PAGE_POLICY] = POLICY
    return Response(text, status_code=status, media_type=MediaType.HTML)


def page(request: AnyRequest, template: str, status: int = 200, **values: Any) -> Response[str]:
    """The template's page. ``session`` is None where nobody is logged in."""
    shown = html(request, rendered(request, template, **values), status)
    if request.scope["state"].get(DONE) is not None:
        shown.delete_cookie(DONE_COOKIE, HOME)  # said once
    return shown


def rendered(request: AnyRequest, template: str, **values: Any) -> str:
    """The template filled in; a fragment's too."""
    is_looked_at = request.method == "GET"
    known: Mapping[str, Any] = {
        "say": words_of(request),
        "session": None,
        "organisation": request.scope["state"].get(ORGANISATION),
        "path": request.url.path,
        # Where a form went to is no place to look at again.
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else "") if is_looked_at else HOME,
        "done": request.scope["state"].get(DONE),
        "UTC": ZoneInfo("UTC"),
    }
    return TEMPLATES.get_template(template).render(**(dict(known) | values))


def back_to(asked: str | None, otherwise: str = HOME) -> str:
    """An address of the console that was asked for, as a place to go to; anything else is none."""
    inside = asked is not None and (asked == HOME or asked.startswith((f"{HOME}/", f"{HOME}?")))
    return asked if asked is not None and inside and asked.isprintable() and "\\" not in asked else otherwise


def see_other(path: str) -> Response[str]:
    """Go there and look (303)."""
    # What a form says it came from may have letters that no header takes.
    address = quote(path, safe="/?&=#%+:,@~")
    return Response("", status_code=303, media_type=MediaType.TEXT, headers={"Location": address})
