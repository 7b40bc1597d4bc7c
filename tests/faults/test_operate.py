"""healz-projection as operators call it, on a running system: killed, called twice, under traffic."""

import asyncio
import signal

import psutil
from uuid_utils.compat import uuid7

from always_true import log_holds, nothing_lost_or_doubled, read_models_equal_fold
from counted import read_models_agree_with_counts
from faults.operators import Operators, running, tenants
from projections import PROJECTIONS
from system import WAIT_SECONDS, System, eventually
from traffic import answered, going_on, new_seed, traffic, write


async def test_a_checkpoint_that_is_set_back_by_hand_halts_the_tenant_and_doubles_nothing(system: System) -> None:
    operators = await running(system)
    admin = system.database.admin
    async with traffic(system, seed=new_seed(), tenants=1, patients=4, clinics=1) as day:
        await write(day, events=20)
        await system.caught_up()
        await admin.execute(
            "UPDATE patient.checkpoint SET position = position - 10 WHERE tenant_id = $1", system.tenant_id
        )
        async with going_on(day):

            async def is_halted() -> bool:
                code, answer, _ = await operators.call("patient", "status")
                assert code == 0
                return any("was set back" in (tenant["halted"] or "") for tenant in answer["tenants"])

            await eventually(is_halted)
            code, _, complained = await operators.call("patient", "rebuild")
            assert code == 0, complained
    await nothing_lost_or_doubled(system, answered(day))


async def test_a_checkpoint_ahead_is_mended_while_commands_go_on(system: System) -> None:
    """What is recorded while it is rebuilt is applied once, by whomever."""
    operators = await running(system)
    async with traffic(system, seed=new_seed(), tenants=1, patients=6, clinics=1) as day:
        await write(day, events=60)
        await system.caught_up()
        await system.database.admin.execute("UPDATE journey.checkpoint SET position = position + 3")
        writing = asyncio.gather(*(own.write(seconds=6, writers=2) for own in day))
        await asyncio.sleep(1)  # so that some of it comes before
        code, _, complained = await operators.call("journey", "rebuild", "--events-per-second", "100")
        assert code == 0, complained
        await writing
    await system.caught_up()
    assert (await operators.verified("journey"))["right"]
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)


async def test_a_rebuild_goes_on_after_two_kills_while_commands_do_and_a_second_one_says_so(
    system: System,
) -> None:
    operators = await running(system)
    admin = system.database.admin
    async with traffic(system, seed=new_seed(), tenants=2, patients=6, clinics=2) as day:
        writing = asyncio.gather(*(own.write(seconds=12, writers=2) for own in day))
        await admin.execute("UPDATE journey.journey_view SET patient_name = 'Nobody'")
        for _ in range(2):
            # So slowly that it is still at it when the second one has come, on a slow machine too.
            rebuild = operators.begin("journey", "rebuild", "--events-per-second", "10")

            async def got_on() -> bool:
                getting_on = "SELECT EXISTS (SELECT FROM journey.rebuild WHERE held_until > now() AND patients > 0)"
                return bool(await admin.fetchval(getting_on))

            await eventually(got_on)
            code, answer, _ = await operators.call("journey", "rebuild", "--events-per-second", "100000")
            assert (code, answer["underway"] >= 1) == (4, True)
            children = psutil.Process(rebuild.pid).children(recursive=True)
            rebuild.send_signal(signal.SIGKILL)
            await asyncio.to_thread(rebuild.communicate)
            assert psutil.wait_procs(children, timeout=WAIT_SECONDS)[1] == [], "its workers end with it"
            assert await admin.fetchval("SELECT count(*) FROM journey.rebuild") == 1
            # Whoever was killed holds on until the lease ends.
            await asyncio.sleep(2.5)  # longer than its lease
        code, answer, complained = await operators.call("journey", "rebuild")
        assert (code, answer["underway"]) == (0, 0), complained
        assert (await operators.verified("journey"))["right"], "while commands go on"
        await writing
        assert [failure for own in day for failure in own.failures] == []
    await system.caught_up()
    assert await admin.fetchval("SELECT count(*) FROM journey.rebuild") == 0
    await log_holds(system.database)
    await read_models_equal_fold(system.database)
    await read_models_agree_with_counts(system.database)
    code, answer, _ = await operators.call("journey", "status")
    assert {tenant["version"] for tenant in answer["tenants"]} == {PROJECTIONS["journey"].version}


async def test_who_is_parked_is_shown_by_cause_retried_and_dropped(system: System) -> None:
    operators = await running(system)
    admin = system.database.admin
    await admin.execute("ALTER TABLE patient.patient_view ADD CONSTRAINT short CHECK (full_name <> 'Ana Longa')")
    patients = await admin.fetch("SELECT tenant_id, patient_id FROM patient.patient_view LIMIT 2")
    for tenant_id, patient_id in patients:
        async with system.client(tenant_id=tenant_id) as client:
            answered = await client.put(f"/v1/patients/{patient_id}/contact", json={"full_name": "Ana Longa"})
            answered.raise_for_status()
    await system.caught_up()

    code, answer, _ = await operators.call("patient", "parked")
    [group] = answer["groups"]
    assert (code, group["patients"], group["event_type"]) == (0, 2, "PatientContactUpdated")
    assert "CheckViolationError 23514 patient_view short" in group["error"]
    assert (await operators.verified("patient"))["parked"] == 2
    code, answer, _ = await operators.call("patient", "parked", "retry", group["cause"])
    assert (code, answer["freed"], answer["parked"]) == (0, 0, 2)
    one = ["--tenant", str(patients[0][0]), "--patient", str(patients[0][1])]
    code, _, complained = await operators.call("patient", "parked", "drop", *one, "--reason", "a wrong name")
    assert (code, "say --yes" in complained) == (1, True)
    code, answer, _ = await operators.call("patient", "parked", "drop", *one, "--reason", "a wrong name", "--yes")
    assert (code, answer["freed"]) == (0, 1)
    await admin.execute("ALTER TABLE patient.patient_view DROP CONSTRAINT short")
    code, answer, _ = await operators.call("patient", "parked", "retry", "--all")
    assert (code, answer["freed"], answer["parked"]) == (0, 1, 0)
    assert (await operators.verified("patient"))["right"]
    names = await admin.fetch("SELECT patient_id FROM patient.patient_view WHERE full_name = 'Ana Longa'")
    assert [row[0] for row in names] == [patients[1][1]]
    code, _, complained = await operators.call("patient", "parked", "retry")
    assert (code, "say who" in complained) == (1, True)


async def test_an_event_of_a_newer_release_is_named_and_the_other_tenants_go_on(system: System) -> None:
    operators = await running(system)
    admin = system.database.admin
    first, second = await tenants(system)
    await admin.execute("UPDATE journey.journey_view SET patient_name = 'Nobody'")
    patient_id = await admin.fetchval(
        "UPDATE event_store.events SET event_type = 'TomorrowsEvent' WHERE tenant_id = $1 AND position = 3"
        " RETURNING patient_id",
        first,
    )
    await admin.execute(
        "INSERT INTO journey.parked_patient (tenant_id, patient_id, position, event_type, error)"
        " SELECT DISTINCT ON (tenant_id) tenant_id, patient_id, 1, 'A', 'b' FROM event_store.events"
        " WHERE patient_id = $1 OR tenant_id = $2",
        *(patient_id, second),
    )
    named = f"TomorrowsEvent version 1 is not known to this release: position 3 of tenant {first}, patient {patient_id}"
    code, answer, _ = await operators.call("journey", "parked", "retry", "--all")
    assert (code, answer["freed"], answer["parked"], answer["not_done"]) == (4, 1, 1, [named])
    wrong = await admin.fetchval(
        "SELECT count(*) FROM journey.journey_view WHERE tenant_id = $1 AND patient_name = 'Nobody'", second
    )
    code, answer, _ = await operators.call("journey", "verify")
    assert (code, answer["not_done"]) == (3, {str(first): named})
    assert sum(row["key"]["tenant_id"] == str(second) for row in answer["rows"]) == wrong
    code, answer, _ = await operators.call("journey", "rebuild", "--workers", "2")
    assert (code, answer["not_done"]) == (4, {str(first): named})
    code, answer, _ = await operators.call("journey", "verify", "--tenant", str(second))
    assert code == 0, "it was rebuilt"
    kept = await admin.fetch("SELECT tenants, not_done FROM journey.verification")
    assert {tuple(row) for row in kept} == {(1, 1)}
    code, _, complained = await operators.call(
        "journey", "verify", "--tenant", str(first), "--patient", str(patient_id)
    )
    assert (code, named in complained) == (4, True)


async def test_why_names_of_each_column_the_event_that_last_changed_it(system: System) -> None:
    operators = await running(system)
    admin = system.database.admin
    for name in ("patient", "appointment", "journey"):
        for row in await admin.fetch(f"SELECT * FROM {name}.{name}_view LIMIT 3"):
            key = str(row[f"{name}_id"])
            code, answer, complained = await operators.call(name, "why", f"{name}_view", key)
            assert code == 0, complained
            events = {event.position: event for event in await system.database.log(row["tenant_id"])}
            assert {one["column"] for one in answer["columns"]} == set(row.keys())
            for one in answer["columns"]:
                event = events[one["position"]]
                named = (one["event_type"], one["event_id"], one["correlation_id"])
                assert named == (event.event_type, str(event.event_id), str(event.correlation_id))
                assert event.patient_id == row["patient_id"]
    [one] = [one for one in answer["columns"] if one["column"] == "updated_at"]
    assert events[one["position"]].created_at == row["updated_at"]
    await admin.execute(
        "UPDATE journey.journey_view SET current_stage = 'lost' WHERE journey_id = $1", row["journey_id"]
    )
    code, answer, _ = await operators.call("journey", "why", "journey.journey_view", key, "--column", "current_stage")
    [one] = answer["columns"]
    assert (code, one["there"], one["right"]) == (3, "lost", False)
    assert (await operators.call("journey", "why", "journey_view", str(uuid7())))[0] == 5
    code, _, complained = await operators.call("journey", "why", "patient_view", key)
    assert (code, "journey.journey_view" in complained) == (1, True)
    code, _, complained = await operators.call("journey", "why", "patient_clinic", key)
    assert (code, "patient_id and clinic_id" in complained) == (1, True)


async def test_offsets_are_set_back_once_nobody_uses_the_group(system: System) -> None:
    operators = await running(system)
    code, _, complained = await operators.call("appointment", "reset-offsets", "--yes")
    assert (code, "stop its projectors first" in complained) == (1, True), complained
    for process in system.processes[2:]:
        await system.end(process)

    async def is_set_back() -> bool:
        return (await operators.call("appointment", "reset-offsets", "--yes"))[0] == 0

    await eventually(is_set_back)
    system.start("projector-appointment")
    async with system.client() as client:
        (await client.post("/v1/patients", json={"phone": "+5527999990000", "full_name": "Ana"})).raise_for_status()
    await system.caught_up("appointment")
    assert (await operators.verified("appointment"))["right"]


async def test_what_it_refuses_it_says_with_what_to_do(system: System) -> None:
    operators = Operators(system)
    nobody = str(uuid7())
    for words, said in (
        (["verify", "--tenant", nobody], "there is no tenant"),
        (["verify", "--patient", nobody], "--tenant"),
        (["rebuild", "--workers", "99"], "HEALZ_REFOLD_WORKERS_MAX"),
        (["parked", "drop", "--all", "--reason", "x", "--yes"], "nobody is parked"),
    ):
        code, answer, complained = await operators.call("patient", *words)
        assert (code, said in complained, said in answer["error"]) == (1, True, True), complained
    system.settings["DATABASE_URL"] = "postgresql://healz_projector_patient@127.0.0.1:1/nowhere"
    code, answer, complained = await operators.call("patient", "status")
    assert (code, "ConnectionRefusedError" in complained) == (1, True)
