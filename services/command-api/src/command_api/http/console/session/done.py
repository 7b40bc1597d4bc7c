"""What was done is said once, on the page that its form leads to: by a cookie that is bound to the session.

In the address it would be said again at each reload, and of whatever somebody writes there.
"""

import hmac
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response

from command_api.http.console.page import DONE_COOKIE
from command_api.http.console.session.cookie import Session, form_token, kept


@dataclass(frozen=True)
class Done:
    """``position``: what is shown is to be as of then; 0 where that does not matter."""

    act: str
    position: int = 0


def say_done(
    request: Request[Any, Any, Any], session: Session, answer: Response[Any], act: str, position: int = 0
) -> Response[Any]:
    """``answer``, which leads to the page that says it."""
    proof = _proof(request, session, act, str(position))
    answer.set_cookie(kept(request, DONE_COOKIE, f"{act}.{position}.{proof}", "strict"))
    return answer


def done_of(request: Request[Any, Any, Any], session: Session) -> Done | None:
    """None: nothing was, or it was somebody else."""
    act, _, rest = request.cookies.get(DONE_COOKIE, "").partition(".")
    position, _, given = rest.partition(".")
    if not hmac.compare_digest(given.encode(), _proof(request, session, act, position).encode()):
        return None
    return Done(act, int(position))


def _proof(request: Request[Any, Any, Any], session: Session, act: str, position: str) -> str:
    return form_token(request, f"{session.token} {act} {position}")
