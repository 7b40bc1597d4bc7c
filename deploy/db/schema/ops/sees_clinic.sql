-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.sees_clinic(p_clinic_id uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((current_setting('healz.clinic_ids'::text, true) = '*'::text) OR (p_clinic_id = ANY ((string_to_array(NULLIF(NULLIF(current_setting('healz.clinic_ids'::text, true), ''::text), '*'::text), ','::text))::uuid[])));


ALTER FUNCTION ops.sees_clinic(p_clinic_id uuid) OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.sees_clinic(p_clinic_id uuid) IS 'Whether the transaction has this clinic in scope: healz.clinic_ids is ''*'' for the whole tenant, else clinic ids with commas between.';
