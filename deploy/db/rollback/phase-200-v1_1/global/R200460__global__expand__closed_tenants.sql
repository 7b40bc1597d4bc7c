-- It is refused while a tenant is closed: open it first, or keep the migration.
SET LOCAL lock_timeout = '5s';

DROP PROCEDURE ops.close_tenant(uuid, boolean);
DROP FUNCTION ops.close_table(regclass, uuid, boolean);
DROP FUNCTION ops.refuse_closed();
