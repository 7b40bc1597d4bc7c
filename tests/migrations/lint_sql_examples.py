"""What lint refuses in a file's SQL, and beside it what it lets through."""

from dataclasses import dataclass

TIMEOUT = "SET LOCAL lock_timeout = '5s';\n"
NO_TRANSACTION = "-- transaction: none\nSET lock_timeout = '5s';\n"
WRITTEN = TIMEOUT + "SELECT 1;\n"
NEW = "CREATE TABLE reference.rooms (name text);\n"


@dataclass(frozen=True)
class SqlExample:
    """``bad`` breaks ``rule`` and no other, and the message says ``todo``; ``good`` breaks none."""

    name: str
    rule: str
    bad: str
    todo: str
    good: str


def sql(name: str, rule: str, bad: str, todo: str, good: str) -> SqlExample:
    """An example for a file that runs in a transaction, without its first line."""
    return SqlExample(name, rule, TIMEOUT + bad, todo, TIMEOUT + good)


EXPAND = [
    sql(
        "drops a table",
        "drop_in_expand",
        "DROP TABLE reference.doctors",
        "leave it to a contract",
        f"{NEW} DROP TABLE reference.rooms",
    ),
    sql(
        "drops a table and makes it anew",
        "drop_in_expand",
        f"DROP TABLE IF EXISTS reference.rooms; {NEW}",
        "leave it to a contract",
        "DROP FUNCTION IF EXISTS ops.f(); CREATE FUNCTION ops.f() RETURNS int LANGUAGE sql RETURN 1",
    ),
    sql(
        "drops a policy",
        "drop_in_expand",
        "DROP POLICY everybody ON reference.doctors",
        "leave it to a contract",
        "DROP POLICY IF EXISTS everybody ON reference.rooms; CREATE POLICY everybody ON reference.rooms USING (true)",
    ),
    sql(
        "drops a trigger of another table than it creates one on",
        "drop_in_expand",
        "DROP TRIGGER IF EXISTS t ON a.a; CREATE TRIGGER t AFTER INSERT ON a.b EXECUTE FUNCTION a.f()",
        "leave it to a contract",
        "DROP TRIGGER IF EXISTS t ON a.b; CREATE TRIGGER t AFTER INSERT ON a.b EXECUTE FUNCTION a.f()",
    ),
    SqlExample(
        "drops an index",
        "drop_in_expand",
        NO_TRANSACTION + "DROP INDEX CONCURRENTLY IF EXISTS reference.doctors_name",
        "leave it to a contract",
        NO_TRANSACTION
        + "DROP INDEX CONCURRENTLY IF EXISTS reference.doctors_name;"
        + "CREATE INDEX CONCURRENTLY doctors_name ON reference.doctors (full_name)",
    ),
    sql(
        "drops a role",
        "drop_in_expand",
        "DROP ROLE healz_reader",
        "leave it to a contract",
        "CREATE ROLE healz_visitor NOLOGIN",
    ),
    sql(
        "drops a column",
        "drop_in_expand",
        "ALTER TABLE reference.doctors DROP COLUMN full_name",
        "leave it to a contract",
        "ALTER TABLE reference.doctors ADD COLUMN title text; ALTER TABLE reference.doctors DROP COLUMN title",
    ),
    sql(
        "drops a column that it makes anew",
        "drop_in_expand",
        "ALTER TABLE patient.patient_view DROP COLUMN address;"
        "ALTER TABLE patient.patient_view ADD COLUMN address jsonb",
        "leave it to a contract",
        "ALTER TABLE patient.patient_view ADD COLUMN address_2 jsonb, ADD COLUMN phone text;"
        "ALTER TABLE patient.patient_view DROP COLUMN phone",
    ),
    sql(
        "drops a column that may have been there",
        "drop_in_expand",
        "ALTER TABLE a.b ADD COLUMN IF NOT EXISTS c text; ALTER TABLE a.b DROP COLUMN c",
        "leave it to a contract",
        "ALTER TABLE a.b ADD COLUMN c text; ALTER TABLE a.b DROP COLUMN c",
    ),
    sql(
        "drops a table that may have been there",
        "drop_in_expand",
        "CREATE TABLE IF NOT EXISTS patient.patient_view (x int); DROP TABLE patient.patient_view",
        "leave it to a contract",
        "CREATE TABLE patient.rooms_view (x int); DROP TABLE patient.rooms_view",
    ),
    sql(
        "drops a view that it may have replaced",
        "drop_in_expand",
        "CREATE OR REPLACE VIEW a.v WITH (security_invoker) AS SELECT 1; DROP VIEW a.v",
        "leave it to a contract",
        "CREATE VIEW a.v WITH (security_invoker) AS SELECT 1; DROP VIEW a.v",
    ),
    sql(
        "drops a function with what hangs on it",
        "drop_in_expand",
        "DROP FUNCTION ops.f() CASCADE; CREATE FUNCTION ops.f() RETURNS int LANGUAGE sql RETURN 1",
        "leave it to a contract",
        "DROP FUNCTION ops.f() RESTRICT; CREATE FUNCTION ops.f() RETURNS int LANGUAGE sql RETURN 1",
    ),
    sql(
        "drops its own column with what hangs on it",
        "drop_in_expand",
        f"{NEW} ALTER TABLE reference.rooms DROP COLUMN name CASCADE",
        "leave it to a contract",
        f"{NEW} ALTER TABLE reference.rooms DROP COLUMN name",
    ),
    sql(
        "drops a constraint",
        "drop_in_expand",
        "ALTER TABLE reference.doctors DROP CONSTRAINT doctors_named",
        "leave it to a contract",
        f"{NEW} ALTER TABLE reference.rooms ADD CONSTRAINT named CHECK (name > ''), DROP CONSTRAINT named",
    ),
    sql(
        "drops a check for a key",
        "drop_in_expand",
        "ALTER TABLE reference.doctors DROP CONSTRAINT named;"
        " ALTER TABLE reference.doctors ADD CONSTRAINT named FOREIGN KEY (id) REFERENCES reference.clinics NOT VALID",
        "leave it to a contract",
        "ALTER TABLE reference.doctors DROP CONSTRAINT named;"
        " ALTER TABLE reference.doctors ADD CONSTRAINT named CHECK (full_name > '') NOT VALID",
    ),
    sql(
        "drops a default",
        "drop_in_expand",
        "ALTER TABLE reference.doctors ALTER COLUMN title DROP DEFAULT",
        "leave it to a contract",
        "ALTER TABLE reference.doctors ALTER COLUMN title SET DEFAULT ''",
    ),
    sql(
        "drops in a DO block",
        "drop_in_expand",
        "DO $$ BEGIN IF true THEN DROP TABLE reference.doctors; END IF; END $$",
        "leave it to a contract",
        f"DO $$ BEGIN IF true THEN {NEW} END IF; END $$",
    ),
    sql(
        "drops by EXECUTE of a literal",
        "drop_in_expand",
        "DO $$ BEGIN EXECUTE 'DROP TABLE reference.doctors'; END $$",
        "leave it to a contract",
        "CREATE FUNCTION ops.f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE reference.doctors; END $$",
    ),
    sql(
        "renames a column",
        "rename_in_expand",
        "ALTER TABLE reference.doctors RENAME COLUMN full_name TO name",
        "add the new name beside it",
        f"{NEW} ALTER TABLE reference.rooms RENAME COLUMN name TO title",
    ),
    sql(
        "renames a table",
        "rename_in_expand",
        "ALTER TABLE reference.doctors RENAME TO physicians",
        "add the new name beside it",
        f"{NEW} ALTER TABLE reference.rooms RENAME TO chambers",
    ),
    sql(
        "renames a function",
        "rename_in_expand",
        "ALTER FUNCTION ops.old() RENAME TO new",
        "add the new name beside it",
        "CREATE FUNCTION ops.new() RETURNS int LANGUAGE sql RETURN 1",
    ),
    sql(
        "moves a table",
        "rename_in_expand",
        "ALTER TABLE reference.doctors SET SCHEMA ops",
        "add the new name beside it",
        f"{NEW} ALTER TABLE reference.rooms SET SCHEMA ops",
    ),
    SqlExample(
        "makes a column NOT NULL",
        "not_null_on_existing",
        NO_TRANSACTION + "ALTER TABLE reference.doctors ALTER COLUMN title SET NOT NULL",
        "NOT VALID and VALIDATE it first",
        NO_TRANSACTION
        + "ALTER TABLE reference.doctors ADD CONSTRAINT titled CHECK (title IS NOT NULL) NOT VALID;"
        + "ALTER TABLE reference.doctors VALIDATE CONSTRAINT titled;"
        + "ALTER TABLE reference.doctors ALTER COLUMN title SET NOT NULL;"
        + "ALTER TABLE reference.doctors DROP CONSTRAINT titled",
    ),
    SqlExample(
        "makes a column NOT NULL after a check of another one",
        "not_null_on_existing",
        NO_TRANSACTION
        + "ALTER TABLE reference.doctors ADD CONSTRAINT named CHECK (full_name IS NOT NULL) NOT VALID;"
        + "ALTER TABLE reference.doctors VALIDATE CONSTRAINT named;"
        + "ALTER TABLE reference.doctors ALTER COLUMN title SET NOT NULL",
        "NOT VALID and VALIDATE it first",
        NO_TRANSACTION
        + "ALTER TABLE reference.doctors ADD CONSTRAINT titled NOT NULL title NOT VALID;"
        + "ALTER TABLE reference.doctors VALIDATE CONSTRAINT titled",
    ),
    SqlExample(
        "makes a column NOT NULL after a check that was never validated",
        "not_null_on_existing",
        NO_TRANSACTION
        + "ALTER TABLE reference.doctors ADD CONSTRAINT titled CHECK (title IS NOT NULL) NOT VALID;"
        + "ALTER TABLE reference.doctors ALTER COLUMN title SET NOT NULL",
        "NOT VALID and VALIDATE it first",
        TIMEOUT + f"{NEW} ALTER TABLE reference.rooms ALTER COLUMN name SET NOT NULL",
    ),
    sql(
        "adds a column NOT NULL without a default",
        "not_null_without_default",
        "ALTER TABLE reference.doctors ADD COLUMN title text NOT NULL",
        "give it one, or let it be NULL",
        "ALTER TABLE reference.doctors ADD COLUMN title text NOT NULL DEFAULT '', ADD COLUMN suffix text",
    ),
    sql(
        "adds a column NOT NULL whose default is NULL",
        "not_null_without_default",
        "ALTER TABLE reference.doctors ADD COLUMN title text NOT NULL DEFAULT NULL",
        "give it one, or let it be NULL",
        f"{NEW} ALTER TABLE reference.rooms ADD COLUMN title text NOT NULL",
    ),
    *(
        sql(
            f"adds a column of {column}",
            "volatile_default",
            f"ALTER TABLE reference.doctors ADD COLUMN added {column}",
            "fill it batch by batch",
            f"ALTER TABLE reference.doctors ADD COLUMN added {instead}",
        )
        for column, instead in (
            ("uuid DEFAULT gen_random_uuid()", "uuid"),
            ("uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid()", "uuid DEFAULT NULL"),
            ("timestamptz NOT NULL DEFAULT clock_timestamp()", "timestamptz NOT NULL DEFAULT now()"),
            ("text DEFAULT 'r' || random()::text", "text DEFAULT lower('R')"),
            ("bigint DEFAULT nextval('reference.s')", "bigint DEFAULT 1"),
            ("uuid DEFAULT ops.current_tenant()", "uuid REFERENCES reference.rooms"),
            ("bigserial", "bigint"),
            ("bigint GENERATED ALWAYS AS IDENTITY", "text DEFAULT CURRENT_USER"),
            (
                "text GENERATED ALWAYS AS (lower(full_name)) STORED",
                "text GENERATED ALWAYS AS (lower(full_name)) VIRTUAL",
            ),
        )
    ),
    sql(
        "changes a type",
        "type_change",
        "ALTER TABLE reference.doctors ALTER COLUMN weekday TYPE integer",
        "write a contract for the old one",
        "ALTER TABLE reference.doctors ADD COLUMN day_of_week integer",
    ),
    sql(
        "widens a varchar",
        "type_change",
        "ALTER TABLE reference.doctors ALTER COLUMN full_name TYPE varchar(500)",
        "wider varchar",
        f"{NEW} ALTER TABLE reference.rooms ALTER COLUMN name TYPE varchar(500)",
    ),
    *(
        SqlExample(
            f"says {bad}",
            "table_rewrite",
            NO_TRANSACTION + bad,
            todo,
            NO_TRANSACTION + good,
        )
        for bad, todo, good in (
            ("ALTER TABLE a.b SET TABLESPACE fast", "make a new table", "CREATE TABLE a.c (d text) TABLESPACE fast"),
            ("ALTER TABLE a.b SET UNLOGGED", "make a new table", "CREATE UNLOGGED TABLE a.c (d text)"),
            ("ALTER TABLE a.b SET LOGGED", "make a new table", "ALTER TABLE a.b SET (fillfactor = 80)"),
            ("VACUUM FULL a.b", "use VACUUM", "VACUUM (ANALYZE, FULL false) a.b"),
            ("CLUSTER a.b USING c", "make a new one beside", "ANALYZE a.b"),
        )
    ),
    sql(
        "revokes from a role what it has",
        "revoke_in_expand",
        "REVOKE SELECT ON reference.doctors FROM healz_reader",
        "leave it to a contract",
        f"{NEW} GRANT ALL ON reference.rooms TO healz_reader; REVOKE DELETE ON reference.rooms FROM healz_reader",
    ),
    sql(
        "revokes more than it granted",
        "revoke_in_expand",
        "GRANT SELECT ON reference.doctors TO healz_relay; REVOKE SELECT, INSERT ON reference.doctors FROM healz_relay",
        "leave it to a contract",
        "GRANT CREATE ON SCHEMA patient TO healz_search; REVOKE CREATE ON SCHEMA patient FROM healz_search",
    ),
    sql(
        "revokes on all tables",
        "revoke_in_expand",
        "REVOKE SELECT ON ALL TABLES IN SCHEMA reference FROM healz_reader",
        "leave it to a contract",
        "REVOKE ALL ON ALL TABLES IN SCHEMA ops FROM PUBLIC; REVOKE EXECUTE ON FUNCTION ops.f(integer) FROM PUBLIC",
    ),
    sql(
        "revokes a role",
        "revoke_in_expand",
        "REVOKE healz_projector FROM healz_projector_patient",
        "leave it to a contract",
        "GRANT healz_projector TO healz_projector_patient",
    ),
    sql(
        "checks all rows",
        "constraint_without_not_valid",
        "ALTER TABLE reference.doctors ADD CONSTRAINT named CHECK (full_name > '')",
        "NOT VALID, then VALIDATE",
        "ALTER TABLE reference.doctors ADD CONSTRAINT named CHECK (full_name > '') NOT VALID",
    ),
    sql(
        "checks all references",
        "constraint_without_not_valid",
        "ALTER TABLE reference.doctors ADD FOREIGN KEY (tenant_id) REFERENCES reference.tenants",
        "NOT VALID, then VALIDATE",
        "ALTER TABLE reference.doctors ADD FOREIGN KEY (tenant_id) REFERENCES reference.tenants NOT VALID",
    ),
    sql(
        "adds a column with a check",
        "constraint_without_not_valid",
        "ALTER TABLE reference.doctors ADD COLUMN beds integer CHECK (beds > 0)",
        "NOT VALID, then VALIDATE",
        f"{NEW} ALTER TABLE reference.rooms ADD COLUMN beds integer CHECK (beds > 0)",
    ),
    sql(
        "adds a unique constraint",
        "unique_without_index",
        "ALTER TABLE reference.doctors ADD CONSTRAINT one_name UNIQUE (tenant_id, full_name)",
        "USING INDEX",
        "ALTER TABLE reference.doctors ADD CONSTRAINT one_name UNIQUE USING INDEX doctors_one_name",
    ),
    sql(
        "adds a primary key",
        "unique_without_index",
        "ALTER TABLE reference.doctors ADD PRIMARY KEY (tenant_id)",
        "USING INDEX",
        f"{NEW} ALTER TABLE reference.rooms ADD PRIMARY KEY (name)",
    ),
    sql(
        "adds a unique column",
        "unique_without_index",
        "ALTER TABLE reference.doctors ADD COLUMN code text UNIQUE",
        "USING INDEX",
        "CREATE TABLE reference.rooms (code text UNIQUE)",
    ),
    sql("truncates", "rows_removed", "TRUNCATE a.b", "leave the rows alone", f"{NEW} TRUNCATE reference.rooms"),
    sql(
        "truncates what may have been there",
        "rows_removed",
        "CREATE TABLE IF NOT EXISTS a.b (c int); TRUNCATE a.b",
        "leave the rows alone",
        "CREATE TABLE a.b (c int); TRUNCATE a.b",
    ),
    sql(
        "deletes",
        "rows_removed",
        "DELETE FROM a.b WHERE c",
        "leave the rows alone",
        "UPDATE a.b SET c = true WHERE NOT c; CREATE PROCEDURE a.p() LANGUAGE sql BEGIN ATOMIC DELETE FROM a.b; END",
    ),
    sql(
        "deletes in WITH",
        "rows_removed",
        f"{NEW} WITH moved AS (DELETE FROM a.b RETURNING c) INSERT INTO reference.rooms SELECT c FROM moved",
        "leave the rows alone",
        f"{NEW} WITH moved AS (SELECT c FROM a.b) INSERT INTO reference.rooms SELECT c FROM moved",
    ),
    sql(
        "deletes by MERGE",
        "rows_removed",
        "MERGE INTO a.b USING a.c ON b.i = c.i WHEN MATCHED THEN DELETE",
        "leave the rows alone",
        "MERGE INTO a.b USING a.c ON b.i = c.i WHEN MATCHED THEN UPDATE SET j = c.j",
    ),
    SqlExample(
        "builds an index on a table in use",
        "index_blocks_writes",
        TIMEOUT + "CREATE INDEX doctors_name ON reference.doctors (full_name)",
        "CREATE INDEX CONCURRENTLY",
        NO_TRANSACTION + "CREATE INDEX CONCURRENTLY doctors_name ON reference.doctors (full_name)",
    ),
    sql(
        "builds an index on a table in use ONLY, which is not partitioned",
        "index_blocks_writes",
        "CREATE INDEX doctors_name ON ONLY reference.doctors (full_name)",
        "CREATE INDEX CONCURRENTLY",
        f"{NEW} CREATE INDEX rooms_name ON reference.rooms (name)",
    ),
    sql(
        "builds an index on a table that may have been there",
        "index_blocks_writes",
        "CREATE TABLE IF NOT EXISTS a.b (c int); CREATE INDEX b_c ON a.b (c)",
        "CREATE INDEX CONCURRENTLY",
        "CREATE TABLE a.b (c int); CREATE INDEX b_c ON a.b (c)",
    ),
    SqlExample(
        "rebuilds an index in the writers' way",
        "index_blocks_writes",
        TIMEOUT + "REINDEX TABLE reference.doctors",
        "REINDEX … CONCURRENTLY",
        NO_TRANSACTION + "REINDEX TABLE CONCURRENTLY reference.doctors; REINDEX (CONCURRENTLY) INDEX a.c",
    ),
    sql(
        "rebuilds a schema's indexes",
        "index_blocks_writes",
        f"{NEW} REINDEX (CONCURRENTLY false) SCHEMA reference",
        "REINDEX … CONCURRENTLY",
        f"{NEW} REINDEX TABLE reference.rooms",
    ),
    sql(
        "updates every row",
        "update_without_where",
        "UPDATE a.b SET c = 1",
        "batch by batch",
        f"UPDATE a.b SET c = 1 WHERE c IS NULL; {NEW} UPDATE reference.rooms SET name = ''",
    ),
    sql(
        "updates every row in WITH",
        "update_without_where",
        f"{NEW} WITH u AS (UPDATE a.b SET c = 1 WHERE true RETURNING c) INSERT INTO reference.rooms SELECT c FROM u",
        "batch by batch",
        "CREATE FUNCTION a.f() RETURNS void LANGUAGE sql BEGIN ATOMIC UPDATE a.b SET c = 1; END",
    ),
    sql(
        "has a rule",
        "create_rule",
        "CREATE RULE quiet AS ON INSERT TO a.b DO INSTEAD NOTHING",
        "write a trigger",
        "CREATE TRIGGER t BEFORE INSERT ON a.b FOR EACH ROW EXECUTE FUNCTION a.f()",
    ),
    sql(
        "refreshes in the readers' way",
        "refresh_blocks_reads",
        "REFRESH MATERIALIZED VIEW analytics.days",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY analytics.days;"
        "CREATE MATERIALIZED VIEW analytics.weeks AS SELECT 1 WITH NO DATA;"
        "REFRESH MATERIALIZED VIEW analytics.weeks",
    ),
    sql("locks a table", "lock_table", "LOCK TABLE a.b", "take it out", "ALTER TABLE a.b SET (fillfactor = 80)"),
    sql(
        "locks more than a system table",
        "lock_table",
        "LOCK TABLE pg_catalog.pg_authid, a.b",
        "take it out",
        "LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE",
    ),
]

PROTECTED = "CREATE TABLE a.b (tenant_id uuid); CALL ops.protect('a.b', 'healz_reader')"
DEFINER = "CREATE FUNCTION a.f() RETURNS int LANGUAGE sql SECURITY DEFINER"

ANY_FILE = [
    sql(
        "is no SQL", "unparsable_sql", "CREATE TABEL a.b (c text)", "correct the statement", "CREATE TABLE a.b (c text)"
    ),
    sql(
        "is no plpgsql",
        "unparsable_sql",
        "DO $$ BEGIN CREATE TABEL a.b (c text); END $$",
        "correct the statement",
        "DO $$ DECLARE c a.b%ROWTYPE; BEGIN PERFORM 1; END $$",
    ),
    SqlExample(
        "sets no lock_timeout",
        "missing_lock_timeout",
        "CREATE TABLE a.b (c text)",
        "put `SET LOCAL lock_timeout",
        TIMEOUT + "CREATE TABLE a.b (c text)",
    ),
    SqlExample(
        "sets lock_timeout too late",
        "missing_lock_timeout",
        "CREATE TABLE a.b (c text);" + TIMEOUT,
        "put `SET LOCAL lock_timeout",
        "SET LOCAL statement_timeout = '1min';" + TIMEOUT + "CREATE TABLE a.b (c text)",
    ),
    SqlExample(
        "sets lock_timeout to for ever",
        "missing_lock_timeout",
        "SET LOCAL lock_timeout = 0; CREATE TABLE a.b (c text)",
        "put `SET LOCAL lock_timeout",
        "SET LOCAL lock_timeout = 200; CREATE TABLE a.b (c text)",
    ),
    SqlExample(
        "sets lock_timeout to for ever, in minutes",
        "missing_lock_timeout",
        "SET LOCAL lock_timeout = '0min'; CREATE TABLE a.b (c text)",
        "put `SET LOCAL lock_timeout",
        "SET LOCAL lock_timeout = '0.5s'; CREATE TABLE a.b (c text)",
    ),
    SqlExample(
        "sets lock_timeout for the session",
        "missing_lock_timeout",
        "SET lock_timeout = '5s'; CREATE TABLE a.b (c text)",
        "put `SET LOCAL lock_timeout",
        "SET LOCAL lock_timeout TO '5s'; CREATE TABLE a.b (c text)",
    ),
    SqlExample(
        "sets lock_timeout for a transaction that there isn't",
        "missing_lock_timeout",
        "-- transaction: none\n" + TIMEOUT + "CREATE TABLE a.b (c text)",
        "put `SET lock_timeout",
        NO_TRANSACTION + "CREATE TABLE a.b (c text)",
    ),
    *(
        SqlExample(f"says {bad}", "missing_lock_timeout", TIMEOUT + bad, todo, TIMEOUT + good)
        for bad, todo, good in (
            ("RESET ALL; SELECT 1", "take it out", "RESET work_mem; SELECT 1"),
            ("RESET lock_timeout; SELECT 1", "take it out", "SET LOCAL lock_timeout = '10s'; SELECT 1"),
            ("DISCARD ALL", "take it out", "DISCARD PLANS"),
            ("SET LOCAL lock_timeout TO DEFAULT; SELECT 1", "put `SET LOCAL lock_timeout", "SELECT 1"),
            (
                "SELECT set_config('lock_timeout', '0', false)",
                "take it out",
                "SELECT set_config('work_mem', '1MB', true)",
            ),
            (
                "DO $$ BEGIN PERFORM pg_catalog.set_config('Lock_Timeout', '0', false); END $$",
                "take it out",
                "CREATE FUNCTION a.f() RETURNS text LANGUAGE sql RETURN set_config('lock_timeout', '1s', true)",
            ),
            (
                "SELECT set_config(setting_name => 'lock_timeout'::text, new_value => '0', is_local => false)",
                "take it out",
                "SELECT current_setting('lock_timeout')",
            ),
            *(
                (
                    f"SET LOCAL {name} = {too_much}; SELECT 1",
                    "put `SET LOCAL lock_timeout",
                    f"SET LOCAL {name} = {good}; SELECT 1",
                )
                for name, too_much, good in (
                    ("lock_timeout", "'10min'", "'0.1min'"),
                    ("lock_timeout", "10001", "10000"),
                    ("lock_timeout", "'11s'", "' 10 s'"),
                    ("lock_timeout", "'1h'", "'5000000us'"),
                    ("lock_timeout", "'0.4ms'", "9.5"),
                    ("lock_timeout", "-1", "1"),
                    ('"Lock_Timeout"', "0", "'1s'"),
                )
            ),
        )
    ),
    sql("begins and commits", "transaction_control", "BEGIN; SELECT 1; COMMIT", "take it out", "SELECT 1"),
    SqlExample(
        "commits in a DO block",
        "transaction_control",
        TIMEOUT + "DO $$ BEGIN COMMIT; END $$",
        "take it out",
        NO_TRANSACTION + "DO $$ BEGIN COMMIT; END $$",
    ),
    SqlExample(
        "builds an index beside, in a transaction",
        "concurrently_in_transaction",
        TIMEOUT + "CREATE INDEX CONCURRENTLY c ON a.b (d)",
        "put `-- transaction: none` into the header",
        NO_TRANSACTION + "CREATE INDEX CONCURRENTLY c ON a.b (d)",
    ),
    SqlExample(
        "rebuilds an index beside, in a transaction",
        "concurrently_in_transaction",
        TIMEOUT + "REINDEX INDEX CONCURRENTLY a.c",
        "put `-- transaction: none` into the header",
        NO_TRANSACTION + "REINDEX INDEX CONCURRENTLY a.c",
    ),
    sql(
        "has a tenant's table without a policy",
        "no_row_level_security",
        "CREATE TABLE a.b (tenant_id uuid)",
        "add CALL ops.protect('a.b', …)",
        PROTECTED,
    ),
    sql(
        "protects another table",
        "no_row_level_security",
        "CREATE TABLE a.b (tenant_id uuid); CALL ops.protect('a.c')",
        "add CALL ops.protect('a.b', …)",
        "CREATE TABLE a.b (tenant_id uuid); CALL ops.protect_read_model(p_projector => 'p', p_table => 'a.b')",
    ),
    sql(
        "doesn't force the owner",
        "no_row_level_security",
        "CREATE TABLE a.b (tenant_id uuid); ALTER TABLE a.b ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON a.b USING (true)",
        "FORCE ROW LEVEL SECURITY",
        "CREATE TABLE a.b (tenant_id uuid); ALTER TABLE a.b ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY p ON a.b USING (true)",
    ),
    sql(
        "protects a table, not its partition",
        "no_row_level_security",
        "CREATE TABLE a.b (tenant_id uuid) PARTITION BY LIST (tenant_id); CALL ops.protect('a.b');"
        "CREATE TABLE a.c PARTITION OF a.b DEFAULT",
        "add CALL ops.protect('a.c', …)",
        "CREATE TABLE a.b (tenant_id uuid) PARTITION BY LIST (tenant_id); CALL ops.protect('a.b'::regclass);"
        "CREATE TABLE a.c PARTITION OF a.b DEFAULT;"
        "ALTER TABLE a.c ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    ),
    sql(
        "takes a tenant's columns over",
        "no_row_level_security",
        f"{PROTECTED}; CREATE TABLE a.c (LIKE a.b)",
        "add CALL ops.protect('a.c', …)",
        f"{PROTECTED}; CREATE TABLE a.c (LIKE a.b); CALL ops.protect('a.c')",
    ),
    sql(
        "selects a tenant's rows into a table",
        "no_row_level_security",
        f"{PROTECTED}; CREATE TABLE a.c AS SELECT * FROM a.b",
        "add CALL ops.protect('a.c', …)",
        f"{PROTECTED}; CREATE TABLE a.c AS SELECT count(*) FROM a.b; CREATE TEMP TABLE d AS SELECT tenant_id FROM a.b",
    ),
    sql(
        "gives a table a tenant",
        "no_row_level_security",
        "ALTER TABLE a.b ADD COLUMN tenant_id uuid",
        "add CALL ops.protect('a.b', …)",
        "ALTER TABLE a.b ADD COLUMN tenant_id uuid; CALL ops.protect('a.b')",
    ),
    sql(
        "has a plain view",
        "plain_view",
        "CREATE VIEW a.v AS SELECT 1",
        "create it WITH (security_invoker = true)",
        "CREATE VIEW a.v WITH (security_invoker) AS SELECT 1; CREATE VIEW a.w WITH (security_barrier = on) AS SELECT 1",
    ),
    sql(
        "turns the view's option off",
        "plain_view",
        "CREATE OR REPLACE VIEW a.v WITH (security_invoker = false) AS SELECT 1",
        "create it WITH (security_invoker = true)",
        "CREATE OR REPLACE VIEW a.v WITH (security_invoker = true) AS SELECT 1",
    ),
    sql(
        "searches the caller's path",
        "definer_without_search_path",
        f"{DEFINER} SET work_mem = '1MB' RETURN 1",
        "add SET search_path = pg_catalog, pg_temp",
        f"{DEFINER} SET search_path = pg_catalog, pg_temp RETURN 1",
    ),
    sql(
        "makes a function a definer's later",
        "definer_without_search_path",
        "ALTER FUNCTION a.f() SECURITY DEFINER",
        "add SET search_path = pg_catalog, pg_temp",
        "ALTER FUNCTION a.f() SECURITY INVOKER",
    ),
]

ANY_MIGRATION = [
    sql(f"says {bad}", "dangerous_right", bad, todo, good)
    for bad, todo, good in (
        ("CREATE ROLE r BYPASSRLS", "leave BYPASSRLS out", "CREATE ROLE r NOBYPASSRLS"),
        ("ALTER ROLE r NOLOGIN SUPERUSER", "leave SUPERUSER out", "ALTER ROLE r NOSUPERUSER NOBYPASSRLS"),
        (
            "DO $$ BEGIN IF true THEN ALTER ROLE r BYPASSRLS; END IF; END $$",
            "leave BYPASSRLS out",
            "DO $$ BEGIN IF true THEN ALTER ROLE r LOGIN; END IF; END $$",
        ),
        ("GRANT SELECT ON a.b TO r, PUBLIC", "name the roles", "GRANT SELECT ON a.b TO r"),
        ("GRANT EXECUTE ON FUNCTION a.f() TO PUBLIC", "name the roles", "GRANT EXECUTE ON FUNCTION a.f() TO r"),
        ("GRANT USAGE ON SCHEMA a TO PUBLIC", "name the roles", "GRANT USAGE ON SCHEMA a TO r"),
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA a GRANT SELECT ON TABLES TO PUBLIC",
            "name the roles",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA a GRANT SELECT ON TABLES TO r",
        ),
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA event_store GRANT UPDATE ON TABLES TO r",
            "only grows",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA a GRANT UPDATE ON TABLES TO r",
        ),
        (
            "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO r",
            "only grows",
            "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r",
        ),
        *(
            (f"GRANT {right} ON {events} TO r", "only grows", f"GRANT {good} TO r")
            for right, events, good in (
                ("UPDATE", "event_store.events", "SELECT, INSERT ON event_store.events"),
                ("SELECT, DELETE", "a.b, event_store.events", "SELECT, DELETE ON a.b"),
                ("TRUNCATE", "event_store.events", "TRUNCATE ON event_store.outbox"),
                ("ALL", "event_store.events", "ALL ON event_store.outbox"),
                ("UPDATE (data)", "event_store.events", "SELECT (data) ON event_store.events"),
                ("ALL (data)", "event_store.events", "INSERT (data) ON event_store.events"),
                ("DELETE", "event_store.events_default", "DELETE ON event_store.outbox"),
                ("UPDATE", "ALL TABLES IN SCHEMA event_store", "UPDATE ON ALL TABLES IN SCHEMA a"),
            )
        ),
    )
]
