"""The session: the API's own token, kept by the browser in a cookie that no script reads. Here nothing is kept of it.

A cookie comes with whatever the browser sends, so each form proves that it is ours: by its token, which is made of the
session's (HMAC), and by what the browser says of where it comes from.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from litestar import Request, Response
from litestar.datastructures import Cookie

from command_api.http.auth import Principal
from command_api.http.console.page import HOME
from command_api.http.problems import Problem
from command_api.settings import ApiSettings

SESSION_COOKIE, FORM_COOKIE = "healz_console", "healz_console_form"
TOKEN_BYTES_MAX = 3800
"""Browsers keep a cookie of 4,096 bytes, its name and attributes included."""


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
        raise Problem(422, "this form lacks its key; open the page again", rule="form_incomplete") from error
