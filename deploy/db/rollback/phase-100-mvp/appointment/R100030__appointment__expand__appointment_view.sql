SET LOCAL lock_timeout = '5s';

DROP TABLE appointment.appointment_view;
DROP TABLE appointment.patient_contact;
DROP TABLE appointment.checkpoint;
