-- The last visit and interaction of each clinic, so that after a correction the one before it counts. A constant default: the
-- table is not rewritten. Rows that are there already say nothing until they are rebuilt (the projection's version is raised);
-- until then a correction knows of their past only the clinic that it is about.
SET LOCAL lock_timeout = '5s';

ALTER TABLE patient.patient_view ADD COLUMN latest jsonb NOT NULL DEFAULT '{}';

COMMENT ON COLUMN patient.patient_view.latest
    IS 'Internal. {clinic_id: {visit, interaction}}: when the last of each was, as a correction has to know it.';
