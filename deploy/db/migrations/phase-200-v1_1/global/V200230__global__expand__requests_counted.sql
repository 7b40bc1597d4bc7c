-- A rate limit holds over all processes of the API: each adds what it has counted, some times a second, and is told the sum.
SET LOCAL lock_timeout = '5s';

-- A row for each tenant, used again and again: nothing has to be deleted. Unlogged: what a crash takes is a minute's counts.
CREATE UNLOGGED TABLE ops.requests_counted (
    tenant_id       uuid    PRIMARY KEY,
    minute          bigint  NOT NULL,
    requests        integer NOT NULL,
    requests_before integer NOT NULL
);
CALL ops.protect('ops.requests_counted');
CREATE POLICY batch_healz_command ON ops.requests_counted TO healz_command
    USING (tenant_id = ANY (ops.current_tenants())) WITH CHECK (tenant_id = ANY (ops.current_tenants()));
GRANT SELECT, INSERT, UPDATE (minute, requests, requests_before) ON ops.requests_counted TO healz_command;
COMMENT ON TABLE ops.requests_counted IS 'How many requests of a tenant all processes of the API have answered in its last minute with any, and in the one before.';
COMMENT ON COLUMN ops.requests_counted.minute IS 'Since 1970, by the processes'' own clocks.';

-- In the order of the key: two processes never wait for each other in a circle. Who has nothing to add writes nothing.
CREATE FUNCTION ops.count_requests(
    p_minute          bigint,
    p_tenant_ids      uuid[],
    p_requests        integer[],
    p_requests_before integer[]
) RETURNS SETOF ops.requests_counted
    LANGUAGE plpgsql
AS $$
DECLARE
    v_tenants text   := set_config('healz.tenant_ids', array_to_string(p_tenant_ids, ','), true);
    -- By the database's clock: one of ours that leapt ahead must not leave a row that counts until that time has come.
    v_minute  bigint := least(p_minute, floor(extract(epoch FROM clock_timestamp()) / 60)::bigint + 1);
BEGIN
    RETURN QUERY
    INSERT INTO ops.requests_counted AS c (tenant_id, minute, requests, requests_before)
    SELECT t.tenant_id, v_minute, t.requests, t.requests_before
      FROM unnest(p_tenant_ids, p_requests, p_requests_before) AS t (tenant_id, requests, requests_before)
     WHERE t.requests + t.requests_before > 0
     ORDER BY t.tenant_id
    ON CONFLICT (tenant_id) DO UPDATE
    SET minute = greatest(c.minute, EXCLUDED.minute),
        requests = CASE WHEN EXCLUDED.minute > c.minute THEN EXCLUDED.requests
                        WHEN EXCLUDED.minute = c.minute THEN c.requests + EXCLUDED.requests
                        ELSE c.requests END,
        requests_before = CASE EXCLUDED.minute - c.minute
                               WHEN 1 THEN c.requests + EXCLUDED.requests_before
                               WHEN 0 THEN c.requests_before + EXCLUDED.requests_before
                               -- This process's clock is behind: what is a minute of now to it, was the one before.
                               WHEN -1 THEN c.requests_before + EXCLUDED.requests
                               ELSE CASE WHEN EXCLUDED.minute > c.minute THEN EXCLUDED.requests_before
                                         ELSE c.requests_before END
                          END
    RETURNING c.*;
    RETURN QUERY
    SELECT c.*
      FROM unnest(p_tenant_ids, p_requests, p_requests_before) AS t (tenant_id, requests, requests_before)
      JOIN ops.requests_counted AS c ON c.tenant_id = t.tenant_id
     WHERE t.requests + t.requests_before = 0;
END
$$;
REVOKE EXECUTE ON FUNCTION ops.count_requests(bigint, uuid[], integer[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.count_requests(bigint, uuid[], integer[], integer[]) TO healz_command;
COMMENT ON FUNCTION ops.count_requests(bigint, uuid[], integer[], integer[]) IS
'Adds what a process of the API has counted of these tenants in this minute and the one before, and returns what all have. Enters the tenants.';
