"""What a person does about a patient at risk. Each is the API's own command, and so recorded with who did it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from command_api.http.console.asking import OwnApi
from command_api.http.console.page import back_to, see_other
from command_api.http.console.session.cookie import Form, Session, key_of
from command_api.http.console.session.done import say_done
from command_api.http.problems import Problem

SNOOZE_DAYS = (1, 3, 7, 14, 30)


def _snooze(form: Form) -> dict[str, Any]:
    days = form.get("days", "")
    if days == "0":
        return {"until": None}
    if days not in map(str, SNOOZE_DAYS):
        raise Problem(422, f"snooze for {', '.join(map(str, SNOOZE_DAYS))} days", rule="snooze_days")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=int(days))
    return {"until": until.isoformat()} | _said(form)


def _said(form: Form) -> dict[str, Any]:
    """The reason, where one was given."""
    return {"reason": reason} if (reason := form.text("reason")) else {}


ACTS: Mapping[str, tuple[str, Callable[[Form], dict[str, Any]]]] = {
    "claim": ("claim", lambda form: {"take_over": form.get("take_over") == "yes"}),
    "release": ("release", lambda _: {}),
    "call": (
        "calls",
        lambda form: {"outcome": form.get("outcome")} | ({"notes": notes} if (notes := form.text("notes")) else {}),
    ),
    "snooze": ("snooze", _snooze),
    "escalate": ("escalation", lambda form: {"reason": form.get("reason", "").strip()}),
    "recover": ("recovery", lambda form: {"reason": form.get("reason", "").strip()}),
}
"""{name: (the route of /v1/journeys/{id}, its body)}"""


@post("/journeys/{journey_id:uuid}/{act:str}", status_code=303)
async def act_on_journey(
    request: Request[Any, Any, Any],
    session: NamedDependency[Session],
    form: NamedDependency[Form],
    journey_id: UUID,
    act: str,
) -> Response[Any]:
    if act not in ACTS:
        raise NotFoundException
    route, body = ACTS[act]
    back = back_to(form.get("back"))
    try:
        position = await OwnApi(request, session).post(f"/v1/journeys/{journey_id}/{route}", body(form), key_of(form))
    except Problem as problem:
        problem.more["back"] = back
        raise
    # As of after it.
    return say_done(request, session, see_other(f"{back.partition('#')[0]}#journey-{journey_id}"), act, position)


handlers = [act_on_journey]
