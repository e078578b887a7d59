-- Rows are JSON in one column; beside it stands only what a query looks for. Times are nanoseconds
-- since 1970. Keys of one place in time lie next to each other, so that a batch touches few pages.

CREATE TABLE tenants (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    backlog INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The last number of the inbox: its rows go away, its numbers never come again.
CREATE TABLE numbers (inbox INTEGER NOT NULL) STRICT;
INSERT INTO numbers VALUES (0);

CREATE TABLE deliveries (
    tenant INTEGER NOT NULL,
    webhook TEXT NOT NULL,
    id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (tenant, webhook, id)
) STRICT;

-- Every event that ever came: its key, or 16 bytes of the hash of a long one.
CREATE TABLE seen (
    tenant INTEGER NOT NULL,
    account TEXT NOT NULL,
    event ANY NOT NULL,
    PRIMARY KEY (tenant, account, event)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;

-- A claim holds a run of numbers, so that claiming rewrites no event.
CREATE TABLE leases (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE kept (
    tenant INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    tenant INTEGER NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    part INTEGER NOT NULL,
    version INTEGER NOT NULL,
    conversation TEXT,
    awaits TEXT,
    record TEXT NOT NULL,
    UNIQUE (tenant, account, id, part)
) STRICT;
CREATE INDEX messages_conversation ON messages (tenant, conversation) WHERE conversation IS NOT NULL;
CREATE INDEX messages_awaits ON messages (tenant, awaits) WHERE awaits IS NOT NULL;

CREATE TABLE handles (
    tenant INTEGER NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    handle TEXT NOT NULL,
    UNIQUE (tenant, key)
) STRICT;

-- What tickets and the log are about.
CREATE TABLE abouts (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    customer TEXT NOT NULL,
    account TEXT NOT NULL,
    conversation TEXT NOT NULL,
    UNIQUE (tenant, customer, account, conversation)
) STRICT;

-- A removed ticket leaves its version behind, so that whoever still holds it cannot take a new one
-- of the same name for it.
CREATE TABLE tickets (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    about INTEGER,
    ordinal INTEGER,
    category TEXT,
    active INTEGER,
    assignee TEXT,
    place INTEGER,
    wake INTEGER,
    ticket TEXT,
    clocks TEXT,
    UNIQUE (tenant, id)
) STRICT;
CREATE INDEX tickets_about ON tickets (about, ordinal) WHERE about IS NOT NULL;
CREATE INDEX tickets_place ON tickets (tenant, place, id, category) WHERE active = 1;
CREATE INDEX tickets_assignee ON tickets (tenant, assignee, place, id) WHERE assignee IS NOT NULL;
CREATE INDEX tickets_wake ON tickets (wake) WHERE wake IS NOT NULL;

-- One row for each level of each tag, in the order of lists.
CREATE TABLE ticket_tags (
    tenant INTEGER NOT NULL,
    tag TEXT NOT NULL,
    place INTEGER NOT NULL,
    ticket TEXT NOT NULL,
    PRIMARY KEY (tenant, tag, place, ticket)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_tags_of ON ticket_tags (tenant, ticket);

-- Never deleted from, so that the next number is always a new one.
CREATE TABLE log (
    position INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    about INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX log_about ON log (about);

CREATE TABLE notes (
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    note TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;

CREATE TABLE evidence (
    tenant INTEGER NOT NULL,
    handle TEXT NOT NULL,
    digest BLOB NOT NULL,
    evidence TEXT NOT NULL,
    UNIQUE (tenant, handle, digest)
) STRICT;

CREATE TABLE links (
    tenant INTEGER NOT NULL,
    handle TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    link TEXT NOT NULL,
    UNIQUE (tenant, handle)
) STRICT;
CREATE INDEX links_state ON links (tenant, state, handle);

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    account TEXT NOT NULL,
    conversation TEXT NOT NULL,
    holds INTEGER NOT NULL,
    ready INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    effect TEXT NOT NULL,
    UNIQUE (tenant, key)
) STRICT;
CREATE INDEX outbox_lane ON outbox (tenant, account, conversation, seq) WHERE holds = 1;
CREATE INDEX outbox_ready ON outbox (seq, next_at) WHERE ready = 1;

CREATE TABLE attempts (
    tenant INTEGER NOT NULL,
    effect TEXT NOT NULL,
    number INTEGER NOT NULL,
    attempt TEXT NOT NULL,
    PRIMARY KEY (tenant, effect, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
    tenant INTEGER NOT NULL,
    system TEXT NOT NULL,
    id TEXT NOT NULL,
    customer TEXT NOT NULL,
    UNIQUE (tenant, system, id)
) STRICT;

CREATE TABLE cursors (
    tenant INTEGER NOT NULL,
    source TEXT NOT NULL,
    cursor TEXT NOT NULL,
    PRIMARY KEY (tenant, source)
) STRICT, WITHOUT ROWID;
