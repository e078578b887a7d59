-- Whether an effect can be claimed once its time has come: it is ready, the first that holds its lane,
-- and not paused. These indexes are made here and not beside running workers, since no version that
-- knew the first form alone was ever released.
ALTER TABLE @.outbox ADD COLUMN open BOOLEAN NOT NULL DEFAULT false;
UPDATE @.outbox AS o SET open = true
WHERE ready AND NOT EXISTS (
    SELECT 1 FROM @.outbox AS earlier
    WHERE earlier.holds AND earlier.tenant = o.tenant AND earlier.lane_digest = o.lane_digest
        AND earlier.seq < o.seq)
    AND NOT EXISTS (
    SELECT 1 FROM @.pauses AS p
    WHERE p.tenant = o.tenant AND p.account IN ('', o.account) AND p.kind IN ('', o.kind));
DROP INDEX @.outbox_ready;
DROP INDEX @.outbox_next;
CREATE INDEX outbox_claim ON @.outbox (next_at, seq) WHERE open;
CREATE INDEX outbox_turn ON @.outbox (tenant, next_at, seq) WHERE open;

-- Tenants take turns.
CREATE INDEX inbox_turn ON @.inbox (tenant, seq);
DROP INDEX @.inbox_tenant;
CREATE INDEX tickets_turn ON @.tickets (tenant, wake) WHERE wake IS NOT NULL;
