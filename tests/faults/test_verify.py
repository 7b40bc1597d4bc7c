"""What `healz-projection verify` finds, on a running system, and that a rebuild mends it."""

import time

from uuid_utils.compat import uuid7

from always_true import read_models_equal_fold
from faults.operators import running, tenants
from projections import PROJECTIONS
from system import System


async def test_what_is_wrong_is_named_and_a_rebuild_mends_it(system: System) -> None:
    """A cell, a row too few, and one too many."""
    operators = await running(system)
    admin = system.database.admin
    (tenant_id, changed), (_, gone) = await admin.fetch(
        "SELECT tenant_id, patient_id FROM patient.patient_view WHERE tenant_id = $1 LIMIT 2", system.tenant_id
    )
    for name in ("patient", "appointment", "journey"):
        answer = await operators.verified(name)
        assert (answer["right"], answer["events"], answer["rows"]) == (
            True,
            sum((await system.database.heads()).values()),
            [],
        )
    nobody = uuid7()
    names = [name for name in PROJECTIONS["patient"].all_tables[0].columns if name != "patient_id"]
    await admin.execute(
        f"INSERT INTO patient.patient_view (patient_id, {', '.join(names)})"
        f" SELECT $1, {', '.join(names)} FROM patient.patient_view WHERE patient_id = $2",
        nobody,
        changed,
    )
    await admin.execute("DELETE FROM patient.patient_view WHERE patient_id = $1", gone)
    await admin.execute("UPDATE patient.patient_view SET full_name = 'Nobody' WHERE patient_id = $1", changed)

    wrong = {"differs": 1, "missing": 1, "extra": 1}
    code, answer, _ = await operators.call("patient", "verify")
    assert (code, answer["wrong"]) == (3, wrong)
    said = {(row["what"], row["key"]["patient_id"], *row["columns"]) for row in answer["rows"]}
    assert said == {("differs", str(changed), "full_name"), ("missing", str(gone)), ("extra", str(nobody))}
    assert {(row["table"], row["key"]["tenant_id"]) for row in answer["rows"]} == {
        ("patient.patient_view", str(tenant_id))
    }
    answer = await operators.verified("patient", "--tenant", str(tenant_id), "--values")
    assert [row["columns"]["full_name"]["is"] for row in answer["rows"] if row["columns"]] == ["Nobody"]
    code, answer, _ = await operators.call("patient", "rebuild", "--dry-run")
    assert (code, answer["dry_run"], answer["wrong"]) == (0, True, wrong)
    code, answer, _ = await operators.call("patient", "rebuild", "--workers", "2")
    assert (code, answer["rows_changed"], answer["underway"]) == (0, 3, 0)
    assert (await operators.verified("patient"))["right"]
    await read_models_equal_fold(system.database, "patient")


async def test_a_checkpoint_ahead_of_the_log_and_those_behind_it_are_found_and_mended(system: System) -> None:
    operators = await running(system, tenants=3)
    admin = system.database.admin
    for process in system.processes[2:]:
        await system.end(process)
    (ahead, head), (behind, low), (unknown, _) = (await system.database.heads()).items()
    await admin.execute("UPDATE patient.checkpoint SET position = position + 5 WHERE tenant_id = $1", ahead)
    await admin.execute("UPDATE patient.checkpoint SET position = position - 20 WHERE tenant_id = $1", behind)
    await admin.execute(
        "UPDATE patient.checkpoint SET position = position - 20, event_position = NULL, event_id = NULL"
        " WHERE tenant_id = $1",
        unknown,
    )
    answer = await operators.verified("patient")
    assert answer["problems"].keys() == {str(ahead), str(behind)}
    assert f"the read model is at {head + 5}, the log ends at {head}" in answer["problems"][str(ahead)]
    assert f"set back to {low - 20} by hand: the rows hold events up to {low}" in answer["problems"][str(behind)]
    later = {row["key"]["tenant_id"] for row in answer["rows"]}
    assert later >= {str(unknown)}, "rows are later than its checkpoint, whose event nobody knows"
    code, _, complained = await operators.call("patient", "rebuild")
    assert code == 0, complained
    assert (await operators.verified("patient"))["right"]
    assert (await system.database.checkpoints("patient"))[ahead] == head
    system.start("projector-patient")
    await system.caught_up("patient")
    await read_models_equal_fold(system.database, "patient")


async def test_what_a_verify_of_all_has_found_is_kept_and_shown(system: System) -> None:
    system.settings["HEALZ_VERIFY_PATIENTS_MIN"] = "1"
    operators = await running(system)
    admin = system.database.admin
    assert (await operators.call("patient", "status"))[1]["last_verified_seconds"] is None
    await operators.verified("patient")
    await admin.execute(
        "UPDATE patient.patient_view SET full_name = 'Nobody' WHERE tenant_id = $1", (await tenants(system))[0]
    )
    began = time.monotonic()
    found = await operators.verified("patient")
    await operators.verified("patient", "--tenant", str((await tenants(system))[1]))
    kept = await admin.fetch("SELECT * FROM patient.verification ORDER BY verified_at")
    assert [(row["share"], row["tenants"], row["events"], row["wrong"]) for row in kept] == [
        (1, 2, found["events"], 0),
        (1, 2, found["events"], found["wrong"]["differs"]),
    ]
    _, answer, _ = await operators.call("patient", "status")
    assert answer["last_verified_seconds"] < time.monotonic() - began
    assert answer["last_verified_wrong"] == found["wrong"]["differs"]
    system.settings["HEALZ_VERIFICATIONS_KEPT"] = "2"
    await operators.verified("patient", "--share", "0.5", "--seed", "1")
    assert [
        row["share"] for row in await admin.fetch("SELECT share FROM patient.verification ORDER BY verified_at")
    ] == [
        1,
        0.5,
    ]


async def test_a_sample_is_the_same_however_many_work_at_it(system: System) -> None:
    system.settings["HEALZ_VERIFY_PATIENTS_MIN"] = "1"
    operators = await running(system, events=600)
    await system.database.admin.execute("UPDATE journey.journey_view SET patient_name = 'Nobody'")

    async def sample(*words: str) -> tuple[int, list[str]]:
        answer = await operators.verified("journey", "--share", "0.5", *words)
        return answer["seed"], sorted(str(row["key"]) for row in answer["rows"])

    whole = (await operators.verified("journey"))["wrong"]["differs"]
    seed, rows = await sample()
    assert await sample("--seed", str(seed), "--workers", "2") == (seed, rows)
    some = [await sample("--seed", str(n), "--workers", "2") for n in range(4)]
    assert some == [await sample("--seed", str(n)) for n in range(4)]
    assert len({str(rows) for _, rows in some}) > 1
    assert any(len(rows) < whole for _, rows in some)


async def test_a_patients_verify_looks_at_the_checkpoint_too_and_a_status_for_programs_has_all(system: System) -> None:
    operators = await running(system)
    admin = system.database.admin
    [(tenant_id, patient_id)] = await admin.fetch("SELECT tenant_id, patient_id FROM patient.patient_view LIMIT 1")
    one = "--tenant", str(tenant_id), "--patient", str(patient_id)
    assert (await operators.verified("patient", *one))["patients"] == 1
    await system.end(next(process for process in system.processes if process.name == "projector-patient"))
    await admin.execute("UPDATE patient.checkpoint SET position = position + 5 WHERE tenant_id = $1", tenant_id)
    answer = await operators.verified("patient", *one)
    assert (answer["right"], list(answer["problems"]), answer["rows"]) == (False, [str(tenant_id)], [])
    await admin.execute(
        "INSERT INTO event_store.tenant_log SELECT gen_random_uuid(), 1, now() FROM generate_series(1, 30)"
    )
    assert len((await operators.call("patient", "status"))[1]["tenants"]) == 32
