-- How many effects stand how, of those that are not at an end.
CREATE INDEX outbox_open ON outbox (state, next_at) WHERE holds = 1;
