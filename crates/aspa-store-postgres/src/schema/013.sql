DROP INDEX CONCURRENTLY IF EXISTS @.messages_conversation
