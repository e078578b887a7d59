CREATE INDEX CONCURRENTLY IF NOT EXISTS tickets_opened ON @.tickets (tenant, opened) WHERE ticket IS NOT NULL
