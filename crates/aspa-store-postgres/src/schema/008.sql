CREATE INDEX CONCURRENTLY IF NOT EXISTS tickets_unassigned ON @.tickets (tenant, place, id) WHERE active AND assignee IS NULL
