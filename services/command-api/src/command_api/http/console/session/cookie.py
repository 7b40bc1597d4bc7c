"""The session: the API's own token, kept by the browser in a cookie that no script reads. Here nothing is kept of it.

A cookie comes with whatever the browser sends, so each form proves that it is ours: by its token, which is made of the
session's (HMAC), and by what the browser says of where it comes from.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from litestar import Request, Response
from litestar.datastructures import Cookie

from command_api.http.auth import Principal
from command_api.http.body import FORM, BoundedRequest
from command_api.http.console.page import HOME
from command_api.http.problems import Problem
from command_api.http.tokens import Tokens
from command_api.settings import ApiSettings

SESSION_COOKIE, FORM_COOKIE = "healz_console", "healz_console_form"
TOKEN_BYTES_MAX = 3800
"""Browsers keep a cookie of 4,096 bytes, its name and attributes included."""
FIELDS_MAX = 100
OURS = (None, "same-origin", "none")
"""Of Sec-Fetch-Site: our own page, or nobody's. None: a browser that does not say it, or a connection without TLS."""


class FormRequest(BoundedRequest):
    """A request whose body is a form."""

    taken = FORM


@dataclass(frozen=True)
class Session:
    """Who looks, by their token. ``operator``: who runs the platform, and belongs to no organisation."""

    token: str
    csrf: str
    user: Principal | None
    operator: str | None = None

    @property
    def may_act(self) -> bool:
        """Whether the role works with patients; the API says so again to each command."""
        return self.user is not None and self.user.role in ("admin", "manager", "doctor", "receptionist")

    @property
    def may_rule(self) -> bool:
        """Whether the role sets the rules of the whole organisation."""
        return self.user is not None and self.user.role in ("admin", "manager")

    @property
    def who(self) -> str:
        """For the log, and for what is kept of an operator's acts."""
        return self.operator or str(self.user.user_id if self.user is not None else "")


class Form(dict[str, str]):
    """The fields of a form that was proven to be ours; of several of one name the last."""

    def text(self, name: str) -> str | None:
        """None where it was left empty."""
        return self.get(name, "").strip() or None


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


async def _logged_in(request: Request[Any, Any, Any]) -> Session:
    if (session := await session_of(request)) is None:
        raise Problem(401, "log in")
    return session


async def provide_session(request: Request[Any, Any, Any]) -> Session:
    """A dependency of pages of an organisation. Raises Problem 401, and 403 for an operator, who sees no patients."""
    session = await _logged_in(request)
    if session.user is None:
        raise Problem(403, "an operator belongs to no organisation and sees no patients")
    return session


async def provide_operator(request: Request[Any, Any, Any]) -> Session:
    """A dependency of the pipeline's pages. Raises Problem 401, and 403 for anybody of an organisation."""
    session = await _logged_in(request)
    if session.operator is None:
        raise Problem(403, "the pipeline is every organisation's; a token of an operator is needed")
    return session


async def provide_form(request: Request[Any, Any, Any]) -> Form:
    """A dependency of whatever changes something: the fields. Raises Problem 403 for what is no form of ours."""
    check_site(request)
    fields = Form(parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    proof = request.cookies.get(SESSION_COOKIE) or request.cookies.get(FORM_COOKIE)
    given = fields.pop("csrf", "")
    if not proof or not hmac.compare_digest(given.encode(), form_token(request, proof).encode()):
        raise Problem(403, "this form is not of this session; open the page again")
    return fields


def check_site(request: Request[Any, Any, Any]) -> None:
    """Raises Problem 403 for what another site sent."""
    origin = request.headers.get("origin")
    # "null": a browser that is told to name no referrer says no origin either.
    foreign = origin not in (None, "null") and urlsplit(str(origin)).netloc != request.headers.get("host")
    if foreign or request.headers.get("sec-fetch-site") not in OURS:
        raise Problem(403, "this came from another site")


def form_token(request: Request[Any, Any, Any], proof: str) -> str:
    """What a form of this session holds: nobody makes it who has not the key."""
    settings: ApiSettings = request.app.state.settings
    key = settings.healz_identity_key.get_secret_value().encode()
    return hmac.new(key, b"console form " + proof.encode(), hashlib.sha256).hexdigest()


def kept(request: Request[Any, Any, Any], name: str, value: str, same_site: Literal["lax", "strict"]) -> Cookie:
    """A cookie for the console alone, until the browser is closed; over TLS, but on a developer's machine."""
    settings: ApiSettings = request.app.state.settings
    secure = settings.healz_environment == "production"
    return Cookie(name, HOME, value, httponly=True, samesite=same_site, secure=secure)


def new_nonce() -> str:
    """What the form of who is not logged in is bound to."""
    return secrets.token_hex(16)


def forget(response: Response[Any]) -> None:
    """Logged out."""
    for name in (SESSION_COOKIE, FORM_COOKIE):
        response.delete_cookie(name, HOME)


def key_of(form: Form) -> str:
    """The idempotency key that the page was rendered with: a form that is sent twice is done once."""
    try:
        return f"console-{UUID(form.get('key', ''))}"
    except ValueError as error:
        raise Problem(422, "this form lacks its key; open the page again") from error
