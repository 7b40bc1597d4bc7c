-- Who had stopped for a tenant is forgotten; it goes on, or stops again when it looks again.
SET LOCAL lock_timeout = '5s';

DROP FUNCTION ops.halted_components();
DROP TABLE ops.halted_tenants;
