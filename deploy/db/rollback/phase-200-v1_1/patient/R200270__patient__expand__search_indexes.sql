-- transaction: none
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_phone_end;
DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_cpf;
DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_email;
DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_birth_date;
