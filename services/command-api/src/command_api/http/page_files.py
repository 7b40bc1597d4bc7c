"""The files of the page at /schema, from memory.

Served from the package, not from somebody's network: the page works wherever the API does. Whoever asks for one, and
however slowly they take it, costs no thread, no look at the disk and no copy of it.
"""

from importlib.resources import files
from typing import Any

from litestar import Response, Router, route
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse

from command_api.http.answer_headers import BrowsablePage
from command_api.http.problems import NOTHING_HERE, STATIC_PATH, Problem, problem

BROWSABLE = BrowsablePage(
    js_url=f"{STATIC_PATH}/swagger-ui-bundle.js",
    css_url=f"{STATIC_PATH}/swagger-ui.css",
    standalone_preset_js_url=f"{STATIC_PATH}/swagger-ui-standalone-preset.js",
    favicon=f"<link rel='icon' type='image/png' href='{STATIC_PATH}/favicon-32x32.png'>",
)
MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
"""Of those that the page names; the package has others."""


async def problems_alone(response: Response[Any]) -> Response[Any]:
    """A hook of the page's router, whose own answer to an address that isn't one would be a page."""
    return problem(Problem(404, NOTHING_HERE)) if response.status_code == 404 else response


def page() -> Router:
    """What the framework hangs the page and the document on."""
    return Router("/schema", route_handlers=[], include_in_schema=False, after_request=problems_alone)


def router() -> Router:
    """Its routes; the files are read now, and never again."""
    found = {name: (files("swagger_ui") / "static" / name).read_bytes() for name in MEDIA_TYPES}

    @route("/{name:str}", http_method=["GET", "HEAD"])
    async def page_file(name: str) -> ASGIResponse:
        if name not in found:
            raise NotFoundException
        # To HEAD, uvicorn sends the headers alone.
        return ASGIResponse(body=found[name], media_type=MEDIA_TYPES[name])

    return Router(STATIC_PATH, route_handlers=[page_file], include_in_schema=False)
