-- Where messages stand in their conversation, so that it is read from its end. `thread` is the
-- conversation's id and its account; `conversation` is left in rows that were written before, until
-- somebody reads their conversation.
ALTER TABLE messages ADD COLUMN thread TEXT;
ALTER TABLE messages ADD COLUMN at INTEGER;
ALTER TABLE messages ADD COLUMN source INTEGER;
CREATE INDEX messages_thread ON messages (tenant, thread, at, source, account, id, part) WHERE thread IS NOT NULL;
