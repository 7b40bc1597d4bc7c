"""The rules' page: what there is, what is tried, what comes of it, and saving it."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Stream

from command_api.decide.journey.rules import JourneyRules
from command_api.http.auth import Principal
from command_api.http.console.asking import OwnApi
from command_api.http.console.page import HOME, page, rendered, see_other
from command_api.http.console.rules.fields import asked, changes, drawn, fields, fields_text
from command_api.http.console.rules.trial import Trial
from command_api.http.console.session.cookie import Form, Session
from command_api.http.console.session.done import say_done
from command_api.http.console.session.lasting import lasting
from command_api.http.problems import Problem
from command_api.http.stream import event

RULES = f"{HOME}/rules"
DAYS = 30
TRIAL_SECONDS_MAX = 600.0
TELL_EVERY_SECONDS = 0.4
TRIAL = "command_api.http.console.rules.trial"
one_at_a_time = asyncio.Lock()
"""In a process of the API."""


@get("/rules")
async def rules_page(request: Request[Any, Any, Any], session: NamedDependency[Session]) -> Response[str]:
    """With numbers in the query: these are tried."""
    now = await _rules(OwnApi(request, session))
    tried = asked(dict(request.query_params)).rules(now)
    changed = {name: text for name, text in fields_text(tried).items() if getattr(tried, name) != getattr(now, name)}
    return page(
        request,
        "rules/rules.html",
        session=session,
        groups=fields(tried),
        now=fields_text(now),
        was=drawn(now),
        changed=changed,
        days=DAYS,
        trial=f"{RULES}/trial?{urlencode(changed)}" if changed and session.may_rule else None,
    )


@get("/rules/trial")
async def rules_trial(request: Request[Any, Any, Any], session: NamedDependency[Session]) -> Stream:
    """Whom these numbers would have put at risk, as it is found out."""
    who = _who_may(session)
    api = OwnApi(request, session)
    if one_at_a_time.locked():
        detail = "somebody tries rules already; try again shortly"
        raise Problem(503, detail, headers={"Retry-After": "5"}, rule="rules_being_tried")
    now = await _rules(api)
    until = datetime.now(UTC)
    trial = Trial(
        tenant_id=who.tenant_id,
        now=now,
        tried=asked(dict(request.query_params)).rules(now),
        since=until - timedelta(days=DAYS),
        until=until,
    )
    return lasting(request, session, _told(request, api, trial))


@post("/rules", status_code=303)
async def save_rules(
    request: Request[Any, Any, Any], session: NamedDependency[Session], form: NamedDependency[Form]
) -> Response[Any]:
    _who_may(session)
    api, said = OwnApi(request, session), asked(form)
    now = await _rules(api)
    try:
        if changed := changes(now, said.to_save(now)):
            await api.patch("/v1/tenant", {"journey_rules": changed})
    except Problem as problem:
        # What was typed is tried there, beside what holds now.
        typed = {name: text for name, text in form.items() if name in JourneyRules.model_fields or name == "was"}
        problem.more["back"] = f"{RULES}?{urlencode(typed)}" if problem.status == 412 else RULES
        raise
    return say_done(request, session, see_other(RULES), "rules")


async def _told(request: Request[Any, Any, Any], api: OwnApi, trial: Trial) -> AsyncGenerator[str, None]:
    """The parts of the page; whoever leaves ends the work."""
    async with one_at_a_time, _weighing(trial) as process:
        told_at, outcome = 0.0, None
        async with asyncio.timeout(TRIAL_SECONDS_MAX):
            while line := await process.stdout.readline():
                outcome = json.loads(line)
                if time.monotonic() - told_at >= TELL_EVERY_SECONDS:
                    told_at = time.monotonic()
                    yield event("part", rendered(request, "rules/outcome.html", outcome=outcome, ended=False, names={}))
            ended = await process.wait() == 0 and outcome is not None
        names = await _names(api, outcome) if outcome is not None and ended else {}
        known = outcome if ended else None
        yield event("part", rendered(request, "rules/outcome.html", outcome=known, ended=ended, names=names))
        yield event("end", "")


@asynccontextmanager
async def _weighing(trial: Trial) -> AsyncIterator[Any]:
    """The process that does it, told what; ended, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", TRIAL), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdin is not None
        process.stdin.write(trial.model_dump_json().encode() + b"\n")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _names(api: OwnApi, outcome: dict[str, Any]) -> dict[str, str]:
    """As who asks may see them."""
    patients = {one["patient_id"] for one in (*outcome["first_gained"], *outcome["first_lost"])}
    found = await asyncio.gather(*(api.get(f"/v1/patients/{one}") for one in patients), return_exceptions=True)
    return {one["patient_id"]: one["full_name"] for one in found if isinstance(one, dict)}


async def _rules(api: OwnApi) -> JourneyRules:
    """The organisation's, with the defaults where it says nothing. Raises Problem 404 where nobody has put it."""
    return JourneyRules.model_validate((await api.get("/v1/tenant"))["journey_rules"] or {})


def _who_may(session: Session) -> Principal:
    if session.user is None or not session.may_rule:
        raise Problem(403, "only who answers for the whole organisation may change its rules", rule="rules_not_yours")
    return session.user


handlers = [rules_page, rules_trial, save_rules]
