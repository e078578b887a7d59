-- Rows that the search knows by a number have one of their own: an implicit one can change.
CREATE TABLE numbered_messages (
    number INTEGER PRIMARY KEY,
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
INSERT INTO numbered_messages (tenant, account, id, part, version, conversation, awaits, record)
    SELECT tenant, account, id, part, version, conversation, awaits, record FROM messages ORDER BY rowid;
DROP TABLE messages;
ALTER TABLE numbered_messages RENAME TO messages;
CREATE INDEX messages_conversation ON messages (tenant, conversation) WHERE conversation IS NOT NULL;
CREATE INDEX messages_awaits ON messages (tenant, awaits) WHERE awaits IS NOT NULL;

CREATE TABLE numbered_notes (
    number INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    note TEXT NOT NULL,
    UNIQUE (tenant, id)
) STRICT;
INSERT INTO numbered_notes (tenant, id, note) SELECT tenant, id, note FROM notes ORDER BY rowid;
DROP TABLE notes;
ALTER TABLE numbered_notes RENAME TO notes;

-- `place` and `touched` are where a ticket stands in its lists; of a removed one there is none.
CREATE TABLE numbered_tickets (
    number INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    about INTEGER,
    ordinal INTEGER,
    account TEXT,
    category TEXT,
    active INTEGER,
    assignee TEXT,
    opened INTEGER,
    touched INTEGER,
    place INTEGER,
    wake INTEGER,
    ticket TEXT,
    clocks TEXT,
    UNIQUE (tenant, id)
) STRICT;
INSERT INTO numbered_tickets
        (tenant, id, version, about, ordinal, account, category, active, assignee, place, wake, ticket, clocks)
    SELECT t.tenant, t.id, version, about, ordinal, a.account, category, active, assignee, place, wake, ticket,
        clocks
    FROM tickets AS t LEFT JOIN abouts AS a ON a.id = t.about ORDER BY t.rowid;
DROP TABLE tickets;
ALTER TABLE numbered_tickets RENAME TO tickets;
CREATE INDEX tickets_about ON tickets (about, ordinal) WHERE about IS NOT NULL;
CREATE INDEX tickets_wake ON tickets (wake) WHERE wake IS NOT NULL;
CREATE INDEX tickets_turn ON tickets (tenant, wake) WHERE wake IS NOT NULL;
-- Lists, each in its order and with what most lists ask besides, so that a row that does not fit is
-- passed over without reading its ticket.
CREATE INDEX tickets_place ON tickets (tenant, active, place, id, category, assignee) WHERE place IS NOT NULL;
CREATE INDEX tickets_touched ON tickets (tenant, touched, id, category, assignee) WHERE touched IS NOT NULL;
CREATE INDEX tickets_opened ON tickets (tenant, opened) WHERE opened IS NOT NULL;
CREATE INDEX tickets_assignee ON tickets (tenant, assignee, active, place, id, category) WHERE place IS NOT NULL;
CREATE INDEX tickets_account ON tickets (tenant, account, active, place, id, category, assignee)
    WHERE place IS NOT NULL;

-- One row for each level of each tag, in the order of lists.
DROP TABLE ticket_tags;
CREATE TABLE ticket_tags (
    tenant INTEGER NOT NULL,
    tag TEXT NOT NULL,
    active INTEGER NOT NULL,
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    category TEXT NOT NULL,
    assignee TEXT,
    PRIMARY KEY (tenant, tag, active, place, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_tags_of ON ticket_tags (number, tag);

ALTER TABLE links ADD COLUMN customer TEXT;
UPDATE links SET customer = json_extract(link, '$.customer.system') || char(31) || json_extract(link, '$.customer.id')
    WHERE state = 'linked' AND json_extract(link, '$.customer.id') IS NOT NULL;
CREATE INDEX links_customer ON links (tenant, customer, handle) WHERE customer IS NOT NULL;

-- What was written, by words. The number of a text is that of its ticket times 2^20, and its own
-- within the ticket: so the texts that hold a word come ticket by ticket. Each word has the tenant's
-- number before it.
CREATE VIRTUAL TABLE search USING fts5 (words, stems, tokenize = 'ascii', columnsize = 0);
-- What is taken out leaves no trace in the index, rather than being marked.
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
-- Which message (twice its number) or note (twice its number and one) a text is, and what it said.
CREATE TABLE texts (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;
CREATE INDEX texts_source ON texts (source);
-- Tickets that were written and whose texts are still to be taken in.
CREATE TABLE unread (ticket INTEGER PRIMARY KEY) STRICT;
