"""What every answer says to browsers and caches: security headers, Cache-Control, CORS."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from litestar import Request
from litestar.config.cors import CORSConfig
from litestar.datastructures import MutableScopeHeaders
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.types import Message, Scope

from command_api.http.problems import ASSETS_PATH, CONTRACTS_PATH, STATIC_PATH

PAGE_POLICY = "page_policy"
KEPT_SECONDS = 3600
"""How long the files of pages and the contracts may be kept; they change with a release."""
KEPT_PATHS = (f"{STATIC_PATH}/", CONTRACTS_PATH, ASSETS_PATH)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of an answer that no browser is to show."""
NO_STORE = "no-store"
Headers = list[tuple[bytes, bytes]]
"""As they go out."""
NEVER_SHOWN: Headers = [(b"content-security-policy", NOTHING.encode()), (b"cache-control", NO_STORE.encode())]
"""Of an answer that no browser is to show or to keep."""
INLINE_SCRIPT = re.compile(rb"<script type='text/javascript'>(.*?)</script>", re.DOTALL)

SENT_HEADERS = ["Authorization", "Healz-Min-Position", "Idempotency-Key", "If-Match", "X-Correlation-Id", "traceparent"]
ANSWERED_HEADERS = [
    "ETag",
    "Healz-Position",
    "Healz-Projection-Position",
    "Retry-After",
    "X-Correlation-Id",
    "traceparent",
]


class BrowsablePage(SwaggerRenderPlugin):
    """The page at /schema; only the script that it was rendered with may run beside the package's own files."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page; leaves its Content-Security-Policy with the request."""
        page = super().render(request, openapi_schema)
        inline = [b64encode(sha256(script).digest()).decode() for script in INLINE_SCRIPT.findall(page)]
        request.scope["state"][PAGE_POLICY] = "; ".join(
            (
                NOTHING,
                "script-src 'self'" + "".join(f" 'sha256-{digest}'" for digest in inline),
                # Swagger UI sets styles and shows small pictures of its own that way.
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                "font-src 'self' data:",
                "connect-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
            )
        )
        return page


def always(hsts_seconds: int) -> Headers:
    """What every answer has. ``hsts_seconds`` 0: without Strict-Transport-Security."""
    hsts = {"Strict-Transport-Security": f"max-age={hsts_seconds}"} if hsts_seconds else {}
    return [(name.lower().encode(), value.encode()) for name, value in (ALWAYS | hsts).items()]


def security_headers(hsts_seconds: int) -> Callable[[Message, Scope], Awaitable[None]]:
    """A hook that adds them to every answer, errors too."""
    # Nobody else sets them, so they are not looked for among the others.
    sent_always = always(hsts_seconds)

    async def send(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        headers.headers.extend(sent_always)
        headers["Content-Security-Policy"] = scope.get("state", {}).get(PAGE_POLICY, NOTHING)
        kept = scope["path"].startswith(KEPT_PATHS) and message["status"] in (200, 304)
        headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}" if kept else NO_STORE

    return send


def cors(origins: Sequence[str]) -> CORSConfig | None:
    """Which pages of other origins may call the API from a browser: those named, with a token and without cookies."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH"],
        allow_headers=SENT_HEADERS,
        expose_headers=ANSWERED_HEADERS,
        allow_credentials=False,
    )


def cors_headers(config: CORSConfig | None, sent: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Those of an answer to what sent these headers, as the framework makes them."""
    origin = next((value.decode("latin-1") for name, value in sent if name == b"origin"), None) if config else None
    if config is None or not origin:
        return []
    headers = dict(config.simple_headers)
    if config.is_origin_allowed(origin):
        headers |= {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
    headers["Access-Control-Allow-Headers"] = ", ".join(sorted(set(config.allow_headers)))
    headers["Access-Control-Allow-Methods"] = ", ".join(sorted(set(config.allow_methods)))
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


async def all_methods(message: Message, scope: Scope) -> None:
    """A hook that lets OPTIONS tell every method of an address.

    The framework's own answer knows only the methods that were declared together with it.
    """
    if message["type"] != "http.response.start" or scope.get("method") != "OPTIONS":
        return
    headers = MutableScopeHeaders.from_message(message)
    if "allow" in headers:
        routes = (route for route in scope["litestar_app"].routes if route.path_format == scope["path_template"])
        allowed = {method.strip() for method in headers["allow"].split(",")}
        headers["Allow"] = ", ".join(sorted(allowed.union(*(route.methods for route in routes))))
