-- Where messages stand in their conversation, so that it is read from its end. Rows that were written
-- before have no place until somebody reads their conversation.
ALTER TABLE @.messages ADD COLUMN at BIGINT, ADD COLUMN source BIGINT;
