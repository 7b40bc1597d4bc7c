-- Takes V200304 back. What organisations said is lost: they say it again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE reference.tenants DROP COLUMN squeeze_in_roles;
