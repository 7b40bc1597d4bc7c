"""deploy/observability/grafana: the dashboards, of their panels."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from pages.panels import DASHBOARDS, Panel

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH, HEIGHT = 8, 8


def files() -> dict[str, str]:
    """{the file's name: its JSON}"""
    return {f"{name}.json": _written(name, rows) for name, rows in DASHBOARDS.items()}


def _written(name: str, rows: dict[str, Sequence[Panel]]) -> str:
    page = (
        dashboard.Dashboard(f"Healz {name}")
        .uid(f"healz-{name}")
        .tags(["healz"])
        .refresh("10s")
        .time("now-1h", "now")
        .with_variable(dashboard.DatasourceVariable("datasource").type("prometheus").label("Prometheus"))
    )
    for title, panels in rows.items():
        page = page.with_row(dashboard.Row(title))
        for panel in panels:
            page = page.with_panel(_panel(panel))
    return str(JSONEncoder(sort_keys=True, indent=2).encode(page.build())) + "\n"


def _panel(panel: Panel) -> timeseries.Panel:
    drawn = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.tells)
        .unit(panel.unit)
        .min(0)
        .span(WIDTH)
        .height(HEIGHT)
        .datasource(SOURCE)
    )
    for number, (line, query) in enumerate(panel.asks.items()):
        drawn = drawn.with_target(prometheus.Dataquery().expr(query).legend_format(line).ref_id(chr(ord("A") + number)))
    return drawn
