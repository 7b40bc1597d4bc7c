"""Rows that may be somebody else's: nobody can tell, so somebody has to look."""

from typing import Literal, NamedTuple
from uuid import UUID

from command_api.imports.rows.row import RowRefused

Contradiction = Literal["phone_of_another", "cpf_of_another", "cpf_differs"]


class Met(NamedTuple):
    """Whom a row met that may be somebody else: the row of this batch that brought them, or the patient."""

    whom: int | UUID
    rule: Contradiction


WORDS: dict[Contradiction, tuple[str, str]] = {
    "phone_of_another": (
        "patient_phone",
        "has this phone under another name; if it is the same person give the CPF or the birth date that is known of "
        "them, if they share the phone write yes in shares_phone",
    ),
    "cpf_of_another": (
        "patient_cpf",
        "has this CPF with another name and another birth date; give each their own, or leave it out",
    ),
    "cpf_differs": (
        "patient_cpf",
        "has this name and phone with another CPF; correct the one that is wrong; if they are two people say in "
        "patient_birth_date or patient_name who is who",
    ),
}


def refusal(met: Met) -> RowRefused:
    """In a clerk's words, with the column to look at."""
    column, message = WORDS[met.rule]
    whom = f"the patient of row {met.whom}" if isinstance(met.whom, int) else f"the patient {met.whom}"
    return RowRefused(met.rule, f"{whom} {message}", column)
