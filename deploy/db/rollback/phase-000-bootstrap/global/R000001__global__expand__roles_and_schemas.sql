-- role: admin
-- Roles are cluster-wide: one that another database still needs stays, with its settings.
SET LOCAL lock_timeout = '5s';

DROP SCHEMA analytics;
DROP SCHEMA journey;
DROP SCHEMA appointment;
DROP SCHEMA patient;
DROP SCHEMA reference;
DROP SCHEMA event_store;

REVOKE SELECT ON ops.schema_migrations FROM healz_command;
REVOKE ALL ON SCHEMA ops FROM healz_command, healz_reader, healz_relay, healz_projector, healz_append, healz_search,
                              healz_sweeper, healz_analyst;
DO $$
BEGIN
    EXECUTE format('ALTER SCHEMA ops OWNER TO %I', current_user);
END
$$;

DROP EXTENSION pg_stat_statements;
DROP EXTENSION pg_trgm;
DROP EXTENSION btree_gist;

DO $$
DECLARE
    v_role text;
BEGIN
    LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;
    FOREACH v_role IN ARRAY ARRAY['healz_projector_patient', 'healz_projector_appointment', 'healz_projector_journey',
                                  'healz_command', 'healz_reader', 'healz_relay', 'healz_sweeper', 'healz_projector',
                                  'healz_append', 'healz_search', 'healz_analyst', 'healz_migrator'] LOOP
        BEGIN
            EXECUTE format('DROP ROLE IF EXISTS %I', v_role);
        EXCEPTION
            WHEN dependent_objects_still_exist THEN
                RAISE NOTICE 'role % is needed elsewhere and stays', v_role;
        END;
    END LOOP;
END
$$;
