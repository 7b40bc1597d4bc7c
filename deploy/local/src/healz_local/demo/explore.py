"""Where to go on from here."""

from rich.console import Console

from healz_local.demo.show import heading
from healz_local.settings import LocalSettings


def show_addresses(console: Console, settings: LocalSettings) -> None:
    """Commands and addresses that work as they stand."""
    heading(console, "Look around")
    for what, why in (
        (
            f"{settings.api_url}/console",
            "the console: clinics' days, who is at risk, patients; log in with this token:",
        ),
        (".venv/bin/healz-local token --role manager", "or --role operator, for the pipeline"),
        (f"{settings.api_url}/schema", "the API, to read and to try"),
        ("make status", "what runs, and how far the data has got"),
        ("make demo N=2000", "the next 2,000 rows"),
        ('eval "$(make env)"', "$API_URL, $TOKEN, $DATABASE_URL; then, for example:"),
    ):
        console.print(f"  {what:28}  {why}", soft_wrap=True)
    console.print(
        '  curl -s "$API_URL/v1/patients?name=maria&limit=3" -H "Authorization: Bearer $TOKEN"', soft_wrap=True
    )
