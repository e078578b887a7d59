-- Small things that a desk keeps under a name.
CREATE TABLE @.documents (
    tenant INTEGER NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, key)
);

-- Who saw and did what. Only added to, until its time is over.
CREATE TABLE @.audit (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant INTEGER NOT NULL,
    at BIGINT NOT NULL,
    agent TEXT COLLATE "C",
    subject TEXT COLLATE "C",
    entry TEXT NOT NULL
);
CREATE INDEX audit_subject ON @.audit (tenant, subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_agent ON @.audit (tenant, agent, seq) WHERE agent IS NOT NULL;
CREATE INDEX audit_at ON @.audit (tenant, at);
CREATE INDEX audit_tenant ON @.audit (tenant, seq);
