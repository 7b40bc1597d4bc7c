-- The truth. Append only: no role of the application holds UPDATE or DELETE here, and only healz_append, which nobody
-- can log in as, may insert.
--
-- A unique key of a partitioned table must contain the partition column, so it can't guard positions or versions across
-- months; the small tables of V100002 do.
--
-- No CHECK constraints on what an append writes: PostgreSQL parses each of them anew for every INSERT (together about an
-- eighth of an append's processor time), and append_events, the only writer, can't break them.
SET LOCAL lock_timeout = '5s';

CREATE TABLE event_store.events (
    tenant_id         uuid        NOT NULL,
    position          bigint      NOT NULL,
    created_at        timestamptz NOT NULL,
    event_id          uuid        NOT NULL,
    event_type        text        NOT NULL,
    schema_version    integer     NOT NULL,
    aggregate_type    text        NOT NULL,
    aggregate_id      uuid        NOT NULL,
    aggregate_version integer     NOT NULL,
    patient_id        uuid        NOT NULL,
    clinic_id         uuid,
    causation_id      uuid,
    correlation_id    uuid        NOT NULL,
    user_id           uuid,
    event_data        jsonb       NOT NULL,
    metadata          jsonb,
    PRIMARY KEY (tenant_id, position, created_at)
) PARTITION BY RANGE (created_at);

-- A command's load and a patient's history.
CREATE INDEX events_patient ON event_store.events (tenant_id, patient_id, position);

-- What should never come: ensure_partitions() makes the months ahead.
CREATE TABLE event_store.events_default PARTITION OF event_store.events DEFAULT;

-- Makes the partitions of this month and of p_months_ahead more; returns the names of those it made.
CREATE FUNCTION ops.ensure_partitions(p_months_ahead integer DEFAULT 3) RETURNS SETOF text
    LANGUAGE plpgsql
AS $$
DECLARE
    v_month timestamptz;
    v_name  text;
BEGIN
    FOR v_month IN
        SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n)) AT TIME ZONE 'UTC'
        FROM generate_series(0, p_months_ahead) AS n
    LOOP
        v_name := 'events_' || to_char(v_month AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass('event_store.' || v_name) IS NOT NULL;
        -- Apart first, then attached: PARTITION OF would wait behind one open reader, and every append behind it.
        EXECUTE format('CREATE TABLE event_store.%I (LIKE event_store.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_name);
        EXECUTE format('ALTER TABLE event_store.%I ENABLE ROW LEVEL SECURITY', v_name);
        EXECUTE format('ALTER TABLE event_store.%I FORCE ROW LEVEL SECURITY', v_name);
        EXECUTE format('CREATE POLICY migrator_all ON event_store.%I TO healz_migrator USING (true) WITH CHECK (true)', v_name);
        EXECUTE format(
            'ALTER TABLE event_store.events ATTACH PARTITION event_store.%I FOR VALUES FROM (%L) TO (%L)',
            v_name, v_month, (v_month AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        RETURN NEXT v_name;
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION ops.ensure_partitions(integer) FROM PUBLIC;

CALL ops.protect('event_store.events', 'healz_append', 'healz_command', 'healz_reader');
CALL ops.protect('event_store.events_default');
CREATE POLICY relay_all ON event_store.events FOR SELECT TO healz_relay USING (true);
CREATE POLICY batch_projector ON event_store.events FOR SELECT TO healz_projector
    USING (tenant_id = ANY (ops.current_tenants()));

GRANT INSERT ON event_store.events TO healz_append;
GRANT SELECT ON event_store.events TO healz_command, healz_reader, healz_relay, healz_projector;

SELECT ops.ensure_partitions();
