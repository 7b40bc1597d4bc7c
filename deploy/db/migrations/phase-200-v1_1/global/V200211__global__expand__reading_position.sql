-- A question of one statement needs no transaction around it: the position comes with the row. STABLE, so that it is read in
-- that statement's own snapshot: a VOLATILE function would see a later one, and call rows newer than they are.
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION ops.reading_position(p_tenant_id uuid, p_sources text[], p_clinic_ids uuid[]) RETURNS bigint
    LANGUAGE plpgsql
    STABLE
AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
    v_clinics   text := set_config('healz.clinic_ids', COALESCE(array_to_string(p_clinic_ids, ','), '*'), true);
BEGIN
    RETURN (SELECT CASE WHEN count(*) = cardinality(p_sources) THEN min(c.position) ELSE 0 END
              FROM ops.checkpoints AS c
             WHERE c.tenant_id = v_tenant_id AND c.read_model = ANY (p_sources));
END
$$;
REVOKE EXECUTE ON FUNCTION ops.reading_position(uuid, text[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.reading_position(uuid, text[], uuid[]) TO healz_reader;
COMMENT ON FUNCTION ops.reading_position(uuid, text[], uuid[]) IS
'How far these read models have all got in a tenant''s log, in the snapshot of the statement that calls it. Enters the tenant and the clinics, as projection_position does: what the statement reads after it is theirs alone.';
