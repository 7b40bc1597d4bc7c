-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION event_store.identity_holders(p_tenant_id uuid, p_identities jsonb) RETURNS TABLE(kind text, digest text, patient_id uuid)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    v_tenant_id uuid := ops.enter_tenant(p_tenant_id);
BEGIN
    RETURN QUERY
    SELECT i.kind, encode(i.digest, 'hex'), i.patient_id
      FROM jsonb_to_recordset(p_identities) AS a (kind text, digest text)
      JOIN event_store.patient_identities AS i
        ON i.tenant_id = v_tenant_id AND i.kind = a.kind AND i.digest = decode(a.digest, 'hex');
END
$$;


ALTER FUNCTION event_store.identity_holders(p_tenant_id uuid, p_identities jsonb) OWNER TO healz_append;

COMMENT ON FUNCTION event_store.identity_holders(p_tenant_id uuid, p_identities jsonb) IS 'Whose phone, e-mail or CPF it is. Whoever asks must know it already, and has the key of its hash.';

REVOKE ALL ON FUNCTION event_store.identity_holders(p_tenant_id uuid, p_identities jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION event_store.identity_holders(p_tenant_id uuid, p_identities jsonb) TO healz_command;
