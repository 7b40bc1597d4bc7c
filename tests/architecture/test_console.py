"""The console reads by the API's routes; whoever adds SQL to it adds a second way to read."""

import re

from architecture.source import ROOT

CONSOLE = ROOT / "services/command-api/src/command_api/http/console"
OWN = {"rules/trial.py", "pipeline/look.py"}
"""What no route answers: whom other rules would have put at risk, and what goes across organisations."""
SQL = re.compile(r"\bSELECT\b|\bINSERT\b|\bUPDATE\b|\bDELETE FROM\b|reader_pool|command_pool")


def test_the_console_has_no_sql_but_where_no_route_answers() -> None:
    found = {str(file.relative_to(CONSOLE)) for file in CONSOLE.rglob("*.py") if SQL.search(file.read_text())}
    assert found == OWN


def test_what_is_vendored_has_its_licence_beside_it() -> None:
    files = {file.name for file in (CONSOLE / "assets").iterdir()}
    assert {"htmx.min.js", "LICENSE.htmx", "sse.min.js", "LICENSE.sse"} <= files
    published = (CONSOLE / "assets" / "htmx.min.js").read_text()
    assert 'version:"2.0.11"' in published
