"""What every answer says to browsers and caches, whatever was asked; and which pages may ask."""

import httpx
import pytest
from uuid_utils.compat import uuid7

from command_api.settings import ApiSettings
from system import System, until_refused

DESK = "https://desk.example"
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"
ID = uuid7()
ASKED: list[tuple[int, str, str, dict[str, str]]] = [
    (200, "GET", "/", {}),
    (200, "GET", "/health/live", {}),
    (200, "GET", "/health/ready", {}),
    (200, "GET", "/v1/clinics", {}),
    (200, "GET", "/schema/openapi.json", {}),
    (204, "OPTIONS", "/v1/patients", {}),
    (400, "POST", "/v1/patients", {}),
    (401, "GET", "/v1/patients", {"Authorization": "Bearer x"}),
    (404, "GET", f"/v1/patients/{ID}", {}),
    (404, "GET", "/nowhere", {}),
    (404, "GET", "/schema-ui/nothing.css", {}),
    (404, "GET", "/contracts/nothing.json", {}),
    (404, "GET", "/schema/redoc", {}),
    (404, "GET", "/schema/nothing/at/all", {}),
    (405, "DELETE", "/v1/patients", {}),
    (413, "POST", "/v1/patients", {"Content-Type": "application/json"}),
    (422, "GET", "/v1/patients?color=blue", {}),
]
METHODS = {
    "/": "GET, OPTIONS",
    "/health/live": "GET, OPTIONS",
    "/v1/patients": "GET, OPTIONS, POST",
    "/v1/patients/": "GET, OPTIONS, POST",
    f"/v1/patients/{ID}": "GET, OPTIONS",
    f"/v1/patients/{ID}/contact": "OPTIONS, PUT",
    "/v1/appointments": "GET, OPTIONS, POST",
    "/v1/journeys": "GET, OPTIONS, POST",
    f"/v1/clinics/{ID}": "GET, OPTIONS, PATCH, PUT",
    f"/v1/clinics/{ID}/": "GET, OPTIONS, PATCH, PUT",
    f"/v1/doctors/{ID}": "GET, OPTIONS, PATCH, PUT",
    "/v1/imports/appointments": "OPTIONS, POST",
    "/schema-ui/swagger-ui.css": "GET, HEAD, OPTIONS",
    "/contracts": "GET, HEAD, OPTIONS",
}


async def test_every_answer_is_kept_by_nobody_and_shown_by_no_other_page(system: System) -> None:
    system.settings = {
        "HEALZ_CORS_ORIGINS": f"{DESK}, http://localhost:5173",
        "HEALZ_HSTS_SECONDS": "31536000",
        "HEALZ_REQUESTS_PER_MINUTE_MAX": "40",
    }
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        for status, method, path, headers in ASKED:
            content = {400: b"x", 413: b" " * 70_000}.get(status)
            answer = await client.request(method, path, headers=headers, content=content)
            assert answer.status_code == status, (method, path, answer.text)
            is_guarded(answer)
            assert status < 400 or answer.headers["content-type"] == "application/problem+json", (method, path)
            assert answer.headers["content-security-policy"] == JSON_POLICY
            assert answer.headers["cache-control"] == "no-store"
        await methods_are_told(client)
        await the_page_is_guarded(client)
        await other_pages_may_ask(client)
    async with system.client() as client:
        *_, refused = await until_refused(lambda: client.get("/v1/clinics", headers={"Origin": DESK}))
        is_guarded(refused)
        assert refused.headers["cache-control"] == "no-store"
        assert refused.headers["access-control-allow-origin"] == DESK


def is_guarded(answer: httpx.Response) -> None:
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS, answer.url


async def methods_are_told(client: httpx.AsyncClient) -> None:
    """OPTIONS and the Allow of a 405 agree."""
    for path, methods in METHODS.items():
        asked, refused = await client.options(path), await client.delete(path)
        assert (asked.status_code, asked.headers["allow"]) == (204, methods), path
        assert (refused.status_code, sorted(refused.headers["allow"].split(", "))) == (405, methods.split(", ")), path


async def the_page_is_guarded(client: httpx.AsyncClient) -> None:
    """Its one script stands in its policy; its files may be kept."""
    page = await client.get("/schema")
    is_guarded(page)
    policy = page.headers["content-security-policy"]
    assert policy.startswith(JSON_POLICY)
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-eval" not in policy
    assert page.headers["cache-control"] == "no-store"
    file = await client.get("/schema-ui/swagger-ui.css")
    is_guarded(file)
    assert file.headers["cache-control"] == "public, max-age=3600"


async def other_pages_may_ask(client: httpx.AsyncClient) -> None:
    """Those that are named, without being asked for a token first."""
    asks = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key, if-match, healz-min-position,"
        " x-correlation-id, traceparent",
    }
    del client.headers["Authorization"]
    for origin in (DESK, "http://localhost:5173"):
        preflight = await client.options("/v1/clinics", headers=asks | {"Origin": origin})
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, origin)
        assert preflight.headers["access-control-allow-methods"] == "GET, PATCH, POST, PUT"
        allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
        assert set(asks["Access-Control-Request-Headers"].split(", ")) <= set(allowed)
        assert "access-control-allow-credentials" not in preflight.headers
        is_guarded(preflight)
    for other in (
        "https://desk.example.evil",
        "https://evil-desk.example",
        "http://desk.example",
        "null",
        f"{DESK}:8443",
    ):
        preflight = await client.options("/v1/clinics", headers=asks | {"Origin": other})
        assert preflight.status_code == 400
        assert "access-control-allow-origin" not in preflight.headers
        answer = await client.get("/v1/clinics", headers={"Origin": other})
        assert "access-control-allow-origin" not in answer.headers
    unauthenticated = await client.get("/v1/clinics", headers={"Origin": DESK})
    assert (unauthenticated.status_code, unauthenticated.headers["access-control-allow-origin"]) == (401, DESK)
    exposed = set(unauthenticated.headers["access-control-expose-headers"].split(", "))
    assert exposed >= {"ETag", "Healz-Position", "Healz-Projection-Position", "X-Correlation-Id", "Retry-After"}


async def test_nobody_else_may_ask_unless_it_is_set(system: System) -> None:
    system.start("command-api")
    await system.ready()
    async with system.client() as client:
        answer = await client.get("/v1/clinics", headers={"Origin": DESK})
        assert [name for name in answer.headers if name.startswith("access-control")] == []
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "origins", ["*", "https://*.example", "https://desk.example/", "desk.example", "null", "HTTPS://A"]
)
def test_an_origin_is_named_exactly(origins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALZ_CORS_ORIGINS", origins)
    with pytest.raises(ValueError, match="healz_cors_origins"):
        ApiSettings(
            database_url="postgresql://nowhere/healz",
            reader_database_url="postgresql://nowhere/healz",
            kafka_bootstrap_servers="nowhere:9092",
            healz_identity_key="x" * 16,
        )
