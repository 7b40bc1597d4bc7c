"""What is typed into the console's one search field: which of the API's parameters it is."""

from collections.abc import Mapping, Sequence

import pytest

from command_api.http.console.patient.search import ways

CPF = "08991105173"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Maria da Silva", [{"name": "Maria da Silva"}]),
        ("D'Ávila 2", [{"name": "D'Ávila 2"}]),
        ("maria.silva@example.com", [{"email": "maria.silva@example.com"}]),
        ("14/07/1985", [{"birth_date": "1985-07-14"}]),
        ("4.7.1985", [{"birth_date": "1985-07-04"}]),
        ("1985-07-14", [{"birth_date": "1985-07-14"}]),
        ("31/02/1985", [{"birth_date": "1985-02-31"}]),
        ("089.911.051-73", [{"cpf": "089.911.051-73"}]),
        ("089.911.051-74", [{"cpf": "089.911.051-74"}]),
        (CPF, [{"cpf": CPF}, {"phone": CPF}]),
        ("27908612470", [{"phone": "27908612470"}]),
        ("+55 (27) 90861-2470", [{"phone": "+55 (27) 90861-2470"}]),
        ("2470", [{"phone": "2470"}]),
        ("1", [{"phone": "1"}]),
        ("---", [{"phone": "---"}]),
    ],
)
def test_the_search_knows_what_was_typed(typed: str, wanted: Sequence[Mapping[str, str]]) -> None:
    assert ways(typed) == wanted
