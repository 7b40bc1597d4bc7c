SET LOCAL lock_timeout = '5s';

DROP TABLE journey.journey_view;
DROP TABLE journey.patient_clinic;
DROP TABLE journey.patient_contact;
DROP TABLE journey.checkpoint;
