-- The truth. Append only: no role of the application holds UPDATE or DELETE here, and only healz_append, which nobody
-- can log in as, may insert.
--
-- A unique key of a partitioned table must contain the partition column, so it can't guard positions or versions across
-- months; the small tables of V100002 do.
--
-- No CHECK constraints on what an append writes: PostgreSQL parses each of them anew for every INSERT (together about an
-- eighth of an append's processor time), and append_events, the only writer, can't break them.
--
-- Two indexes, each with its reader: the primary key (relay, replay, holes) and a patient's events. The others that were
-- asked for serve no query, so they are left out. What each would cost (tests/benchmarks/test_event_indexes.py: WAL per
-- append of one event; with the two alone 2,259 bytes; processor time of each is within the noise of 10 %):
--   (aggregate_id, aggregate_version) + 4 %   streams and patient_log lead to an aggregate's events
--   (tenant_id, event_id)             + 4 %   nothing looks an event up by its id
--   (tenant_id, created_at)           + 4 %   a tenant's log is read by position
--   (event_type, created_at)          + 4 %   the monthly refresh of scores reads whole months
--   (tenant_id, correlation_id)       + 4 %   for the correlation trace, with that query
--   (clinic_id, created_at)           + 5 %   clinics' questions go to the read models
--   gin (event_data)                  +10 %   payloads are folded, not searched
--   gin (metadata)                    + 7 %   likewise
--   all of these                      +41 %
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

-- The months, this one and those ahead, that have no partition; each by its first day.
CREATE FUNCTION ops.missing_partitions(p_months_ahead integer DEFAULT 3) RETURNS SETOF date
    LANGUAGE sql STABLE
AS $$
    SELECT m.month::date
      FROM generate_series(0, p_months_ahead) AS g (n)
     CROSS JOIN LATERAL (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => g.n)) AS m (month)
     WHERE to_regclass('event_store.events_' || to_char(m.month, 'YYYY_MM')) IS NULL
     ORDER BY m.month
$$;

-- Makes the partition of the month that a day lies in; true too when it is there already. False when somebody holds a lock
-- that it needs: then nothing has changed, try again.
--
-- Apart first, then attached: PARTITION OF would wait behind one open reader, and every append behind it. Attaching locks
-- the default partition alone, and waits for that no longer than an append may be kept waiting. Rows of the month that
-- lie in the default partition move over.
CREATE FUNCTION ops.make_partition(p_day date) RETURNS boolean
    LANGUAGE plpgsql
    SET lock_timeout = '200ms'
AS $$
DECLARE
    v_month timestamp   := date_trunc('month', p_day::timestamp);
    v_from  timestamptz := v_month AT TIME ZONE 'UTC';
    v_until timestamptz := (v_month + interval '1 month') AT TIME ZONE 'UTC';
    v_table text        := 'event_store.events_' || to_char(v_month, 'YYYY_MM');
BEGIN
    LOCK TABLE event_store.events_default IN ACCESS EXCLUSIVE MODE;
    IF to_regclass(v_table) IS NOT NULL THEN
        RETURN true;  -- another job was here meanwhile
    END IF;
    EXECUTE format(
        'CREATE TABLE %s (LIKE event_store.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', v_table);
    CALL ops.protect(v_table::regclass);
    EXECUTE format(
        'WITH moved AS (DELETE FROM event_store.events_default WHERE created_at >= %L AND created_at < %L RETURNING *)
         INSERT INTO %s SELECT * FROM moved', v_from, v_until, v_table);
    EXECUTE format(
        'ALTER TABLE event_store.events ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', v_table, v_from, v_until);
    RETURN true;
EXCEPTION
    WHEN lock_not_available THEN
        RETURN false;
END
$$;

-- The job, for every day: makes what is missing, each month in a transaction of its own, tried again where somebody is in
-- the way. Not within a transaction. o_made and o_missing name months by their first day.
CREATE PROCEDURE ops.ensure_partitions(
    IN p_months_ahead integer, INOUT o_made date[] DEFAULT NULL, INOUT o_missing date[] DEFAULT NULL)
    LANGUAGE plpgsql
AS $$
DECLARE
    v_month date;
    v_done  boolean;
BEGIN
    o_made := '{}';
    FOREACH v_month IN ARRAY ARRAY(SELECT ops.missing_partitions(p_months_ahead)) LOOP
        FOR v_attempt IN 1 .. 20 LOOP
            v_done := ops.make_partition(v_month);
            COMMIT;
            EXIT WHEN v_done;
            -- Whoever queued behind the attempt goes first.
            PERFORM pg_sleep(0.1 + random() * 0.2);
        END LOOP;
        IF v_done THEN
            o_made := o_made || v_month;
        END IF;
    END LOOP;
    o_missing := ARRAY(SELECT ops.missing_partitions(p_months_ahead));
END
$$;
REVOKE EXECUTE ON FUNCTION ops.missing_partitions(integer), ops.make_partition(date) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE ops.ensure_partitions(integer, date[], date[]) FROM PUBLIC;

CALL ops.protect('event_store.events', 'healz_append', 'healz_command', 'healz_reader');
CALL ops.protect('event_store.events_default');
CREATE POLICY relay_all ON event_store.events FOR SELECT TO healz_relay USING (true);
CREATE POLICY batch_projector ON event_store.events FOR SELECT TO healz_projector
    USING (tenant_id = ANY (ops.current_tenants()));

GRANT INSERT ON event_store.events TO healz_append;
GRANT SELECT ON event_store.events TO healz_command, healz_reader, healz_relay, healz_projector;

SELECT ops.make_partition(month) FROM ops.missing_partitions() AS month;
