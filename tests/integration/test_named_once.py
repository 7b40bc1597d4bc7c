"""What Python and SQL both name is the same in both: the read models, and the default time zone."""

from uuid_utils.compat import uuid7

from command_api.decide.times import DEFAULT_TIME_ZONE
from healz.read_models import READ_MODELS
from system import Database

WITH_CHECKPOINT = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'checkpoint'"


async def test_each_read_model_has_its_line_in_the_view_of_checkpoints(database: Database) -> None:
    tenant_id, admin = uuid7(), database.admin
    assert {row[0] for row in await admin.fetch(WITH_CHECKPOINT)} == set(READ_MODELS)
    at = {name: position for position, name in enumerate(READ_MODELS, start=1)}
    for name, position in at.items():
        await admin.execute(f"INSERT INTO {name}.checkpoint (tenant_id, position) VALUES ($1, $2)", tenant_id, position)
    rows = await admin.fetch("SELECT read_model, position FROM ops.checkpoints WHERE tenant_id = $1", tenant_id)
    assert {row["read_model"]: row["position"] for row in rows} == at
    for name, position in at.items():
        assert await admin.fetchval("SELECT ops.projection_position($1, $2, NULL)", tenant_id, name) == position


async def test_python_and_sql_take_a_day_in_the_same_time_zone_where_nobody_names_one(database: Database) -> None:
    for schema in ("reference", "analytics"):
        zone = f"{schema}.clinic_zone"
        assert await database.admin.fetchval(f"SELECT {zone}(NULL, NULL)") == DEFAULT_TIME_ZONE
        assert await database.admin.fetchval(f"SELECT {zone}(NULL, 'America/Manaus')") == "America/Manaus"
        assert await database.admin.fetchval(f"SELECT {zone}('America/Belem', 'America/Manaus')") == "America/Belem"
    tenant = "INSERT INTO reference.tenants (tenant_id, name) VALUES ($1, 'Rede') RETURNING time_zone"
    assert await database.admin.fetchval(tenant, uuid7()) == DEFAULT_TIME_ZONE
