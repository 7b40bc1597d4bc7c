-- What tenants had overridden is gone; the defaults hold for all.
SET LOCAL lock_timeout = '5s';

ALTER TABLE reference.tenants DROP COLUMN journey_rules;
