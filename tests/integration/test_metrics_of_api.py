"""Each metric of the API moves with what it measures, in one process and in several."""

import asyncio

import httpx
import psutil
import pytest

from console_visitor import Visitor
from free_ports import free_ports_in_a_row
from healz_local.tokens import issue_token
from scraped import Scraped, begin_measured, start_measured
from system import SECRET, System, book, eventually, put_clinic, register

REQUESTS = "http_server_request_duration_seconds_count"
WAITS = "read_model_min_position_wait_seconds_count"


async def requests(api: Scraped, method: str, route: str, status: int) -> float:
    labels = {"http_request_method": method, "http_route": route, "http_response_status_code": str(status)}
    return await api.value(REQUESTS, **labels) or 0


async def questions(api: Scraped, read_model: str) -> float:
    return await api.value("read_model_query_latency_seconds_count", read_model=read_model) or 0


async def test_events_and_commits_are_counted(system: System) -> None:
    _, api = await start_measured(system, "command-api")
    await system.ready()
    assert await api.value("events_write_throughput_total") == 0
    async with system.client() as client:
        clinic, patient_id = await put_clinic(client), await register(client)
        await book(client, patient_id, clinic)
        assert (await client.post("/v1/appointments", json={})).status_code == 422
    assert await api.value("events_write_throughput_total") == await system.database.events()
    commits = await system.database.admin.fetchval("SELECT count(DISTINCT correlation_id) FROM event_store.events")
    assert await api.value("events_write_latency_seconds_count") == commits == 2


async def test_requests_are_timed_by_route_and_status_and_no_word_of_a_client_becomes_a_label(system: System) -> None:
    _, api = await start_measured(system, "command-api")
    await system.ready()
    async with system.client() as client:
        patient_id = await register(client)
        for _ in range(3):
            await client.get(f"/v1/patients/{patient_id}/history")
        await client.get("/v1/nothing-here")
        await client.request("PROPFIND", "/v1/patients")
        await client.get("/v1/patients", headers={"Authorization": "Bearer nonsense"})
    assert await requests(api, "POST", "/v1/patients", 201) == 1
    assert await requests(api, "GET", "/v1/patients/{patient_id}/history", 200) == 3
    assert await requests(api, "GET", "/v1/patients", 401) == 1
    assert await requests(api, "GET", "", 404) == 1
    assert await api.value(REQUESTS, http_request_method="_OTHER") == 1
    text = await api.text()
    assert "nothing-here" not in text
    assert "PROPFIND" not in text


async def test_a_page_of_the_console_is_one_request(system: System) -> None:
    """What it asks of the API itself isn't counted, and would burn a budget of errors twice."""
    _, api = await start_measured(system, "command-api")
    await system.ready()
    async with system.client() as client, Visitor(f"http://127.0.0.1:{system.api_port}") as manager:
        await put_clinic(client)
        await manager.log_in(issue_token(SECRET, system.tenant_id, "manager"))
        before = await requests(api, "GET", "/console/clinics", 200)
        await manager.look("/console/clinics")
    assert await requests(api, "GET", "/console/clinics", 200) == before + 1
    assert await requests(api, "GET", "/v1/clinics", 200) == 0


async def test_who_is_refused_before_the_framework_is_counted_too(system: System) -> None:
    _, api = await start_measured(
        system, "command-api", HEALZ_REQUESTS_PER_MINUTE_MAX="5", HEALZ_REFUSAL_PAUSE_SECONDS="0"
    )
    await system.ready()
    async with system.client() as client:
        for _ in range(12):
            await client.get("/v1/clinics")
    refused = await api.value(REQUESTS, http_response_status_code="429")
    assert refused
    assert refused + await requests(api, "GET", "/v1/clinics", 200) == 12
    assert await requests(api, "GET", "", 429) >= 1


async def test_questions_are_timed_by_read_model_and_waits_by_their_outcome(system: System) -> None:
    # Far longer than the client that leaves, on a slow machine too.
    system.settings["HEALZ_MIN_POSITION_WAIT_SECONDS"] = "4"
    _, api = await start_measured(system, "command-api")
    await system.ready()
    async with system.client() as client:
        patient_id = await register(client)
        behind = await client.get(f"/v1/patients/{patient_id}", headers={"Healz-Min-Position": "1"})
        assert behind.status_code == 503
        assert await api.value(WAITS, outcome="refused") == 1
        await client.get("/v1/clinics")
        assert await questions(api, "log") == 1
        system.start("projector-patient")
        await system.caught_up("patient")
        later = await client.post("/v1/patients", json={"phone": "+5527999990001", "full_name": "Ana"})
        path, wanted = f"/v1/patients/{later.json()['id']}", {"Healz-Min-Position": later.headers["Healz-Position"]}
        assert (await client.get(path, headers=wanted)).status_code == 200
        assert await api.value(WAITS, outcome="reached") == 1
        with pytest.raises(httpx.ReadTimeout):
            await client.get(path, headers={"Healz-Min-Position": "5"}, timeout=0.2)
        await api.comes_to(WAITS, lambda found: found == 1, outcome="gone")
    assert await questions(api, "patient") >= 1


async def test_the_pools_tell_how_much_they_are_used(system: System) -> None:
    _, api = await start_measured(system, "command-api", HEALZ_POOL_CONNECTIONS_MAX="7")
    await system.ready()
    pool = {"db_client_connection_pool_name": "command-api"}
    assert await api.value("db_client_connection_max", **pool) == 7
    used = pool | {"db_client_connection_state": "used"}
    await api.comes_to("db_client_connection_count", lambda found: found == 0, **used)
    async with system.client() as client:
        async with system.database.admin.transaction():
            await system.database.admin.execute("LOCK TABLE event_store.tenant_log")
            writing = asyncio.create_task(register(client))
            await api.comes_to("db_client_connection_count", lambda found: found == 1, **used)
        await writing


async def test_each_of_several_processes_has_a_port_and_together_they_have_counted_all(system: System) -> None:
    first = free_ports_in_a_row(2)
    parent = begin_measured(system, "command-api", first, HEALZ_API_PROCESSES="2")
    processes = [Scraped(first), Scraped(first + 1)]

    async def all_answer() -> bool:
        try:
            return all([await process.text() for process in processes])
        except httpx.TransportError:
            return False

    await eventually(all_answer)
    await system.ready()
    sent = 0

    async def both_have_some() -> bool:
        """A connection each, which may lead to either."""
        nonlocal sent
        for _ in range(5):
            async with system.client() as client:
                await register(client)
            sent += 1
        counted = [await requests(process, "POST", "/v1/patients", 201) for process in processes]
        assert sum(counted) == sent
        return all(counted)

    await eventually(both_have_some)

    killed = psutil.Process(parent.pid).children()[0]
    killed.kill()

    async def replaced() -> bool:
        return killed.pid not in [child.pid for child in psutil.Process(parent.pid).children()]

    await eventually(replaced)
    await eventually(all_answer)
