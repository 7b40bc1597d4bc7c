"""What a desk is told of somebody: words of a name, a phone or its end, an e-mail address, a CPF, a birth date."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple, Self

from command_api.decide.given import Role
from command_api.decide.patient.identifiers import cpf_digits, mailbox
from command_api.decide.patient.phones import one_line, spellings
from command_api.http.problems import Problem
from command_api.http.queries.disclosure import may_read
from healz.events.personal import Kind
from healz.read_models.patient_row import name_search

WORDS_MAX = 4
PARTICLES = frozenset(("da", "das", "de", "di", "do", "dos", "du", "e"))
PHONE_END = re.compile(r"\d[\d \-]{2,10}\d")
PHONE_END_DIGITS_MIN, PHONE_END_DIGITS_MAX = 4, 9
KINDS: dict[str, Kind] = {"phone": "contact", "email": "contact", "cpf": "document", "birth_date": "document"}
"""Who may not read a field can't search by it: the answer would tell what it is."""


class KnownBy(NamedTuple):
    """The first arguments of ``patient.find_patients``; None: any."""

    words: list[str] | None
    phones: list[str] | None
    phone_end: str | None
    cpf: str | None
    email: str | None
    birth_date: date | None

    @classmethod
    def of(cls, role: Role, **told: Any) -> Self:
        """Of the query. Raises Problem 403 for what the role may not read, 422 for what is no such thing."""
        for name, kind in KINDS.items():
            if told[name] is not None and not may_read(role, kind):
                raise Problem(403, f"the role {role} may not read {name}, so it can't search by it")
        phone_end = _phone_end(told["phone"])
        phone = None if phone_end is not None else _checked("phone", one_line, told["phone"])
        return cls(
            words=words(told["name"]) if told["name"] else None,
            phones=None if phone is None else sorted(spellings(phone)),
            phone_end=phone_end,
            cpf=_checked("cpf", cpf_digits, told["cpf"]),
            email=_checked("email", mailbox, told["email"]),
            birth_date=told["birth_date"],
        )


def words(name: str) -> list[str]:
    """What is looked for of ``name``, at most WORDS_MAX; particles only where there is nothing else."""
    given = name_search(name).split()
    return ([word for word in given if word not in PARTICLES] or given)[:WORDS_MAX]


def _phone_end(phone: str | None) -> str | None:
    if phone is None or not PHONE_END.fullmatch(phone.strip()):
        return None
    digits = "".join(filter(str.isdecimal, phone))
    return digits if PHONE_END_DIGITS_MIN <= len(digits) <= PHONE_END_DIGITS_MAX else None


def _checked(name: str, read: Callable[[Any], Any], value: str | None) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise Problem(422, str(error), errors=[{"field": name, "message": str(error)}]) from error
