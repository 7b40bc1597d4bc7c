-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.current_tenants() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (string_to_array(NULLIF(current_setting('healz.tenant_ids'::text, true), ''::text), ','::text))::uuid[];


ALTER FUNCTION ops.current_tenants() OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.current_tenants() IS 'The tenants of a projector''s batch, from the setting healz.tenant_ids.';
