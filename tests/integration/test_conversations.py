"""Conversations through HTTP: a whole life of one, and what spans requests, patients and clinics."""

import asyncio
from random import Random
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from always_true import log_holds, read_models_equal_fold
from counted import read_models_agree_with_counts
from healz.events.delivery import RISING
from healz.events.message import MessageReceived, MessageSent, MessageStatusChanged
from message_kinds import KINDS
from system import Clinic, System, in_days, put_clinic, register

DELIVERIES = 10


async def start(client: httpx.AsyncClient, patient_id: UUID, clinic: Clinic, **fields: Any) -> UUID:
    """A new conversation; returns the id."""
    body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
    answer = await client.post("/v1/conversations", json=body | fields)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def post(client: httpx.AsyncClient, conversation_id: UUID, what: str, **body: Any) -> httpx.Response:
    return await client.post(f"/v1/conversations/{conversation_id}/{what}", json=body)


async def says(client: httpx.AsyncClient, conversation_id: UUID, **body: Any) -> httpx.Response:
    """The patient writes."""
    said = {"direction": "inbound", "content": "Olá! Quero marcar uma consulta"} | body
    return await post(client, conversation_id, "messages", **said)


async def hears(client: httpx.AsyncClient, conversation_id: UUID) -> httpx.Response:
    """The patient is written to."""
    return await post(client, conversation_id, "messages", direction="outbound", content="Para qual dia?")


def told(answer: httpx.Response, status: int = 200) -> list[str]:
    """Which events it names."""
    assert answer.status_code == status, answer.text
    return [event["event_type"] for event in answer.json()["events"]]


def refused(answer: httpx.Response) -> str:
    """The rule's name."""
    assert answer.status_code == 409, answer.text
    rule: str = answer.json()["rule"]
    return rule


async def status(client: httpx.AsyncClient, conversation_id: UUID, said: str, **named: Any) -> list[str]:
    """The provider tells how far a message got; which events that made."""
    return told(await post(client, conversation_id, "statuses", status=said, **named))


async def journey_of(system: System, patient_id: UUID) -> dict[str, Any]:
    (row,) = await system.database.admin.fetch(
        "SELECT current_stage, total_interactions, has_escalation FROM journey.journey_view WHERE patient_id = $1",
        patient_id,
    )
    return dict(row)


async def test_a_conversations_whole_life(system: System) -> None:
    await system.start_all()
    message_id, agent_id = uuid7(), uuid7()
    async with system.client() as admin, system.client("bot") as bot:
        clinic, patient_id = await put_clinic(admin), await register(admin)
        talk = await start(bot, patient_id, clinic, on_behalf_of_patient=True)
        body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
        assert refused(await bot.post("/v1/conversations", json=body)) == "conversation_open_already"

        first = await says(bot, talk, whatsapp_message_id="wamid.1", message_id=str(message_id))
        assert (told(first), first.headers["etag"]) == (["MessageReceived"], '"2"')
        intent = {"intent": "request_human_agent", "confidence": 0.93, "extracted_data": {"médico": ["Dra. Ana"]}}
        assert told(await post(bot, talk, "intents", message_id=str(message_id), **intent)) == ["IntentDetected"]
        assert [told(await hears(bot, talk)) for _ in range(3)] == [["MessageSent"]] * 3
        assert refused(await hears(bot, talk)) == "bot_waits_for_an_answer"
        assert told(await says(bot, talk)) == ["MessageReceived"]

        assert told(await post(bot, talk, "escalation", reason="explicit_request")) == ["ConversationEscalated"]
        assert refused(await hears(bot, talk)) == "bot_waits_for_a_person"
        assert refused(await post(bot, talk, "closure")) == "only_a_person_ends_an_escalation"
        assert told(await post(admin, talk, "agent", agent_id=str(agent_id))) == ["AgentAssigned"]
        assert told(await hears(admin, talk)) == ["MessageSent"]
        await system.caught_up()
        expected = {"current_stage": "first_contact", "total_interactions": 2, "has_escalation": True}
        assert await journey_of(system, patient_id) == expected

        assert told(await post(admin, talk, "resolution", resolution_notes="ligamos")) == ["EscalationResolved"]
        assert told(await hears(bot, talk)) == ["MessageSent"]
        assert told(await post(bot, talk, "closure", reason="resolvido")) == ["ConversationClosed"]
        assert refused(await says(bot, talk)) == "conversation_closed"
        assert told(await says(bot, talk, whatsapp_message_id="wamid.1")) == []
        await start(bot, patient_id, clinic)

        await system.caught_up()
        assert await journey_of(system, patient_id) == expected | {"has_escalation": False}
        answer = (await admin.get(f"/v1/patients/{patient_id}")).json()
        assert answer["interaction_count"] == 3
        await log_holds(system.database)
        await read_models_equal_fold(system.database)
        await read_models_agree_with_counts(system.database)

    log = await system.database.log(system.tenant_id)
    started = next(event for event in log if event.event_type == "ConversationStarted")
    journey = [event for event in log if event.aggregate_type == "PatientJourney"]
    assert [event.event_type for event in journey] == ["JourneyStarted", "JourneyStageChanged"]
    assert {(event.causation_id, event.correlation_id) for event in journey} == {
        (started.event_id, started.correlation_id)
    }


async def test_a_message_delivered_ten_times_at_once_is_recorded_once(api: System) -> None:
    async with api.client() as admin, api.client("bot") as bot:
        talk = await start(bot, await register(admin), await put_clinic(admin))
        answers = await asyncio.gather(
            *(says(bot, talk, whatsapp_message_id="wamid.1", content=f"{n}") for n in range(DELIVERIES))
        )
    assert sorted(len(told(answer)) for answer in answers) == [0] * (DELIVERIES - 1) + [3]
    assert {answer.json()["version"] for answer in answers} == {2}
    log = await api.database.log(api.tenant_id)
    assert [event.event_type for event in log].count("MessageReceived") == 1
    await log_holds(api.database)


async def test_a_message_that_another_patients_conversation_holds_is_recorded_once(api: System) -> None:
    """A family on one phone: the provider delivers it again, and it is routed to another child."""
    async with api.client() as admin, api.client("bot") as bot:
        clinic = await put_clinic(admin)
        talks = [await start(bot, await register(admin), clinic) for _ in range(DELIVERIES)]
        answers = await asyncio.gather(*(says(bot, talk, whatsapp_message_id="wamid.1") for talk in talks))
        named = [told(answer) for answer in answers]
        assert sorted(map(len, named)) == [0] * (DELIVERIES - 1) + [3]
        late = next(n for n, events in enumerate(named) if not events)
        head = (await api.database.heads())[api.tenant_id]
        again = answers[late].json()
        assert (again["id"], again["version"]) == (str(talks[late]), 1)

        # The answer is kept under its key like any other.
        key = {"Idempotency-Key": "again"}
        body = {"direction": "inbound", "content": "Oi", "whatsapp_message_id": "wamid.1"}
        path = f"/v1/conversations/{talks[late]}/messages"
        first = await bot.post(path, json=body, headers=key)
        await says(bot, talks[late], whatsapp_message_id="wamid.2")
        assert (await bot.post(path, json=body, headers=key)).json() == first.json()
        assert first.json() == {"id": str(talks[late]), "version": 1, "position": head, "events": []}
    await log_holds(api.database)


async def test_statuses_shuffled_and_delivered_twice_only_rise(api: System) -> None:
    async with api.client() as admin, api.client("bot") as bot:
        talk, message_id = await start(bot, await register(admin), await put_clinic(admin)), str(uuid7())
        sent = {"direction": "outbound", "content": "Para qual dia?", "message_id": message_id}
        assert told(await post(bot, talk, "messages", **sent)) == ["MessageSent"]
        assert await status(bot, talk, "sent", message_id=message_id, whatsapp_message_id="wamid.o") == [
            "MessageStatusChanged"
        ]
        shuffled = ["delivered", "sent", "read", "delivered", "sent", "read", *["failed", "delivered", "read"] * 5]
        events = await asyncio.gather(*(status(bot, talk, said, whatsapp_message_id="wamid.o") for said in shuffled))
        assert 1 <= sum(map(len, events)) <= 3
        assert told(await post(admin, talk, "closure")) == ["ConversationClosed"]
        assert await status(bot, talk, "read", whatsapp_message_id="wamid.o") == []
        assert told(await post(bot, talk, "messages", **sent | {"whatsapp_message_id": "wamid.o"})) == []
        unknown = await post(bot, talk, "statuses", status="read", whatsapp_message_id="wamid.p")
        assert refused(unknown) == "message_unknown"
        nobody = await post(bot, talk, "statuses", status="read")
        assert nobody.status_code == 422
    log = await api.database.log(api.tenant_id)
    statuses = [event.event_data.status for event in log if isinstance(event.event_data, MessageStatusChanged)]
    assert statuses == sorted(set(statuses), key=RISING.index)
    assert statuses[-1] == "read"
    await log_holds(api.database)


async def test_messages_of_every_kind_shuffled_and_delivered_twice(system: System) -> None:
    await system.start_all()
    deliveries = [{"content": ""} | said | {"whatsapp_message_id": f"wamid.{n}"} for n, said in enumerate(KINDS)] * 2
    Random(14).shuffle(deliveries)
    async with system.client() as admin, system.client("bot") as bot:
        patient_id = await register(admin)
        talk = await start(bot, patient_id, await put_clinic(admin), on_behalf_of_patient=True)
        answers = await asyncio.gather(*(says(bot, talk, **said) for said in deliveries))
        assert sorted(map(len, map(told, answers))) == [0] * len(KINDS) + [1] * len(KINDS)
        first = {"whatsapp_message_id": "wamid.0"}
        for what, body, event in (
            ("edits", first | {"content": "Bom dia, preciso cancelar", "timestamp": in_days(0)}, "MessageEdited"),
            ("deletions", first, "MessageDeleted"),
        ):
            assert [told(await post(bot, talk, what, **body)) for _ in range(2)] == [[event], []]
        too_much = await says(bot, talk, content="a" * 2**20)
        assert too_much.status_code == 413
        await system.caught_up()
        row = (await admin.get(f"/v1/patients/{patient_id}")).json()
        assert row["interaction_count"] == 1 + len(KINDS)
        log = [event.event_data for event in await system.database.log(system.tenant_id)]
        received = {event.whatsapp_message_id: event for event in log if isinstance(event, MessageReceived)}
        for n, said in enumerate(KINDS):
            kept = received[f"wamid.{n}"]
            assert kept.media_type == said.get("media_type", "text")
            details = kept.details.model_dump(mode="json", exclude_unset=True) if kept.details else None
            assert details == said.get("details")
        long = received["wamid.1"]
        assert (long.uncut_length, set(long.content)) == (65_536, {"🙂"})
        assert len(long.content) > 4_096
        await log_holds(system.database)
        await read_models_equal_fold(system.database)
        await read_models_agree_with_counts(system.database)


async def test_what_a_person_wrote_elsewhere_is_passed_on_while_the_conversation_waits(api: System) -> None:
    async with api.client() as admin, api.client("bot") as bot:
        clinic = await put_clinic(admin)
        talk = await start(bot, await register(admin), clinic)
        assert told(await post(bot, talk, "escalation", reason="explicit_request")) == ["ConversationEscalated"]
        answer = {"direction": "outbound", "content": "Aqui é a Paula, da recepção", "whatsapp_message_id": "wamid.a"}
        assert refused(await post(bot, talk, "messages", **answer)) == "bot_waits_for_a_person"
        theirs = answer | {"sender": "agent"}
        answers = await asyncio.gather(*(post(bot, talk, "messages", **theirs) for _ in range(DELIVERIES)))
        assert sorted(map(len, map(told, answers))) == [0] * (DELIVERIES - 1) + [1]
        other = await start(bot, await register(admin), clinic)
        assert told(await post(bot, other, "messages", **theirs)) == [], "known, in another patient's conversation"
        assert refused(
            await post(admin, talk, "messages", **answer | {"whatsapp_message_id": "b", "sender": "bot"})
        ) == ("only_the_bot_writes_as_the_bot")
    log = await api.database.log(api.tenant_id)
    sent = [event.event_data for event in log if isinstance(event.event_data, MessageSent)]
    assert [(message.sender, message.agent_id) for message in sent] == [("agent", None)]


async def test_two_tenants_do_not_share_a_providers_ids(api: System) -> None:
    for tenant_id in (api.tenant_id, uuid7()):
        async with api.client(tenant_id=tenant_id) as admin:
            talk = await start(admin, await register(admin), await put_clinic(admin))
            assert "MessageReceived" in told(await says(admin, talk, whatsapp_message_id="wamid.1"))


async def test_of_eight_conversations_begun_at_once_one_is_open(api: System) -> None:
    async with api.client() as admin:
        clinic, patient_id = await put_clinic(admin), await register(admin)
        body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
        answers = await asyncio.gather(*(admin.post("/v1/conversations", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {refused(answer) for answer in answers if answer.status_code == 409} == {"conversation_open_already"}


async def test_another_clinics_conversation_is_not_there(api: System) -> None:
    async with api.client() as admin:
        clinic, elsewhere = await put_clinic(admin), await put_clinic(admin)
        patient_id = await register(admin)
        talk = await start(admin, patient_id, clinic)
        body = {"patient_id": str(patient_id), "clinic_id": str(clinic.clinic_id)}
        async with api.client("receptionist", clinics=[elsewhere.clinic_id]) as stranger:
            assert (await stranger.post("/v1/conversations", json=body)).status_code == 404
            assert (await says(stranger, talk)).status_code == 404
            status = await stranger.put(f"/v1/patients/{patient_id}/status", json={"status": "inactive"})
            assert refused(status) == "touches_another_clinic"
        async with api.client(tenant_id=uuid7()) as other:
            assert (await says(other, talk)).status_code == 404
            assert (await other.post("/v1/conversations", json=body)).status_code == 404
        async with api.client("viewer") as viewer:
            assert (await says(viewer, talk)).status_code == 403
        nowhere = await admin.post("/v1/conversations", json=body | {"clinic_id": str(uuid7())})
        assert refused(nowhere) == "clinic_unknown"
        assert told(await admin.put(f"/v1/patients/{patient_id}/status", json={"status": "inactive"})) == [
            "PatientStatusChanged",
            "ConversationClosed",
        ]


async def test_what_cannot_be_stored_is_refused(api: System) -> None:
    async with api.client() as admin:
        talk = await start(admin, await register(admin), await put_clinic(admin))
        message_id = str(uuid7())
        await says(admin, talk, message_id=message_id)
        intent = {"message_id": message_id, "intent": "complaint", "confidence": 1}
        for answer in (
            await says(admin, talk, content="a\0b"),
            await says(admin, talk, whatsapp_message_id=""),
            await post(admin, talk, "intents", **intent, extracted_data={"a": ["\0"]}),
            await post(admin, talk, "intents", **intent | {"confidence": 1.5}),
            await post(admin, talk, "messages", direction="outbound", content="Oi", sentiment="neutral"),
            await post(admin, talk, "messages", direction="sideways", content="Oi"),
        ):
            assert answer.status_code == 422, answer.text
        assert told(await post(admin, talk, "intents", **intent)) == ["IntentDetected"]
