"""Whose doing a value is: what the first event of that operation says that names somebody.

A token's user is no person by itself: imports and the bot have tokens too.
"""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from command_api.http.auth import Principal
from healz.events.fields import Actor

ACTORS: tuple[str, ...] = get_args(Actor)


def whose_doing(set_by: Mapping[str, Any], near: Iterable[Mapping[str, Any]], who: Principal | None) -> str:
    """The end of a key of the catalogue, ``why.``. ``near``: the patient's events around the one that set the value."""
    if not set_by["user_id"]:
        return "system"
    operation = (event["event_data"] for event in near if event["correlation_id"] == set_by["correlation_id"])
    actor = next((actor for data in operation if (actor := _actor(data)) is not None), None)
    if actor in ("import", "bot", "patient"):
        return actor
    if who is not None and set_by["user_id"] == str(who.user_id):
        return "you"
    return "person" if actor in ("agent", "doctor") else "user"


def _actor(data: Mapping[str, Any]) -> str | None:
    """Other fields that end so are no actors: a journey is ``initiated_by`` a booking."""
    if data.get("registration_source") == "import":
        return "import"
    return next((value for name, value in data.items() if name.endswith("_by") and value in ACTORS), None)
