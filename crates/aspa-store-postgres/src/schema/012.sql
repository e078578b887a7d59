CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_thread ON @.messages (tenant, conversation_digest, at, source, account, id, part) WHERE conversation_digest IS NOT NULL
