"""What somebody typed into the one search field, as the API's parameters: a name, a phone, an e-mail, a CPF, a day."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from command_api.decide.patient.identifiers import cpf_digits
from command_api.http.console.asking import OwnApi
from command_api.http.problems import Problem

Way = Mapping[str, Any]
DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PRINTED_CPF = re.compile(r"\d{3}\.\d{3}\.\d{3}[-–/]?\d{2}")
NOTHING: Mapping[str, Any] = {"items": [], "next": None}


def ways(typed: str) -> Sequence[Way]:
    """What it may be, the likeliest first: eleven digits are a CPF, or a mobile with its area code."""
    if "@" in typed:
        return [{"email": typed}]
    if day := DAY.fullmatch(typed):
        return [{"birth_date": f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}"}]
    if ISO_DAY.fullmatch(typed):
        return [{"birth_date": typed}]
    if PRINTED_CPF.fullmatch(typed):
        return [{"cpf": typed}]
    if any(letter.isalpha() for letter in typed):
        return [{"name": typed}]
    return [{"cpf": typed}, {"phone": typed}] if _is_cpf(typed) else [{"phone": typed}]


async def found(api: OwnApi, typed: str, after: str | None, limit: int) -> tuple[Mapping[str, Any], str | None]:
    """The API's page of patients; and why there is none, where the search itself is why: a key of the catalogue."""
    if not typed:
        return await api.get("/v1/patients", limit=limit, after=after), None
    page = NOTHING
    for way in ways(typed):
        try:
            page = await api.get("/v1/patients", **way, limit=limit, after=after)
        except Problem as problem:
            if problem.status == 403:
                return NOTHING, "patients.by_name_alone"
            if problem.status != 422 or after is not None:
                raise
            return NOTHING, "patients.unclear"
        if page["items"]:
            break
    return page, None


def _is_cpf(typed: str) -> bool:
    try:
        cpf_digits(typed)
    except ValueError:
        return False
    return True
