"""The console's files, from memory: its style, and htmx with its extension for server-sent events, as published."""

from importlib.resources import files

from litestar import route
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse

MEDIA_TYPES = {
    "console.css": "text/css",
    "htmx.min.js": "text/javascript",
    "sse.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
FILES = {name: (files("command_api.http.console") / "assets" / name).read_bytes() for name in MEDIA_TYPES}


@route("/assets/{name:str}", http_method=["GET", "HEAD"])
async def asset(name: str) -> ASGIResponse:
    """To HEAD, uvicorn sends the headers alone."""
    if name not in FILES:
        raise NotFoundException
    return ASGIResponse(body=FILES[name], media_type=MEDIA_TYPES[name])
