"""What a page shows and does is asked of the API itself, in this process, with the session's token.

So there is no second way to read or to act: roles, clinics, disclosure, rates and refusals are the API's own, and what
is done is recorded with who did it.
"""

from typing import Any

import httpx
from litestar import Request

from command_api.http.console.session.cookie import Session
from command_api.http.problems import TITLES, Problem
from command_api.http.tracing import ASKED_WITHIN, operation


class OwnApi:
    """The API, as whoever is logged in may use it. Raises Problem with what the API answers in place of 2xx."""

    def __init__(self, request: Request[Any, Any, Any], session: Session) -> None:
        now = operation(request.scope)
        self._api = request.app
        self._headers = {
            "authorization": f"Bearer {session.token}",
            "x-correlation-id": str(now.correlation_id),
            "traceparent": now.traceparent,
        }

    async def get(self, path: str, *, position: int = 0, **query: Any) -> Any:
        """The answer; not older than ``position``. Parameters that are None are left out."""
        more = {"healz-min-position": str(position)} if position else {}
        asked = {name: value for name, value in query.items() if value is not None}
        return (await self._ask("GET", path, more, params=asked)).json()

    async def post(self, path: str, body: dict[str, Any], key: str) -> int:
        """Hands a command over; returns the position of what it led to."""
        answer = await self._ask("POST", path, {"idempotency-key": key}, json=body)
        return int(answer.headers["healz-position"])

    async def patch(self, path: str, body: dict[str, Any]) -> None:
        await self._ask("PATCH", path, {}, json=body)

    async def _ask(self, method: str, path: str, more: dict[str, str], **what: Any) -> httpx.Response:
        transport: Any = httpx.ASGITransport(app=self._within)
        async with httpx.AsyncClient(transport=transport, base_url="http://console", trust_env=False) as client:
            answer = await client.request(method, path, headers=self._headers | more, **what)
        if answer.is_success:
            return answer
        told = answer.json()
        status = answer.status_code if answer.status_code in TITLES else 500
        known = {name: told[name] for name in ("rule", "errors") if name in told}
        raise Problem(status, told.get("detail", ""), headers=_again(answer), **known)

    async def _within(self, scope: Any, receive: Any, send: Any) -> None:
        await self._api(scope | {"extensions": {ASKED_WITHIN: {}}}, receive, send)


def _again(answer: httpx.Response) -> dict[str, str]:
    return {"Retry-After": answer.headers["retry-after"]} if "retry-after" in answer.headers else {}
