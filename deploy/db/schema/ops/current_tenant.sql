-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('healz.tenant_id'::text, true), ''::text))::uuid;


ALTER FUNCTION ops.current_tenant() OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.current_tenant() IS 'The transaction''s tenant, from the setting healz.tenant_id; unset: NULL, and so no rows.';
