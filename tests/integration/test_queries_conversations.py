"""A clinic's inbox, a conversation and what was said in it: what is found, in which order, page by page, by whom."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from always_true import log_holds, read_models_equal_fold
from counted import read_models_agree_with_counts
from system import Clinic, System, eventually, put_clinic, register

AGENT = str(UUID(int=7))


async def begin(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic) -> str:
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    answer = await client.post("/v1/conversations", json=body)
    assert answer.status_code == 201, answer.text
    talk: str = answer.json()["id"]
    return talk


async def post(client: httpx.AsyncClient, talk: str, what: str, **body: Any) -> None:
    answer = await client.post(f"/v1/conversations/{talk}/{what}", json=body)
    assert answer.status_code == 200, answer.text


def ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


async def says(client: httpx.AsyncClient, talk: str, minutes: float, **more: Any) -> str:
    message_id = str(uuid7())
    said = {"direction": "inbound", "content": "Oi", "timestamp": ago(minutes), "message_id": message_id}
    await post(client, talk, "messages", **said | more)
    return message_id


async def hears(client: httpx.AsyncClient, talk: str, minutes: float, **more: Any) -> str:
    return await says(client, talk, minutes, direction="outbound", **more)


async def asked(client: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """All pages together; each has its limit but the last."""
    items: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        answer = await client.get(path, params=query | after)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next"] is None:
            return items
        after = {"after": page["next"]}


async def test_an_inbox_shows_who_waits_the_longest_first(system: System) -> None:
    await system.start_all()
    async with system.client() as admin, system.client("bot") as bot:
        here, there = await put_clinic(admin), await put_clinic(admin)
        people = [await register(admin, full_name=f"Rita {n}") for n in range(6)]
        idle, asking, longer, person, elsewhere, over = [
            await begin(bot, patient_id, there if n == 4 else here) for n, patient_id in enumerate(people)
        ]
        await says(bot, idle, 50)
        await hears(bot, idle, 49)
        await says(bot, asking, 20)
        await says(bot, asking, 10)
        await says(bot, longer, 30)
        await post(bot, person, "escalation", reason="explicit_request")
        await post(admin, person, "agent", agent_id=AGENT)
        await says(bot, elsewhere, 40)
        await post(admin, over, "closure")
        await system.caught_up()

        async def inbox(client: httpx.AsyncClient = admin, **query: Any) -> list[str]:
            whole = [item["conversation_id"] for item in await asked(client, "/v1/conversations", **query)]
            paged = [item["conversation_id"] for item in await asked(client, "/v1/conversations", limit=1, **query)]
            assert paged == whole, "page by page it is the same"
            return whole

        assert await inbox() == [elsewhere, longer, asking, person, idle]
        assert await inbox(clinic_id=str(here.clinic_id)) == [longer, asking, person, idle]
        assert await inbox(status="unanswered") == [elsewhere, longer, asking]
        assert await inbox(status="escalated") == [person]
        assert await inbox(agent_id=AGENT) == [person]
        assert await inbox(patient_id=str(people[1])) == [asking]
        assert await inbox(patient_id=str(people[5])) == []
        assert await inbox(patient_id=str(people[5]), status="closed") == [over]
        assert (await admin.get("/v1/conversations", params={"status": "closed"})).status_code == 422
        async with system.client("receptionist", clinics=[there.clinic_id]) as desk:
            assert await inbox(desk) == [elsewhere]
            for path in (asking, f"{asking}/messages", f"{asking}/why", f"?clinic_id={here.clinic_id}"):
                assert (await desk.get(f"/v1/conversations/{path}".replace("/?", "?"))).status_code == 404
        async with system.client(tenant_id=uuid7()) as stranger:
            assert await inbox(stranger) == []
            assert (await stranger.get(f"/v1/conversations/{asking}/messages")).status_code == 404

        answer = await admin.get(f"/v1/conversations/{person}")
        shown = answer.json()
        assert answer.headers["etag"] == '"3"'
        assert (shown["status"], shown["agent_id"], shown["patient_name"]) == ("escalated", AGENT, "Rita 3")
        assert shown["waiting_since"] == shown["escalated_at"]
        why = (await admin.get(f"/v1/conversations/{person}/why")).json()["columns"]
        assert why["waiting_since"]["set_by"]["event_type"] == "ConversationEscalated"
        assert why["patient_name"]["set_by"]["event_type"] == "PatientRegistered"

        again = {"patient_id": str(people[1]), "clinic_id": str(here.clinic_id)}
        refusal = await bot.post("/v1/conversations", json=again)
        assert (refusal.status_code, refusal.json()["rule"]) == (409, "conversation_open_already")
        assert refusal.json()["conversation_id"] == asking
        assert asking in refusal.json()["detail"]
        await read_models_equal_fold(system.database)
        await read_models_agree_with_counts(system.database)


async def test_what_was_said_as_it_stands_now(system: System) -> None:
    system.settings["HEALZ_PAGE_BYTES_MAX"] = "20000"
    await system.start_all()
    async with system.client() as admin, system.client("bot") as bot:
        clinic, patient_id = await put_clinic(admin), await register(admin, full_name="Rita")
        talk = await begin(bot, patient_id, clinic)
        path = f"/v1/conversations/{talk}/messages"
        place = {"kind": "location", "latitude": -20.2976, "longitude": -40.2958, "name": "Clínica"}
        said = [
            await says(bot, talk, 60, content="Segunda", whatsapp_message_id="wamid.1", sentiment="neutral"),
            await says(bot, talk, 50, content="", media_type="location", details=place),
            await hears(bot, talk, 40, content="Para qual dia?"),
            await says(bot, talk, 30, content="Não era para a senhora"),
        ]
        await post(bot, talk, "edits", message_id=said[0], content="Terça", timestamp=ago(25))
        await post(bot, talk, "deletions", message_id=said[3])
        await post(bot, talk, "statuses", message_id=said[2], whatsapp_message_id="wamid.2", status="read")
        await system.caught_up()

        messages = await asked(admin, path)
        assert [message["message_id"] for message in messages] == said[::-1], "the newest first"
        gone, sent, where, first = messages
        assert (gone["content"], gone["deleted_at"] is not None, gone["edited_at"]) == (None, True, None)
        assert (sent["direction"], sent["sender"], sent["status"]) == ("outbound", "bot", "read")
        assert sent["whatsapp_message_id"] == "wamid.2"
        assert where["details"] == place | {"address": None}
        assert (first["content"], first["sentiment"]) == ("Terça", "neutral")
        assert (first["edited_at"] is not None, first["whatsapp_message_id"]) == (True, "wamid.1")
        assert await asked(admin, path, limit=1) == messages
        async with system.client("viewer") as viewer:
            [_, _, hidden, _] = await asked(viewer, path)
            assert (hidden["content"], hidden["details"], hidden["media_type"]) == (None, None, "location")

        long = [await says(bot, talk, 20 - n, content=f"{n}" * 9000) for n in range(5)]
        await system.caught_up()
        answer = (await admin.get(path)).json()
        assert len(answer["items"]) == 3, "a page ends where it is large"
        assert [item["message_id"] for item in await asked(admin, path)] == [*long[::-1], *said[::-1]]
        await log_holds(system.database)
        await read_models_equal_fold(system.database)
        await read_models_agree_with_counts(system.database)

        forget = await admin.post(f"/v1/patients/{patient_id}/anonymize", json={"reason": "patient_request"})
        assert forget.status_code == 200, forget.text
        await system.caught_up()
        for message in await asked(admin, path):
            assert (message["content"], message["details"], message["whatsapp_message_id"]) == (None, None, None)
        shown = (await admin.get(f"/v1/conversations/{talk}")).json()
        assert (shown["patient_name"], shown["status"]) == ("Anonymized patient", "closed")
        await read_models_equal_fold(system.database)
        await read_models_agree_with_counts(system.database)


READ = """
SELECT COALESCE(sum(COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0)), 0)::bigint
  FROM pg_stat_user_tables
 WHERE schemaname = 'journey' AND relname IN ('message', 'message_status', 'message_change')
"""


async def test_no_message_is_read_to_fold_another(system: System) -> None:
    """Whether the projector knows the patient's rows or has just been started: a table of messages may be large."""
    started = {name: system.start(name) for name in ("command-api", "relay", "projector-journey")}
    await system.ready()

    async def none_is_left() -> bool:
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'healz_projector_journey'"
        return not await system.database.admin.fetchval(sessions)

    async def rows_read() -> int:
        """Until the projector's sessions have ended, they keep to themselves what they have read."""
        await system.end(started["projector-journey"])
        await eventually(none_is_left)
        await system.database.admin.execute("SELECT pg_stat_clear_snapshot()")
        return int(await system.database.admin.fetchval(READ))

    async with system.client() as admin, system.client("bot") as bot:
        patient_id = await register(admin)
        talk = await begin(bot, patient_id, await put_clinic(admin))
        sent = [await hears(bot, talk, 30, sender="agent") for _ in range(20)]
        await system.caught_up("journey")
        before = await rows_read()
        started["projector-journey"] = system.start("projector-journey")
        await hears(bot, talk, 20, sender="agent")
        await system.caught_up("journey")
        for message_id in sent:
            await post(bot, talk, "statuses", message_id=message_id, status="read")
        await post(bot, talk, "edits", message_id=sent[0], content="Terça")
        await post(bot, talk, "deletions", message_id=sent[1])
        await system.caught_up("journey")
        assert await rows_read() - before <= 2, "what is written over is met where it is, and nothing else"

        started["projector-journey"] = system.start("projector-journey")
        forget = await admin.post(f"/v1/patients/{patient_id}/anonymize", json={"reason": "patient_request"})
        assert forget.status_code == 200, forget.text
        await system.caught_up("journey")
        assert await rows_read() - before >= len(sent), "who is forgotten is forgotten in all that was said"
    said = await system.database.admin.fetchval("SELECT count(content) FROM journey.message")
    assert said == 0
