"""Reference data as SQL, patients as commands: real events, once, and on from where it stopped."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
import yaml

from example_tree import Done, ExampleTree, HealzDb, ended
from healz_db.settings import DEPLOY_DB
from system import Database, Servers, eventually

TENANT = UUID("0d000000-0000-7000-8000-00000000000a")
CLINIC = "0d000000-0000-7000-8000-0000000000c1"
KEY = {"HEALZ_IDENTITY_KEY": "an-identity-key-for-tests"}
PATIENTS = "S100902__patient__patients.jsonl"
REFERENCE = "S100901__reference__clinics.sql"
CLINICS = f"""
INSERT INTO reference.tenants (tenant_id, name) VALUES ('{TENANT}', 'Rede Goiabeiras')
ON CONFLICT (tenant_id) DO UPDATE SET name = EXCLUDED.name;
INSERT INTO reference.clinics (tenant_id, clinic_id, name) VALUES ('{TENANT}', '{CLINIC}', 'Clínica Goiabeiras')
ON CONFLICT (tenant_id, clinic_id) DO UPDATE SET name = EXCLUDED.name;
"""


def patient(number: int) -> UUID:
    return UUID(int=TENANT.int + (number << 16))


def line(command: str, number: int, **data: Any) -> str:
    return json.dumps(
        {
            "tenant_id": str(TENANT),
            "command": command,
            "target": str(patient(number)),
            "at": "2026-01-05T12:00:00Z",
            "role": "import",
            "data": data,
        }
    )


def registrations(count: int) -> list[str]:
    return [
        line("RegisterPatient", number, phone=f"+5527999{number:06}", full_name=f"João da Conceição {number}")
        for number in range(1, count + 1)
    ]


class Seeds:
    """The real migrations with seeds of the test's own in phase 100."""

    def __init__(self, database: Database, root: Path) -> None:
        shutil.copytree(DEPLOY_DB, root, ignore=shutil.ignore_patterns("src", ".env", "seeds", "drill"))
        self.root = root
        self.database = database
        self.healz_db = HealzDb(database.url("healz_admin"), root)

    def write(self, **files: str) -> None:
        """File names, _ for the suffix's dot, to texts."""
        folder = self.root / "seeds" / "phase-100-mvp"
        folder.mkdir(parents=True, exist_ok=True)
        names = [name.replace("_jsonl", ".jsonl").replace("_sql", ".sql") for name in files]
        for name, text in zip(names, files.values(), strict=True):
            (folder / name).write_text(text)
        path = self.root / "migration-manifest.yaml"
        manifest = yaml.safe_load(path.read_text())
        for phase in manifest["phases"]:
            phase["seeds"] = names if phase["name"] == "phase-100-mvp" else []
        path.write_text(yaml.safe_dump(manifest))

    def write_patients(self, lines: list[str]) -> None:
        self.write(**{PATIENTS.replace(".", "_"): "\n".join(lines) + "\n"})

    async def sow(self, **environment: str) -> Done:
        return await self.healz_db.run("seed", "--json", **(KEY | environment))

    async def state(self) -> dict[str, tuple[str, int]]:
        answer = (await self.healz_db.run("status", "--json")).answer
        return {seed["file"]: (seed["state"], seed["lines_done"]) for seed in answer["seeds"]}


@pytest.fixture
def seeds(database: Database, tmp_path: Path) -> Seeds:
    return Seeds(database, tmp_path / "seeded")


async def test_commands_become_events_and_nothing_is_smuggled_in(seeds: Seeds, database: Database) -> None:
    lines = [*registrations(2), line("UpdatePatientContact", 2, email="joao@example.com.br")]
    seeds.write_patients(lines)
    done = await seeds.sow()
    assert done.exit_code == 0, done.err
    assert done.answer["seeds"] == [PATIENTS]
    log = await database.log(TENANT)
    assert [event.event_type for event in log] == ["PatientRegistered", "PatientRegistered", "PatientContactUpdated"]
    assert [event.aggregate_id for event in log] == [patient(1), patient(2), patient(2)]
    stored = json.loads(await database.admin.fetchval("SELECT event_data FROM event_store.events WHERE position = 1"))
    assert stored["registered_at"].startswith("2026-01-05T12:00:00")
    assert await database.admin.fetchval("SELECT count(*) FROM event_store.outbox") == 3
    assert await database.admin.fetchval("SELECT count(*) FROM event_store.patient_identities") == 5, (
        "each phone in two spellings"
    )
    assert await database.admin.fetchval("SELECT count(*) FROM patient.patient_view") == 0
    assert await seeds.state() == {PATIENTS: ("done", 3)}


async def test_a_second_run_changes_nothing(seeds: Seeds, database: Database) -> None:
    seeds.write(**{REFERENCE.replace(".", "_"): CLINICS, PATIENTS.replace(".", "_"): "\n".join(registrations(3))})
    assert (await seeds.sow()).answer["seeds"] == [REFERENCE, PATIENTS]
    before = await database.admin.fetch("SELECT * FROM event_store.events ORDER BY position")
    assert (await seeds.sow()).answer["seeds"] == []
    assert await database.admin.fetch("SELECT * FROM event_store.events ORDER BY position") == before


async def test_the_same_file_makes_the_same_ids_everywhere(seeds: Seeds, database: Database) -> None:
    seeds.write_patients(registrations(1))
    await seeds.sow()
    (first,) = await database.log(TENANT)
    # Command, correlation, journey and reminder took the ids before it.
    assert first.event_id == uuid5(uuid5(NAMESPACE_URL, "urn:healz:seeds"), f"{PATIENTS}:1:4")
    assert first.aggregate_id == patient(1)


async def test_a_killed_one_goes_on_at_its_line(seeds: Seeds, database: Database) -> None:
    seeds.write_patients(registrations(400))
    process = seeds.healz_db.start("seed", **KEY)

    async def some() -> bool:
        return await database.events() >= 20

    await eventually(some)
    process.send_signal(signal.SIGKILL)
    assert (await ended(process)).exit_code == -signal.SIGKILL
    state, lines_done = (await seeds.state())[PATIENTS]
    assert state == "interrupted"
    assert 0 < lines_done < 400
    assert (await seeds.sow()).exit_code == 0
    assert [event.aggregate_id for event in await database.log(TENANT)] == [patient(number) for number in range(1, 401)]
    assert await seeds.state() == {PATIENTS: ("done", 400)}


async def test_a_line_that_was_given_but_not_written_down_is_not_given_twice(seeds: Seeds, database: Database) -> None:
    seeds.write_patients(registrations(3))
    await seeds.sow()
    # As a kill between the event's commit and the note of it leaves it.
    await database.admin.execute("UPDATE ops.schema_seeds SET lines_done = 1, done = false")
    assert (await seeds.sow()).answer["seeds"] == [PATIENTS]
    assert await database.events() == 3


async def test_a_refused_command_names_its_line_and_the_rule(seeds: Seeds, database: Database) -> None:
    first, second = registrations(2)
    seeds.write_patients([first, second.replace("+5527999000002", "+5527999000001")])
    done = await seeds.sow()
    assert done.exit_code == 1
    assert f"{PATIENTS} line 2: RegisterPatient was refused (phone_taken)" in done.err
    assert await seeds.state() == {PATIENTS: ("interrupted", 1)}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (line("Nonsense", 1), "there is no command 'Nonsense'"),
        (line("RegisterPatient", 1, phone="+5527999000001"), "full_name: Field required"),
        ("{}", "tenant_id: Field required"),
    ],
)
async def test_what_is_no_command_is_told(seeds: Seeds, text: str, told: str) -> None:
    seeds.write_patients([text])
    done = await seeds.sow()
    assert done.exit_code == 1
    assert f"{PATIENTS} line 1" in done.err
    assert told in done.err


async def test_without_the_identity_key_no_patient_is_registered(seeds: Seeds, database: Database) -> None:
    seeds.write_patients(registrations(1))
    done = await seeds.healz_db.run("seed")
    assert done.exit_code == 1
    assert "HEALZ_IDENTITY_KEY" in done.err
    assert await database.events() == 0


async def test_changed_sql_is_run_again_changed_commands_are_refused(seeds: Seeds, database: Database) -> None:
    seeds.write(**{REFERENCE.replace(".", "_"): CLINICS, PATIENTS.replace(".", "_"): "\n".join(registrations(1))})
    await seeds.sow()
    folder = seeds.root / "seeds" / "phase-100-mvp"
    (folder / REFERENCE).write_text(CLINICS.replace("Clínica Goiabeiras", "Clínica Jardim"))
    assert (await seeds.sow()).answer["seeds"] == [REFERENCE]
    assert await database.admin.fetchval("SELECT name FROM reference.clinics") == "Clínica Jardim"
    (folder / PATIENTS).write_text("\n".join(registrations(2)))
    done = await seeds.sow()
    assert done.exit_code == 1
    assert f"{PATIENTS} was changed" in done.err
    assert await database.events() == 1


async def test_failing_sql_leaves_nothing(seeds: Seeds, database: Database) -> None:
    seeds.write(**{REFERENCE.replace(".", "_"): CLINICS + "SELECT 1/0;"})
    done = await seeds.sow()
    assert done.exit_code == 1
    assert REFERENCE in done.err
    assert await database.admin.fetchval("SELECT count(*) FROM reference.tenants") == 0


async def test_another_connection_may_be_named(seeds: Seeds, database: Database) -> None:
    seeds.write_patients(registrations(1))
    done = await seeds.sow(HEALZ_SEED_COMMAND_URL="postgresql://healz_command@127.0.0.1:1/none")
    assert done.exit_code == 1
    done = await seeds.sow(HEALZ_SEED_COMMAND_URL=database.url("healz_command"))
    assert done.exit_code == 0, done.err


async def test_apply_seeds_each_phase_after_its_migrations(
    servers: Servers, empty_database: Database, tree: ExampleTree
) -> None:
    seed = tree.seed("S100001__clinic__runs.sql", "INSERT INTO clinic.runs VALUES ('first')")
    manifest = yaml.safe_load((tree.root / "migration-manifest.yaml").read_text())
    later = {"file": "clinic/V200001__clinic__expand__example.sql", "release": "1.0"}
    manifest["phases"].append(
        {
            "name": "phase-200-v1_1",
            "domains": ["clinic"],
            "migrations": [later],
            "seeds": ["S200001__clinic__runs.sql"],
        }
    )
    (tree.root / "migration-manifest.yaml").write_text(yaml.safe_dump(manifest))
    for path, text in (
        (
            "migrations/phase-200-v1_1/clinic/V200001__clinic__expand__example.sql",
            "ALTER TABLE clinic.runs ADD COLUMN n serial",
        ),
        (
            "rollback/phase-200-v1_1/clinic/R200001__clinic__expand__example.sql",
            "ALTER TABLE clinic.runs DROP COLUMN n",
        ),
        ("seeds/phase-200-v1_1/S200001__clinic__runs.sql", "INSERT INTO clinic.runs (file) VALUES ('second')"),
    ):
        file = tree.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    healz_db = HealzDb(empty_database.url("healz_admin"), tree.root)
    done = await healz_db.run("apply", "--seeds")
    assert done.exit_code == 0, done.err
    words = [text.split()[1][:7] for text in done.out.splitlines() if text.startswith(("applied", "seeded"))]
    assert words == ["V100001", "S100001", "V200001", "S200001"]
    assert [row[0] for row in await empty_database.admin.fetch("SELECT file FROM clinic.runs ORDER BY n")] == [
        "first",
        "second",
    ]
    assert (await healz_db.run("apply", "--seeds")).out.startswith("nothing to do")
    # What a rollback took away is seeded again.
    assert (await healz_db.run("rollback", "--to", "100001", "--yes")).exit_code == 0
    answer = (await healz_db.run("status", "--json")).answer
    assert [seed["state"] for seed in answer["seeds"]] == ["done", "missing"]
    assert seed.is_file()


async def test_a_phase_that_is_not_there_can_not_be_seeded(empty_database: Database, tree: ExampleTree) -> None:
    tree.seed("S100001__clinic__runs.sql", "SELECT 1")
    done = await HealzDb(empty_database.url("healz_admin"), tree.root).run("seed", "--phase", "100")
    assert done.exit_code == 1
    assert "healz-db apply --phase 100" in done.err
