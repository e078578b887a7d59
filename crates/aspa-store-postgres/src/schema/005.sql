-- What lists ask besides; of a ticket that was written before, filled when its texts are taken in.
ALTER TABLE @.tickets ADD COLUMN opened BIGINT, ADD COLUMN touched BIGINT;

ALTER TABLE @.links ADD COLUMN customer_digest BYTEA;
UPDATE @.links AS l SET customer_digest = substring(sha256(
        int8send(octet_length(n.system)) || convert_to(n.system, 'UTF8')
        || int8send(octet_length(n.id)) || convert_to(n.id, 'UTF8')) FOR 16)
    FROM (SELECT tenant, handle_digest, link::json #>> '{customer,system}' AS system,
              link::json #>> '{customer,id}' AS id
          FROM @.links WHERE state = 'linked') AS n
    WHERE l.tenant = n.tenant AND l.handle_digest = n.handle_digest AND n.id IS NOT NULL;

-- What was written, by words: one row for each message or note of each ticket. Each word has the
-- tenant's number before it, so that the index keeps tenants apart.
CREATE TABLE @.texts (
    tenant INTEGER NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL,
    source BYTEA NOT NULL,
    said BIGINT NOT NULL,
    words TSVECTOR NOT NULL,
    PRIMARY KEY (tenant, ticket, source)
);
CREATE INDEX texts_source ON @.texts (tenant, source);
CREATE INDEX texts_words ON @.texts USING gin (words) WITH (gin_pending_list_limit = 1024);

-- Tickets that were written and whose texts are still to be taken in.
CREATE TABLE @.unread (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant INTEGER NOT NULL,
    ticket TEXT COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
INSERT INTO @.unread (tenant, ticket) SELECT tenant, id FROM @.tickets WHERE ticket IS NOT NULL;
