SET LOCAL lock_timeout = '5s';

DROP FUNCTION event_store.append_commits(uuid, interval, jsonb, jsonb);
