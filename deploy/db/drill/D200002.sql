-- One provider's message of each tenant; the same id means another message there.
INSERT INTO event_store.provider_messages (tenant_id, whatsapp_message_id)
VALUES ('0d000000-0000-7000-8000-00000000000a', 'wamid.HBgMNTUyNzk5OTk5MDAwMRUCABIYFjNFQjA='),
       ('0d000000-0000-7000-8000-00000000000b', 'wamid.HBgMNTUyNzk5OTk5MDAwMRUCABIYFjNFQjA=');
