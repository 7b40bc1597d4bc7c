"""Why an append is refused: what PostgreSQL's errors mean to who asked."""

from collections.abc import Callable
from datetime import datetime

import asyncpg

from command_api.decide.rejected import Rejected

TAKEN = {
    "phone": "another patient has this phone; look them up instead of registering them again, or say shares_phone "
    "where several people are reached on it",
    "email": "another patient has this e-mail address",
    "cpf": "another patient has this CPF; look them up instead of registering them again",
}


class MessageKnown(Exception):
    """A provider's message was recorded before, in whatever conversation of the tenant: nothing is left to do."""


class ClocksApart(Exception):
    """The time that this would be recorded at is far from the application's clock: one of the two is wrong."""


def refusal(error: asyncpg.PostgresError, clock: Callable[[], datetime]) -> Exception:
    """What ``error`` means; itself where that is no answer to anybody. ``clock``: the application's own."""
    if isinstance(error, asyncpg.ExclusionViolationError):
        return Rejected("doctor_overlap", "the doctor has another appointment then; choose another time")
    match getattr(error, "sqlstate", None):
        case "HZ003":
            kind = str(error)
            return Rejected(f"{kind}_taken", TAKEN[kind])
        case "HZ005":
            return MessageKnown()
        case "HZ006":
            return ClocksApart(f"{error}; the application's is at {clock()}")
        case _:
            return error
