-- transaction: none
-- Takes V200342 back.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_agent;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_clinic_idle;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_idle;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_clinic_waiting;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_waiting;
