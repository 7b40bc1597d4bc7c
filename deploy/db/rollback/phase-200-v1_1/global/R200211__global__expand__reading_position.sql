SET LOCAL lock_timeout = '5s';

DROP FUNCTION ops.reading_position(uuid, text[], uuid[]);
