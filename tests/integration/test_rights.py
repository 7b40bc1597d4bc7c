"""Every right and every policy that there is, one by one, against a list that only a person changes.

After a change that is meant: HEALZ_WRITE_RIGHTS=1 make test T=tests/integration/test_rights.py; then read what changed.
"""

import os
from pathlib import Path

from healz.read_models import READ_MODELS
from system import Database

FROZEN = Path(__file__).parent / "rights.txt"
SCHEMAS = ["ops", "event_store", "reference", *READ_MODELS, "analytics"]
# Owners hold every right on what is theirs; that is the migrator, the append function's and the search's.
RIGHTS = """
WITH granted AS (
    SELECT 'schema ' || nspname AS what, nspname AS schema, nspowner AS owner, nspacl AS acl FROM pg_namespace
    UNION ALL
    SELECT CASE relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialised view '
                        ELSE 'table ' END || oid::regclass, relnamespace::regnamespace::text, relowner, relacl
      FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT 'column ' || attrelid::regclass || '.' || attname, relnamespace::regnamespace::text, relowner, attacl
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attacl IS NOT NULL
    UNION ALL
    SELECT 'function ' || oid::regprocedure
           || CASE WHEN prosecdef THEN ' (definer ' || proowner::regrole || ')' ELSE '' END,
           pronamespace::regnamespace::text, proowner, COALESCE(proacl, acldefault('f', proowner))
      FROM pg_proc
), policies AS (
    SELECT 'policy ' || polname || ' on ' || polrelid::regclass
           || CASE WHEN polpermissive THEN '' ELSE ', restrictive' END || ', for ' || polcmd::text AS what,
           relnamespace::regnamespace::text AS schema,
           array_to_string(ARRAY(SELECT r::regrole::text FROM unnest(polroles) AS r ORDER BY 1), ', ')
           || ': using ' || COALESCE(pg_get_expr(polqual, polrelid), 'none')
           || ', check ' || COALESCE(pg_get_expr(polwithcheck, polrelid), 'none') AS detail
      FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
)
SELECT g.what || ': ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END || ' '
       || string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS line
  FROM granted AS g CROSS JOIN LATERAL aclexplode(g.acl) AS a
 WHERE g.schema = ANY ($1::text[]) AND a.grantee <> g.owner
 GROUP BY g.what, a.grantee
UNION ALL
SELECT what || ', to ' || detail FROM policies WHERE schema = ANY ($1::text[]) AND what !~ 'events_\\d{4}_\\d{2}'
 ORDER BY 1
"""
WITHOUT_TENANT = {
    "analytics.refreshes",
    "event_store.relay_lease",
    "ops.schema_migrations",
    "ops.schema_seeds",
    *(f"{name}.verification" for name in READ_MODELS),
}
"""Tables that hold nobody's data."""
NOT_AS_THEIR_CALLER = {
    "analytics.clinic_metrics_daily_of_tenant",
    "analytics.patient_retention_monthly_of_tenant",
}
"""Views that read as their owner, and let one tenant through by themselves."""


async def test_the_rights_are_those_on_the_list(database: Database) -> None:
    lines = [row[0] for row in await database.admin.fetch(RIGHTS, SCHEMAS)]
    if os.environ.get("HEALZ_WRITE_RIGHTS"):
        FROZEN.write_text("\n".join(lines) + "\n")
    assert lines == FROZEN.read_text().splitlines()


async def test_every_table_has_a_tenant_and_every_view_reads_as_its_caller_but_for_those_named(
    database: Database,
) -> None:
    without = await database.admin.fetch(
        """SELECT c.oid::regclass::text FROM pg_class AS c
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY ($1::text[])
              AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id')""",
        SCHEMAS,
    )
    assert {row[0] for row in without} == WITHOUT_TENANT
    as_owner = await database.admin.fetch(
        """SELECT c.oid::regclass::text FROM pg_class AS c
            WHERE c.relkind = 'v' AND c.relnamespace::regnamespace::text = ANY ($1::text[])
              AND NOT COALESCE(c.reloptions @> '{security_invoker=true}', false)""",
        SCHEMAS,
    )
    assert {row[0] for row in as_owner} == NOT_AS_THEIR_CALLER
