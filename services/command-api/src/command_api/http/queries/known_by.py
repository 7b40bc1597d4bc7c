"""What a desk is told of somebody: words of a name, a phone or its end, an e-mail address, a CPF, a birth date."""

import re
from datetime import date
from typing import NamedTuple, Self

from command_api.decide.given import Role
from command_api.decide.patient.identifiers import cpf_digits, mailbox, mailbox_identities
from command_api.decide.patient.phones import at_home, plain, respelt, spellings
from command_api.decide.times import day_asked
from command_api.http.problems import Problem
from command_api.http.queries.disclosure import may_read
from command_api.http.queries.reader import written
from healz.events.personal import Kind
from healz.read_models.patient_row import name_search

WORDS_MAX = 4
PARTICLES = frozenset(("da", "das", "de", "di", "do", "dos", "du", "e"))
SEPARATORS = str.maketrans(",;", "  ")
"""As a register is read: Silva, Maria."""
PHONE_END = re.compile(r"\d[\d \-]{2,10}\d")
BRAZILS_MOBILE = re.compile(r"9[06-9]\d{7}")
PHONE_END_DIGITS_MIN, PHONE_END_DIGITS_MAX = 4, 9
KINDS: dict[str, Kind] = {"phone": "contact", "email": "contact", "cpf": "document", "birth_date": "document"}
"""Who may not read a field can't search by it: the answer would tell what it is."""


class KnownBy(NamedTuple):
    """The first arguments of ``patient.find_patients``; None: any."""

    words: list[str] | None
    phones: list[str] | None
    phone_end: str | None
    cpf: str | None
    emails: list[str] | None
    birth_date: date | None

    @classmethod
    def of(cls, role: Role, **told: str | None) -> Self:
        """Of the query. Raises Problem 403 for what the role may not read, 422 for what is no such thing."""
        for name, kind in KINDS.items():
            if told[name] is not None and not may_read(role, kind):
                raise Problem(403, f"the role {role} may not read {name}, so it can't search by it")
        phone_end, email = _phone_end(told["phone"]), written("email", told["email"], mailbox)
        phone = None if phone_end is not None else written("phone", told["phone"], _whole_phone)
        return cls(
            words=written("name", told["name"] or None, words),
            phones=None if phone is None else sorted(spellings(phone)),
            phone_end=phone_end,
            cpf=written("cpf", told["cpf"], cpf_digits),
            emails=None if email is None else sorted(mailbox_identities(email)),
            birth_date=written("birth_date", told["birth_date"], day_asked),
        )


def words(name: str) -> list[str]:
    """What is looked for of ``name``, at most WORDS_MAX; particles only where there is nothing else.

    Raises ValueError where there is nothing at all: it would find everybody.
    """
    given = name_search(name.translate(SEPARATORS)).split()
    if not given:
        raise ValueError("the name has no letter to look for")
    return ([word for word in given if word not in PARTICLES] or given)[:WORDS_MAX]


def _whole_phone(typed: str) -> str:
    """Raises ValueError for what is none, and for an end that is too short."""
    if len(typed) < PHONE_END_DIGITS_MIN:
        ends = f"{PHONE_END_DIGITS_MIN} to {PHONE_END_DIGITS_MAX}"
        raise ValueError(f"give the whole phone, or {ends} of its last digits")
    # A blank at its beginning was a + that is not encoded: the country is named.
    return respelt(typed if typed[0].isspace() else at_home(typed))


def _phone_end(phone: str | None) -> str | None:
    if phone is None or not PHONE_END.fullmatch(typed := plain(phone)):
        return None
    digits = "".join(str(int(c)) for c in typed if c.isdecimal())
    if BRAZILS_MOBILE.fullmatch(digits):
        digits = digits[1:]  # as whoever was recorded without the ninth digit ends
    return digits if PHONE_END_DIGITS_MIN <= len(digits) <= PHONE_END_DIGITS_MAX else None
