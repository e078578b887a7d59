-- Small things that a desk keeps under a name.
CREATE TABLE documents (
    tenant INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, key)
) STRICT, WITHOUT ROWID;

-- Who saw and did what. Only added to, until its time is over.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    at INTEGER NOT NULL,
    agent TEXT,
    subject TEXT,
    entry TEXT NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (tenant, subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_agent ON audit (tenant, agent, seq) WHERE agent IS NOT NULL;
CREATE INDEX audit_at ON audit (tenant, at);
