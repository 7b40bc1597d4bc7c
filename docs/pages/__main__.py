"""``make docs``: writes the made blocks of the pages anew, the dashboards, and the contracts."""

from pathlib import Path

from pages import catalogue, contracts, dashboards, journey, metrics, read_models
from pages.blocks import filled

DOCS = Path(__file__).resolve().parents[1]
GRAFANA = DOCS.parent / "deploy" / "observability" / "grafana"
PAGES = {
    "events.md": catalogue.blocks,
    "journey.md": journey.blocks,
    "metrics.md": metrics.blocks,
    "read-models.md": read_models.blocks,
}


def main() -> None:
    for name, blocks in PAGES.items():
        page = DOCS / name
        page.write_text(filled(page.read_text(), blocks()))
    for name, text in dashboards.files().items():
        (GRAFANA / name).write_text(text)
    for name, text in contracts.files().items():
        (contracts.FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
