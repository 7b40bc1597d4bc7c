-- role: admin
-- What each table and function is for, where the catalogue keeps it: psql's \d+ and \df+ show it, and so does deploy/db/schema. The
-- read models' columns are not among them.
SET LOCAL lock_timeout = '5s';

COMMENT ON SCHEMA event_store IS 'The truth: an append-only log of events for each tenant, and the guards that an append checks.';
COMMENT ON SCHEMA reference IS 'Reference data: not event-sourced, kept by PUT.';
COMMENT ON SCHEMA patient IS 'The patient read model; written by projector-patient alone.';
COMMENT ON SCHEMA appointment IS 'The appointment read model; written by projector-appointment alone.';
COMMENT ON SCHEMA journey IS 'The journey read model; written by projector-journey alone. And the turns of reminders.';
COMMENT ON SCHEMA analytics IS 'Materialised views for analysts, refreshed by a scheduler.';
COMMENT ON SCHEMA ops IS 'What operates the database: migrations, tenants'' scope, partitions, halted tenants, logins.';

COMMENT ON TABLE event_store.events IS 'The log. Append-only: no role of a service holds UPDATE or DELETE. Partitioned by month of created_at; two indexes, each with its reader (V100001 says what others would cost).';
COMMENT ON TABLE event_store.events_default IS 'What should never come: ops.ensure_partitions makes the months ahead.';
COMMENT ON TABLE event_store.tenant_log IS 'A tenant''s head. Its row lock puts a tenant''s events in one order; an append takes it before anything else.';
COMMENT ON TABLE event_store.patient_log IS 'Optimistic lock of a patient: how many events they have, and between which times these lie, so that a load prunes partitions.';
COMMENT ON TABLE event_store.streams IS 'The version of each aggregate.';
COMMENT ON TABLE event_store.idempotency_keys IS 'Answers by Idempotency-Key: the same key and body gets the same answer again. Expired ones are purged.';
COMMENT ON TABLE event_store.patient_identities IS 'Unique phone, e-mail and CPF within a tenant, as keyed hashes: nothing to read here for who gets a copy.';
COMMENT ON TABLE event_store.appointment_slots IS 'A doctor''s taken time, [from, until): two bookings that only touch are fine.';
COMMENT ON TABLE event_store.provider_messages IS 'Unique messages of WhatsApp''s provider within a tenant, as digests: one that is delivered again is not recorded again.';
COMMENT ON TABLE event_store.outbox IS 'Transactional outbox: one row per commit, deleted when the broker has it. Ids are taken under the tenant''s head lock, so id order is the tenant''s order.';
COMMENT ON TABLE event_store.relay_lease IS 'Leader election of relays: one row, whose holder leads until it expires, by this database''s clock.';
COMMENT ON COLUMN event_store.relay_lease.holder IS 'Host and process, for people; NULL: given back.';
COMMENT ON COLUMN event_store.relay_lease.session_pid IS 'With session_since: a holder whose session has ended holds nothing.';
COMMENT ON COLUMN event_store.relay_lease.fence IS 'One more for each that takes it.';
COMMENT ON TABLE event_store.accepted_records IS 'Up to which offset of the topic a person has decided on a tenant''s foreign records (healz-relay resume).';
COMMENT ON TABLE event_store.import_batches IS 'Progress of an imported file, a batch of rows at a time. The digest is of the header and the batch''s rows, so other bytes under the same key are seen at the first batch that differs. refused is NULL until the whole batch was tried; with 0 nothing is left to do in it.';
COMMENT ON TABLE event_store.imported_times IS 'Times of imported appointments, which take no slot: two that overlap and were live at the same time can''t both be.';
COMMENT ON COLUMN event_store.imported_times.lived IS 'From the booking until the outcome.';
COMMENT ON COLUMN event_store.imported_times.taken_at IS 'Just before the appointment is booked, or never is.';
COMMENT ON TABLE event_store.import_turns IS 'Mutex of imports: one of a tenant takes times at a time, and locks the tenant''s row until its transaction ends.';
COMMENT ON TABLE reference.tenants IS 'The organisations.';
COMMENT ON COLUMN reference.tenants.journey_rules IS '{name of a number that journeys are judged by: its value}; the rest is as for all.';
COMMENT ON TABLE reference.clinics IS 'A tenant''s clinics.';
COMMENT ON COLUMN reference.clinics.time_zone IS 'NULL: the tenant''s.';
COMMENT ON TABLE reference.doctors IS 'A tenant''s doctors.';
COMMENT ON TABLE reference.doctor_clinics IS 'In which clinics a doctor works.';
COMMENT ON TABLE reference.opening_hours IS 'When a clinic is open, on its own clock; a weekday without a row: closed. Two rows a day: closed in between.';
COMMENT ON COLUMN reference.opening_hours.weekday IS 'ISO: 1 is Monday.';
COMMENT ON TABLE reference.doctor_schedules IS 'When a doctor is in a clinic, on the clinic''s clock; a weekday without a row: not there. Closed hours within are the clinic''s to say.';
COMMENT ON TABLE patient.checkpoint IS 'How far the projector has got in each tenant''s log.';
COMMENT ON TABLE appointment.checkpoint IS 'How far the projector has got in each tenant''s log.';
COMMENT ON TABLE journey.checkpoint IS 'How far the projector has got in each tenant''s log.';
COMMENT ON TABLE journey.reminder_turns IS 'Mutex of reminders: one process sends a reminder at a time; the row is its own as long as its session lasts.';
COMMENT ON TABLE analytics.refreshes IS 'When each materialised view was refreshed.';
COMMENT ON TABLE analytics.analyst_logins IS 'Which tenant an analyst''s login is for. Their SQL is free, so it can''t come from a setting that they could change.';
COMMENT ON MATERIALIZED VIEW analytics.clinic_metrics_daily IS 'Every tenant''s last 90 days, today included, by the day of the appointment in the clinic''s own zone.';
COMMENT ON MATERIALIZED VIEW analytics.patient_retention_monthly IS 'Every tenant''s months in the clinic''s own zone. New patients of a clinic are first journeys there; retention is completed of those that ended; the average is of the scores that were calculated in the month.';
COMMENT ON TABLE ops.halted_tenants IS 'For whom a component has stopped, where and why, because topic and store disagree.';
COMMENT ON TABLE ops.schema_migrations IS 'Which migrations were applied here; kept by healz-db.';
COMMENT ON TABLE ops.schema_seeds IS 'Which seeds were run here, and how far; kept by healz-db.';

COMMENT ON FUNCTION event_store.append_events IS 'The only writer of the log: one statement appends a commit''s events, the outbox row and the guards. Returns the last position.

The order is always the same: the tenant''s head (its lock), idempotency key, the patient''s facts, events and streams, outbox, guards. Another order deadlocks.

p_facts is how many facts the patient had when it was decided. p_events is [{event_id, event_type, schema_version, aggregate_type, aggregate_id, aggregate_version, clinic_id, causation_id, event_data}], in order. p_guards is NULL, or any of {freed_identities, taken_identities: [{kind, digest (hexadecimal)}], freed_slots: [{appointment_id}], taken_slots: [{appointment_id, doctor_id, slot_from, slot_until}], taken_messages: [{whatsapp_message_id}], clock: {not_before, not_after}}.

Raises serialization_failure when something else was decided on: decide again on a fresh load; HZ003 when an identity is somebody else''s, unique_violation (streams_pkey) when a new aggregate''s id is taken, exclusion_violation when a doctor''s time is; HZ005 when the message was recorded before; HZ006 when the database''s clock, or the tenant''s last time, lies outside what the caller allows.';
COMMENT ON FUNCTION event_store.load_patient(uuid, uuid, text, interval) IS 'Of the release before: all of a patient''s events at once.';
COMMENT ON FUNCTION event_store.load_patient(uuid, uuid, text, interval, uuid, bigint, timestamptz, integer, integer) IS 'A page of a patient''s events, of one snapshot, with their number and the earlier answer to the idempotency key. p_aggregate_id: any aggregate of the patient. p_known_…: the last event that the caller knows, and the page begins after it; where the store doesn''t hold it, is_known is false and the page begins with the first. It ends with the envelope that reaches p_bytes_max.';
COMMENT ON FUNCTION event_store.rfc3339 IS 'RFC 3339, UTC, microseconds.';
COMMENT ON FUNCTION event_store.envelope IS 'The envelope in JSON: the columns of events, under their own names.';
COMMENT ON FUNCTION event_store.cloud_event IS 'The Kafka record: a CloudEvent 1.0 in structured JSON mode, with the envelope as its data.';
COMMENT ON FUNCTION event_store.purge_idempotency_keys IS 'Deletes a tenant''s expired keys, p_rows_max at most, and returns how many; who calls loops until there are none. Keys of seeds stay.';
COMMENT ON FUNCTION event_store.take_imported_times IS 'Takes times in their order and returns those that are not to be had, and why. Taken before by the same appointment: still its own. What a killed import left is anybody''s after two minutes.';
COMMENT ON FUNCTION event_store.identity_holders IS 'Whose phone, e-mail or CPF it is. Whoever asks must know it already, and has the key of its hash.';
COMMENT ON FUNCTION patient.search_patients IS 'Keyset pages of patients by name. p_name is lower case and unaccented, one or two letters: how the name begins; NULL: any. p_silent_since: no interaction after this, in any of p_clinics. p_after_name and p_after_id are of the last row seen. p_clinics: whose journeys p_stage and p_silent_since are about; NULL: every clinic''s.';
COMMENT ON FUNCTION patient.shown_journey IS 'The journey that stands for a patient, among those in these clinics: the newest started of the active ones, else the last to end.';
COMMENT ON FUNCTION patient.shown_stage IS 'The stage of the journey that stands for a patient.';
COMMENT ON FUNCTION patient.shown_score IS 'The risk score of the journey that stands for a patient.';
COMMENT ON FUNCTION journey.find_journeys IS 'Keyset pages of journeys: those that are silent the longest first.';
COMMENT ON FUNCTION journey.find_at_risk IS 'Keyset pages of journeys at risk: the highest score first; of equal ones those that are silent the longest.';
COMMENT ON FUNCTION journey.count_journeys IS 'What a clinic''s dashboard says of its journeys: one row; of a clinic out of scope none. The stages are those of the active.';
COMMENT ON FUNCTION analytics.clinic_zone IS 'A clinic''s time zone: its own, else the tenant''s.';
COMMENT ON FUNCTION analytics.asking_tenant IS 'The tenant of who asks: an analyst''s by their login, everybody else''s by the transaction''s setting. A login that is written down for two tenants sees neither.';
COMMENT ON FUNCTION analytics.asks_about IS 'Whether who asks has this clinic in scope: an analyst has all of them.';
COMMENT ON PROCEDURE analytics.refresh IS 'For a scheduler: refreshes a materialised view while readers go on.';
COMMENT ON FUNCTION ops.current_tenant IS 'The transaction''s tenant, from the setting healz.tenant_id; unset: NULL, and so no rows.';
COMMENT ON FUNCTION ops.current_tenants IS 'The tenants of a projector''s batch, from the setting healz.tenant_ids.';
COMMENT ON FUNCTION ops.enter_tenant IS 'Sets the transaction''s tenant and returns it; refuses when another one is set.';
COMMENT ON FUNCTION ops.sees_clinic IS 'Whether the transaction has this clinic in scope: healz.clinic_ids is ''*'' for the whole tenant, else clinic ids with commas between.';
COMMENT ON FUNCTION ops.projection_position(uuid, text) IS 'Of an older release: how far a read model has got, without clinics.';
COMMENT ON FUNCTION ops.projection_position(uuid, text, uuid[]) IS 'How far a read model has got in a tenant''s log; ''log'' is the log itself. Enters the tenant and the clinics, so that a query''s transaction begins with this one call.';
COMMENT ON FUNCTION ops.clinics_in_scope IS 'The clinics that the transaction is bound to; NULL: the whole tenant. Unset: none.';
COMMENT ON PROCEDURE ops.protect IS 'Row-level security for a table: enabled, forced (the owner too), the migrator''s exception, and the tenant''s scope for the roles named.';
COMMENT ON PROCEDURE ops.protect_read_model IS 'ops.protect for a projector''s own table, with the tenants of its batch, and the rights on it.';
COMMENT ON FUNCTION ops.missing_partitions IS 'The months, this one and those ahead, that have no partition; each by its first day.';
COMMENT ON FUNCTION ops.make_partition IS 'Makes the partition of the month that a day lies in; true too when it is there already. False when somebody holds a lock that it needs: then nothing has changed, try again.';
COMMENT ON PROCEDURE ops.ensure_partitions IS 'For a scheduler, every day: makes the partitions that are missing, each in a transaction of its own. Not within a transaction.';
COMMENT ON FUNCTION ops.halted_components IS 'For readiness: how many tenants each component has stopped for, and not which.';
COMMENT ON FUNCTION ops.relay_leads IS 'For readiness: whether a relay leads, and not which.';
COMMENT ON PROCEDURE ops.forget_anonymized IS 'Empties the columns of anonymised patients that an older release left filled. A second call finds nothing.';
COMMENT ON PROCEDURE ops.close_to_public IS 'Takes from PUBLIC the rights that every database begins with and that nobody here needs; true: gives them back. To be called in a copy or a restored dump too.';
COMMENT ON PROCEDURE ops.make_analyst IS 'A login for one tenant''s analyst; the password is set afterwards: \password. Called again, it renews the bounds.';
COMMENT ON FUNCTION ops.end_analyses IS 'For a scheduler, every minute: ends analysts'' sessions that go beyond their bounds, and returns how many.';
COMMENT ON PROCEDURE ops.change_function IS 'For migrations: replaces p_before, which must stand in the function''s body once, by p_after; p_makes is the new body''s SHA-256, its first 12 hexadecimal digits. Otherwise nothing changes.';
