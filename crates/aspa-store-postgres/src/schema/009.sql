CREATE INDEX CONCURRENTLY IF NOT EXISTS links_customer ON @.links (tenant, customer_digest) WHERE customer_digest IS NOT NULL
