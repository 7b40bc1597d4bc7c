"""E-mail addresses, CPFs and phones as people write them: one form for each, whatever they are typed on.

What looks alike and is alike (an accent in one character or two, full-width digits, characters that can't be seen) is
made one before it is recorded, so that it is one identity.
"""

import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from validate_docbr import CPF

from command_api.decide.patient.phones import one_line
from healz.events.fields import Cpf, Email, Phone
from healz.events.json_kinds import Flag

_cpf = CPF()
CPF_PATTERN = r"^[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}[-/ ]?[0-9]{2}$"


def cpf_digits(value: Any) -> Any:
    """The 11 digits of a CPF, with or without its punctuation. Raises ValueError when the check digits don't agree."""
    if not isinstance(value, str):
        return value
    plain = unicodedata.normalize("NFKC", value)
    digits = "".join(c for c in plain if c not in "./ " and unicodedata.category(c) not in ("Pd", "Cf")).strip()
    if len(digits) != 11 or not digits.isdigit() or not digits.isascii() or not _cpf.validate(digits):
        raise ValueError("the CPF's check digits don't agree; look at it once more")
    return digits


def mailbox(value: Any) -> Any:
    """An e-mail address without what can't be seen, its characters in their usual width, accents composed.

    Raises ValueError for a control character, a space, a second @.
    """
    if not isinstance(value, str):
        return value
    seen = "".join(c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) != "Cf").strip()
    if any(unicodedata.category(c) == "Cc" for c in seen):
        raise ValueError("an e-mail address holds no control characters; remove them")
    normal = unicodedata.normalize("NFKC", seen)
    if normal.count("@") > 1 or any(map(str.isspace, normal)):  # also a letter that stands for one, like a macron
        raise ValueError("an e-mail address has one @ and no spaces; correct it")
    return normal


def mailbox_identities(email: str) -> frozenset[str]:
    """The forms under which nobody else in the tenant may have this address; one, when it is ASCII.

    Capitals make no difference. Beside the form that is recorded these are the ones that earlier releases may have
    recorded: the same with accents apart, and whatever ``email`` itself is.
    """
    usual = unicodedata.normalize("NFKC", email).lower()
    return frozenset({email.lower(), unicodedata.normalize("NFC", usual), unicodedata.normalize("NFD", usual)})


PhoneGiven = Annotated[
    Phone,
    BeforeValidator(one_line),
    Field(
        description="with its country code; a number that the country has, in digits and the usual separators; kept "
        "as E.164, in the one spelling of its line",
        examples=["+5527999990000"],
        json_schema_extra={"format": "phone"},
    ),
]
SharesPhone = Annotated[
    Flag, Field(description="others are reached on this phone too; without this word a phone is one adult's alone")
]
EmailGiven = Annotated[
    Email,
    BeforeValidator(mailbox),
    Field(examples=["maria.silva@example.com"], json_schema_extra={"format": "email"}),
]
CpfGiven = Annotated[
    Cpf,
    BeforeValidator(cpf_digits),
    Field(
        description="with or without its punctuation; the check digits must agree",
        examples=["529.982.247-25"],
        json_schema_extra={"format": "cpf", "pattern": CPF_PATTERN},
    ),
]
