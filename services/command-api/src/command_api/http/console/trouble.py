"""Any exception on a page as a page: what it means, in the language of who looks, and what to do."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from command_api.http.console.page import page, see_other, words_of
from command_api.http.console.session.cookie import forget
from command_api.http.console.session.login import LOGIN
from command_api.http.console.words import Words
from command_api.http.error_answers import understood
from command_api.http.problems import TITLES, Problem


def answer_page(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Who is not logged in (any more) is sent to do so, and comes back to where they were."""
    found = understood(request, error)
    if found.status == 401:
        back = {"back": request.url.path} if request.method == "GET" else {}
        answer = see_other(f"{LOGIN}?{urlencode(back)}" if back else LOGIN)
        forget(answer)
        return answer
    shown = page(request, "trouble.html", found.status, trouble=found, told=in_words(words_of(request), found))
    shown.headers.update(found.headers)
    return shown


def in_words(say: Words, problem: Problem) -> str:
    """What a refusal says: by its rule where the catalogue has it, else by its kind."""
    rule = problem.more.get("rule")
    for key in (f"rule.{rule}", f"problem.{TITLES[problem.status][0]}"):
        if key in say:
            return say(key)
    return problem.detail
