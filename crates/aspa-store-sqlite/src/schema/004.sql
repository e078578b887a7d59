-- Tenants take turns at the inbox: a number is made of the turn in which its entry is given, above 24
-- bits of a number that only grows. The last one that each tenant had, and how many it had of that
-- turn; the turn that was claimed last.
ALTER TABLE tenants ADD COLUMN last INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN filled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE numbers ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
UPDATE numbers SET turn = inbox >> 24;

-- Whether an effect can be claimed once its time has come: it is ready, the first that holds its
-- conversation, and not paused.
ALTER TABLE outbox ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET open = 1
WHERE ready = 1 AND NOT EXISTS (
    SELECT 1 FROM outbox AS earlier
    WHERE earlier.holds = 1 AND earlier.tenant = outbox.tenant AND earlier.account = outbox.account
        AND earlier.conversation = outbox.conversation AND earlier.seq < outbox.seq)
    AND NOT EXISTS (
    SELECT 1 FROM pauses
    WHERE pauses.tenant = outbox.tenant AND pauses.account IN ('', outbox.account)
        AND pauses.kind IN ('', outbox.kind));
DROP INDEX outbox_ready;
CREATE INDEX outbox_claim ON outbox (next_at, seq) WHERE open = 1;
CREATE INDEX outbox_turn ON outbox (tenant, next_at, seq) WHERE open = 1;
CREATE INDEX tickets_turn ON tickets (tenant, wake) WHERE wake IS NOT NULL;
