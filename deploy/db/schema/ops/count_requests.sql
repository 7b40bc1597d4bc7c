-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.count_requests(p_minute bigint, p_tenant_ids uuid[], p_requests integer[], p_requests_before integer[]) RETURNS SETOF ops.requests_counted
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


ALTER FUNCTION ops.count_requests(p_minute bigint, p_tenant_ids uuid[], p_requests integer[], p_requests_before integer[]) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.count_requests(p_minute bigint, p_tenant_ids uuid[], p_requests integer[], p_requests_before integer[]) IS 'Adds what a process of the API has counted of these tenants in this minute and the one before, and returns what all have. Enters the tenants.';

REVOKE ALL ON FUNCTION ops.count_requests(p_minute bigint, p_tenant_ids uuid[], p_requests integer[], p_requests_before integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION ops.count_requests(p_minute bigint, p_tenant_ids uuid[], p_requests integer[], p_requests_before integer[]) TO healz_command;
