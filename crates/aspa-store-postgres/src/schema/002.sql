CREATE INDEX CONCURRENTLY IF NOT EXISTS outbox_open ON @.outbox (state, next_at) WHERE holds
