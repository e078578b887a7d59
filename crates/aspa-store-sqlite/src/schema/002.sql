-- Where effects stand, for lists and for what a person has not decided in time; of which kind they
-- are, for pauses.
ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE outbox SET
    state = coalesce(json_extract(effect, '$.state'), ''),
    kind = coalesce(json_extract(effect, '$.effect.kind.type'), '');
CREATE INDEX outbox_state ON outbox (tenant, state, seq);
CREATE INDEX outbox_lapses ON outbox (next_at) WHERE state IN ('awaiting_approval', 'blocked');

-- An empty account or kind: every one.
CREATE TABLE pauses (
    tenant INTEGER NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    pause TEXT NOT NULL,
    PRIMARY KEY (tenant, account, kind)
) STRICT, WITHOUT ROWID;
