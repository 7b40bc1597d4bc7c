-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.clinics_in_scope() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN (current_setting('healz.clinic_ids'::text, true) = '*'::text) THEN NULL::uuid[] ELSE (string_to_array(COALESCE(current_setting('healz.clinic_ids'::text, true), ''::text), ','::text))::uuid[] END;


ALTER FUNCTION ops.clinics_in_scope() OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.clinics_in_scope() IS 'The clinics that the transaction is bound to; NULL: the whole tenant. Unset: none.';

REVOKE ALL ON FUNCTION ops.clinics_in_scope() FROM PUBLIC;
GRANT ALL ON FUNCTION ops.clinics_in_scope() TO healz_search;
