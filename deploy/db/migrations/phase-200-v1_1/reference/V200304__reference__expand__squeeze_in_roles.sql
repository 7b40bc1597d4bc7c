-- By whom an appointment may be squeezed in beside what the doctor has then: nobody, until the organisation says so. A constant
-- default: the table is not rewritten.
SET LOCAL lock_timeout = '5s';

ALTER TABLE reference.tenants ADD COLUMN squeeze_in_roles text[] NOT NULL DEFAULT '{}';

COMMENT ON COLUMN reference.tenants.squeeze_in_roles IS 'The roles that may squeeze an appointment in beside what the doctor has then.';
