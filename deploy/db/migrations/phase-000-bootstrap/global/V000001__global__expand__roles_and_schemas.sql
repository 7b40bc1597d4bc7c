-- role: admin
-- Roles are cluster-wide, so a second database on the same cluster finds them there. None is a superuser, none has
-- BYPASSRLS; only healz_migrator owns tables.
SET LOCAL lock_timeout = '5s';

DO $$
DECLARE
    v_role text;
BEGIN
    -- One creator at a time: two databases of one cluster may be migrated together. (Advisory locks are a database's own;
    -- this table is the cluster's.)
    LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;
    FOREACH v_role IN ARRAY ARRAY['healz_migrator', 'healz_append', 'healz_search', 'healz_projector', 'healz_analyst'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
        END IF;
    END LOOP;
    FOREACH v_role IN ARRAY ARRAY['healz_command', 'healz_reader', 'healz_relay', 'healz_sweeper'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', v_role);
        END IF;
    END LOOP;
    FOREACH v_role IN ARRAY ARRAY['healz_projector_patient', 'healz_projector_appointment', 'healz_projector_journey'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN IN ROLE healz_projector', v_role);
        END IF;
    END LOOP;
    -- A service says the same when it connects, where it can: PgBouncer lets no such parameter through.
    FOR v_role IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'healz\_%' AND rolname <> current_user AND rolcanlogin LOOP
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', v_role, '10s');
        EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', v_role, '5s');
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', v_role, '30s');
        EXECUTE format('ALTER ROLE %I SET jit = off', v_role);
        EXECUTE format('ALTER ROLE %I SET timezone = %L', v_role, 'UTC');
    END LOOP;
    -- Its work is on whole tables, and nobody waits for it.
    ALTER ROLE healz_sweeper SET statement_timeout = '15min';
    -- What a crash of the server takes back from these is done again: a read model goes on from its checkpoint, the relay
    -- finds in the topic what the outbox still holds. So they need not wait for the disk. Appends do.
    FOREACH v_role IN ARRAY ARRAY['healz_relay', 'healz_projector_patient', 'healz_projector_appointment',
                                  'healz_projector_journey'] LOOP
        EXECUTE format('ALTER ROLE %I SET synchronous_commit = off', v_role);
    END LOOP;
    -- The migrator hands the two function owners their functions; the admin acts as the migrator.
    EXECUTE format('GRANT healz_migrator TO %I', current_user);
    GRANT healz_append, healz_search TO healz_migrator;
END
$$;

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

ALTER SCHEMA ops OWNER TO healz_migrator;
CREATE SCHEMA event_store AUTHORIZATION healz_migrator;
CREATE SCHEMA reference   AUTHORIZATION healz_migrator;
CREATE SCHEMA patient     AUTHORIZATION healz_migrator;
CREATE SCHEMA appointment AUTHORIZATION healz_migrator;
CREATE SCHEMA journey     AUTHORIZATION healz_migrator;
CREATE SCHEMA analytics   AUTHORIZATION healz_migrator;

GRANT USAGE ON SCHEMA event_store TO healz_command, healz_reader, healz_relay, healz_projector, healz_append;
GRANT USAGE ON SCHEMA reference   TO healz_command, healz_reader, healz_sweeper;
GRANT USAGE ON SCHEMA patient     TO healz_reader, healz_projector_patient, healz_search;
GRANT USAGE ON SCHEMA appointment TO healz_reader, healz_projector_appointment;
GRANT USAGE ON SCHEMA journey     TO healz_reader, healz_projector_journey;
GRANT USAGE ON SCHEMA analytics   TO healz_reader, healz_sweeper, healz_analyst;
GRANT USAGE ON SCHEMA ops         TO healz_command, healz_reader, healz_relay, healz_projector, healz_append, healz_search,
                                     healz_sweeper, healz_analyst;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- Readiness asks which migration is the newest.
GRANT SELECT ON ops.schema_migrations TO healz_command;
