SET LOCAL lock_timeout = '5s';

DROP FUNCTION ops.projection_position(uuid, text);
