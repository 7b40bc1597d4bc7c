-- Written by `healz-db schema`, to be read: a change is a migration.

CREATE FUNCTION ops.refuse_closed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'this tenant is closed: it moves to another cluster' USING ERRCODE = 'HZ007';
END
$$;


ALTER FUNCTION ops.refuse_closed() OWNER TO healz_migrator;

COMMENT ON FUNCTION ops.refuse_closed() IS 'Refuses a write of a tenant that is closed: HZ007.';

REVOKE ALL ON FUNCTION ops.refuse_closed() FROM PUBLIC;
