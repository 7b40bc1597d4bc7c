-- Both releases write at once: one the array, the other the table.
UPDATE reference.doctors SET clinic_ids = '{0d000000-0000-7000-8000-0000000000c1}'
 WHERE tenant_id = '0d000000-0000-7000-8000-00000000000a' AND doctor_id = '0d000000-0000-7000-8000-0000000000d2';
INSERT INTO reference.doctor_clinics (tenant_id, doctor_id, clinic_id)
VALUES ('0d000000-0000-7000-8000-00000000000a', '0d000000-0000-7000-8000-0000000000d2', '0d000000-0000-7000-8000-0000000000c2');
