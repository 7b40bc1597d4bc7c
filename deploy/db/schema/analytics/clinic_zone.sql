-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION analytics.clinic_zone(p_clinic_zone text, p_tenant_zone text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN reference.clinic_zone(p_clinic_zone, p_tenant_zone);


ALTER FUNCTION analytics.clinic_zone(p_clinic_zone text, p_tenant_zone text) OWNER TO healz_migrator;

COMMENT ON FUNCTION analytics.clinic_zone(p_clinic_zone text, p_tenant_zone text) IS 'A clinic''s time zone: its own, else the tenant''s.';

REVOKE ALL ON FUNCTION analytics.clinic_zone(p_clinic_zone text, p_tenant_zone text) FROM PUBLIC;
