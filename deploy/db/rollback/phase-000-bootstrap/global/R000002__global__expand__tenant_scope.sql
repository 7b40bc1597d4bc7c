SET LOCAL lock_timeout = '5s';

DROP PROCEDURE ops.protect_read_model(regclass, text);
DROP PROCEDURE ops.protect(regclass, text[]);
DROP FUNCTION ops.enter_tenant(uuid);
DROP FUNCTION ops.current_tenants();
DROP FUNCTION ops.current_tenant();
