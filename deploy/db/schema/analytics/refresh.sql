-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE PROCEDURE analytics.refresh(IN p_view_name text)
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_started timestamptz := clock_timestamp();
BEGIN
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY analytics.%I', p_view_name);
    INSERT INTO analytics.refreshes (view_name, refreshed_at, duration_ms)
    VALUES (p_view_name, v_started, extract(epoch FROM clock_timestamp() - v_started) * 1000)
    ON CONFLICT (view_name) DO UPDATE SET refreshed_at = EXCLUDED.refreshed_at, duration_ms = EXCLUDED.duration_ms;
END
$$;


ALTER PROCEDURE analytics.refresh(IN p_view_name text) OWNER TO healz_migrator;

COMMENT ON PROCEDURE analytics.refresh(IN p_view_name text) IS 'For a scheduler: refreshes a materialised view while readers go on.';

REVOKE ALL ON PROCEDURE analytics.refresh(IN p_view_name text) FROM PUBLIC;
GRANT ALL ON PROCEDURE analytics.refresh(IN p_view_name text) TO healz_sweeper;
