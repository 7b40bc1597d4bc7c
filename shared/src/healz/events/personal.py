"""Which fields say something about a patient, and of what kind: marks on the types of events and of answers.

``Annotated[str, Personal("contact")]`` marks a type, or one field. Who reads which kind is the API's to say
(``command_api.http.queries.disclosure``); of an anonymised patient nobody reads any. A text, a JSON object or a date
without a mark fails a test; one that is not the patient's says so with ``NOT_THE_PATIENTS``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel

Kind = Literal["name", "contact", "document", "message", "medical", "note", "reason"]
"""
- ``name``: what somebody is called
- ``contact``: how and where they are reached: phones, e-mail, address, preferences, a provider's id of a message
- ``document``: what a civil identity is proved with: CPF, birth date
- ``message``: what was written to and fro, and what was read out of it
- ``medical``: allergies, conditions, medications
- ``note``: what a clinic wrote down about a visit
- ``reason``: why something was done, in anybody's words
"""


@dataclass(frozen=True)
class Personal:
    """A mark in an ``Annotated``: what kind of personal the field is; None: it says nothing about the patient."""

    kind: Kind | None


NOT_THE_PATIENTS = Personal(None)
"""Of a text that is about somebody else, or about nobody: a doctor's name as it stands on the door."""


def kind_of(annotation: Any) -> Personal | None:
    """The mark of a type: the last one, so that a field's own comes before its type's; None without any."""
    marks = list(_marks(annotation))
    return marks[-1] if marks else None


def _marks(annotation: Any) -> Iterator[Personal]:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        yield from _marks(inner)
        yield from (mark for mark in metadata if isinstance(mark, Personal))
    else:
        for part in get_args(annotation):
            yield from _marks(part)


@cache
def personal_fields(model: type[BaseModel]) -> dict[str, Kind]:
    """{field: kind} of those of a model's own fields that are personal."""
    marks = {name: kind_of(field.rebuild_annotation()) for name, field in model.model_fields.items()}
    return {name: mark.kind for name, mark in marks.items() if mark is not None and mark.kind is not None}
