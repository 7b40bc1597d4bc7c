-- What a tenant's journeys are judged by, as far as it is not what holds for all: {name of the number: its value}. The
-- service knows the names and checks them; a number that nobody has overridden follows the release.
SET LOCAL lock_timeout = '5s';

ALTER TABLE reference.tenants ADD COLUMN journey_rules jsonb;
