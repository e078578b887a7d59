-- A delivery that is taken in writes as few pages as it can: a body lies beside its key, and what is
-- counted for all tenants beside what is counted for each. Row 0 stands for all: the last number of the
-- inbox that was drawn, which is never drawn again, and the turn that was claimed last.
INSERT INTO tenants (id, name, last, filled) SELECT 0, '', inbox, turn FROM numbers;
DROP TABLE numbers;

ALTER TABLE deliveries RENAME TO deliveries_before;
CREATE TABLE deliveries (
    tenant INTEGER NOT NULL,
    webhook TEXT NOT NULL,
    id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (tenant, webhook, id)
) STRICT, WITHOUT ROWID;
INSERT INTO deliveries SELECT tenant, webhook, id, received_at, body FROM deliveries_before
    ORDER BY tenant, webhook, id;
DROP TABLE deliveries_before;
