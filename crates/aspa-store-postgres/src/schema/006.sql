CREATE INDEX CONCURRENTLY IF NOT EXISTS tickets_touched ON @.tickets (tenant, touched, id) WHERE ticket IS NOT NULL
