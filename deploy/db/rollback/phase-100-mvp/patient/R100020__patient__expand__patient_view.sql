SET LOCAL lock_timeout = '5s';

DROP TABLE patient.patient_view;
DROP TABLE patient.checkpoint;
