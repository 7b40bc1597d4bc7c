-- transaction: none
-- An inbox in two parts, each the beginning of an index: what waits for the clinic, by its wait, and then what is open beside it,
-- by its last message. Of one clinic, and of all; each conversation is in one part. An agent's open ones are few, and sorted.
-- The table is in use, so each index is built beside it; what an interrupted build left behind goes first.
SET lock_timeout = '5s';

DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_waiting;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_clinic_waiting;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_idle;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_clinic_idle;
DROP INDEX CONCURRENTLY IF EXISTS journey.conversation_agent;

CREATE INDEX CONCURRENTLY conversation_waiting
    ON journey.conversation (tenant_id, waiting_since, conversation_id) WHERE waiting_since IS NOT NULL;
CREATE INDEX CONCURRENTLY conversation_clinic_waiting
    ON journey.conversation (tenant_id, clinic_id, waiting_since, conversation_id) WHERE waiting_since IS NOT NULL;
CREATE INDEX CONCURRENTLY conversation_idle
    ON journey.conversation (tenant_id, last_message_at, conversation_id)
 WHERE status <> 'closed' AND waiting_since IS NULL;
CREATE INDEX CONCURRENTLY conversation_clinic_idle
    ON journey.conversation (tenant_id, clinic_id, last_message_at, conversation_id)
 WHERE status <> 'closed' AND waiting_since IS NULL;
CREATE INDEX CONCURRENTLY conversation_agent
    ON journey.conversation (tenant_id, agent_id) WHERE status <> 'closed' AND agent_id IS NOT NULL;
