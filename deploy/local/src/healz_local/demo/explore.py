"""Where to go on from here."""

from rich.console import Console

from healz_local.demo.show import heading
from healz_local.settings import LocalSettings


def show_addresses(console: Console, settings: LocalSettings) -> None:
    """Commands and addresses that work as they stand."""
    heading(console, "Look around")
    console.print(f"  {settings.api_url}/schema  the API, to read and to try")
    console.print("  make status                   what runs, and how far the data has got")
    console.print("  make demo                     the next rows (N=2000: more of them)")
    console.print("  psql-like: any client at $DATABASE_URL, after")
    console.print('  eval "$(make env)"            addresses and a token, for example for', markup=False)
    console.print(
        '  curl -s "$API_URL/v1/patients?name=maria&limit=3" -H "Authorization: Bearer $TOKEN"', soft_wrap=True
    )
