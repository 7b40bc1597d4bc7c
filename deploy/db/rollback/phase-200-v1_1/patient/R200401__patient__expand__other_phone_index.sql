-- transaction: none
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS patient.patient_view_other_phone;
