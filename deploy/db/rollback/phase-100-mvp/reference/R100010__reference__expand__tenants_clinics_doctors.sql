SET LOCAL lock_timeout = '5s';

DROP TABLE reference.opening_hours;
DROP TABLE reference.doctors;
DROP TABLE reference.clinics;
DROP TABLE reference.tenants;
