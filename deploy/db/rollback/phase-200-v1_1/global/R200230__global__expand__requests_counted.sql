SET LOCAL lock_timeout = '5s';

DROP FUNCTION ops.count_requests(bigint, uuid[], integer[], integer[]);
DROP TABLE ops.requests_counted;
