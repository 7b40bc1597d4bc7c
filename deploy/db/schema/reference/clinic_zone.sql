-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(p_clinic_zone, p_tenant_zone, 'America/Sao_Paulo'::text);


ALTER FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) OWNER TO healz_migrator;

COMMENT ON FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) IS 'The clinic''s own time zone, else the tenant''s, else the default.';

REVOKE ALL ON FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) TO healz_command;
GRANT ALL ON FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) TO healz_reader;
GRANT ALL ON FUNCTION reference.clinic_zone(p_clinic_zone text, p_tenant_zone text) TO healz_sweeper;
