-- Rows are JSON in one column; beside it stands only what a query looks for. Times are nanoseconds
-- since 1970, or text where they are read back. JSON is kept as text: jsonb refuses the character 0,
-- which people may write. Columns that sort are in byte order, whatever the database's collation is.
-- Columns named *_digest hold the first 16 bytes of the SHA-256 of a key that may be too long for an index.

CREATE TABLE @.tenants (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE @.deliveries (
    tenant INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    webhook TEXT NOT NULL,
    id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (tenant, digest)
);

-- Every event that ever came: its key, or a hash of a long one.
CREATE TABLE @.seen (
    tenant INTEGER NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    event BYTEA NOT NULL,
    PRIMARY KEY (tenant, account, event)
);

-- Half of each page is left free, so that a claim rewrites a row beside itself and touches no index.
-- The rows come and go: they are cleared away long before a fifth of the table is dead.
CREATE TABLE @.inbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant INTEGER NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT -9223372036854775808,
    received_at TEXT NOT NULL,
    event TEXT NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
CREATE INDEX inbox_tenant ON @.inbox (tenant);

CREATE TABLE @.kept (
    tenant INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    received_at TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
);

CREATE TABLE @.messages (
    tenant INTEGER NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    part INTEGER NOT NULL,
    version BIGINT NOT NULL,
    conversation_digest BYTEA,
    awaits_digest BYTEA,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, account, id, part)
);
CREATE INDEX messages_conversation ON @.messages (tenant, conversation_digest) WHERE conversation_digest IS NOT NULL;
CREATE INDEX messages_awaits ON @.messages (tenant, awaits_digest) WHERE awaits_digest IS NOT NULL;

CREATE TABLE @.handles (
    tenant INTEGER NOT NULL,
    key_digest BYTEA NOT NULL,
    version BIGINT NOT NULL,
    handle TEXT NOT NULL,
    PRIMARY KEY (tenant, key_digest)
);

-- What tickets and the log are about.
CREATE TABLE @.abouts (
    tenant INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    about TEXT NOT NULL,
    PRIMARY KEY (tenant, digest)
);

-- A removed ticket leaves its version behind, so that whoever still holds it cannot take a new one
-- of the same name for it.
CREATE TABLE @.tickets (
    tenant INTEGER NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    about_digest BYTEA,
    customer_digest BYTEA,
    account TEXT COLLATE "C",
    ordinal BIGINT,
    category TEXT COLLATE "C",
    active BOOLEAN,
    assignee TEXT COLLATE "C",
    place BIGINT,
    wake BIGINT,
    ticket TEXT,
    clocks TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX tickets_about ON @.tickets (tenant, about_digest, ordinal) WHERE ticket IS NOT NULL;
CREATE INDEX tickets_place ON @.tickets (tenant, place, id) WHERE active;
CREATE INDEX tickets_category ON @.tickets (tenant, category, place, id) WHERE ticket IS NOT NULL;
CREATE INDEX tickets_assignee ON @.tickets (tenant, assignee, place, id) WHERE assignee IS NOT NULL;
CREATE INDEX tickets_account ON @.tickets (tenant, account, place, id) WHERE active;
CREATE INDEX tickets_customer ON @.tickets (tenant, customer_digest) WHERE ticket IS NOT NULL;
CREATE INDEX tickets_wake ON @.tickets (wake) WHERE wake IS NOT NULL;

-- One row for each level of each tag, in the order of lists.
CREATE TABLE @.ticket_tags (
    tenant INTEGER NOT NULL,
    tag TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, tag, place, ticket)
);
CREATE INDEX ticket_tags_of ON @.ticket_tags (tenant, ticket);

-- Positions are drawn under a shared lock that shows readers where the writers are. The first
-- number is used up, so that what the sequence says it gave last is true from the beginning.
CREATE SEQUENCE @.log_position AS BIGINT;
SELECT nextval('@.log_position');
CREATE TABLE @.log (
    position BIGINT PRIMARY KEY,
    tenant INTEGER NOT NULL,
    about_digest BYTEA NOT NULL,
    event TEXT NOT NULL
);
CREATE INDEX log_about ON @.log (tenant, about_digest, position);

CREATE TABLE @.notes (
    tenant INTEGER NOT NULL,
    id_digest BYTEA NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (tenant, id_digest)
);

CREATE TABLE @.evidence (
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    tenant INTEGER NOT NULL,
    handle_digest BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (tenant, handle_digest, digest)
);

-- Lists are in the order of handles; their first characters stand in the index.
CREATE TABLE @.links (
    tenant INTEGER NOT NULL,
    handle_digest BYTEA NOT NULL,
    handle TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    link TEXT NOT NULL,
    PRIMARY KEY (tenant, handle_digest)
);
CREATE INDEX links_state ON @.links (tenant, state, (left(handle, 200)));

CREATE TABLE @.outbox (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant INTEGER NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    lane_digest BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    holds BOOLEAN NOT NULL,
    ready BOOLEAN NOT NULL,
    next_at BIGINT NOT NULL,
    effect TEXT NOT NULL,
    UNIQUE (tenant, key)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 2000);
CREATE INDEX outbox_lane ON @.outbox (tenant, lane_digest, seq) WHERE holds;
CREATE INDEX outbox_ready ON @.outbox (seq, next_at) WHERE ready;
CREATE INDEX outbox_next ON @.outbox (next_at) WHERE ready;
CREATE INDEX outbox_lapses ON @.outbox (next_at) WHERE state IN ('awaiting_approval', 'blocked');
CREATE INDEX outbox_state ON @.outbox (tenant, state, seq);
CREATE INDEX outbox_conversation ON @.outbox (tenant, lane_digest, seq);

-- An empty account or kind: every one.
CREATE TABLE @.pauses (
    tenant INTEGER NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    pause TEXT NOT NULL,
    PRIMARY KEY (tenant, account, kind)
);

CREATE TABLE @.attempts (
    tenant INTEGER NOT NULL,
    effect TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    attempt TEXT NOT NULL,
    PRIMARY KEY (tenant, effect, number)
);

CREATE TABLE @.customers (
    tenant INTEGER NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    customer TEXT NOT NULL,
    PRIMARY KEY (tenant, system, id)
);

CREATE TABLE @.cursors (
    tenant INTEGER NOT NULL,
    source_digest BYTEA NOT NULL,
    cursor TEXT NOT NULL,
    PRIMARY KEY (tenant, source_digest)
);
