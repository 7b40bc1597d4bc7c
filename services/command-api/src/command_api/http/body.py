"""A command's body: there within a bound of time, or given up. Whoever leaves in the middle is no error of ours."""

import asyncio
from typing import Any

from litestar import Request
from litestar.exceptions import InternalServerException

from command_api.http.problems import Problem
from command_api.settings import ApiSettings

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
KINDS = {JSON: "JSON", FORM: "a form"}


class BoundedRequest(Request[Any, Any, Any]):
    """A request with a bound on the wait for its body; Litestar's own waits for ever."""

    taken = JSON
    """What a body may say that it is."""
    _whole: bytes | None = None

    async def body(self) -> bytes:
        """All of it. Raises Problem when it does not come or says that it is of another kind than is taken here, and
        what Litestar raises for one that is too large.

        One that does not say what it is may be what is taken.
        """
        if self._whole is not None:
            return self._whole
        if self.content_type[0] not in ("", self.taken):
            raise Problem(415, f"send {KINDS[self.taken]}, and the header Content-Type: {self.taken}")
        settings: ApiSettings = self.app.state.settings
        try:
            async with asyncio.timeout(settings.healz_body_seconds_max):
                self._whole = await super().body()
                return self._whole
        except TimeoutError as error:
            raise Problem(408, f"the body was not there within {settings.healz_body_seconds_max:g} s") from error
        except InternalServerException as error:
            raise Problem(400, "the body broke off; send the request again") from error
