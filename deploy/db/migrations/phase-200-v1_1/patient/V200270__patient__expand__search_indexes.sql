-- transaction: none
-- A desk finds patients by what it is told: the last digits of a phone, a CPF, an e-mail address, a birth date. The table is in
-- use, so each index is built beside it; what an interrupted build left behind goes first. No samples are kept of an expression:
-- they would lie open where a column's own don't.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_phone_end;

CREATE INDEX CONCURRENTLY patient_view_phone_end
    ON patient.patient_view (tenant_id, reverse(phone) text_pattern_ops);
ALTER INDEX patient.patient_view_phone_end ALTER COLUMN 2 SET STATISTICS 0;

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_cpf;

CREATE INDEX CONCURRENTLY patient_view_cpf
    ON patient.patient_view (tenant_id, cpf) WHERE cpf IS NOT NULL;

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_email;

CREATE INDEX CONCURRENTLY patient_view_email
    ON patient.patient_view (tenant_id, lower(email)) WHERE email IS NOT NULL;
ALTER INDEX patient.patient_view_email ALTER COLUMN 2 SET STATISTICS 0;

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_birth_date;

CREATE INDEX CONCURRENTLY patient_view_birth_date
    ON patient.patient_view (tenant_id, birth_date) WHERE birth_date IS NOT NULL;
