use std::fmt::Debug;
use std::sync::Arc;

use aspa_store::{
    AuditQuery, Changes, Claim, ClaimedEffect, Committed, Error, ErrorKind, InboxEntry, Position,
    Recorded, Store, TenantStore, TicketQuery, Versioned,
};
use aspa_types::TenantId;
use chrono::TimeDelta;

use super::StoreFixture;
use super::rows::{at, name, tenant_id};
use crate::case::{Checked, fault};

/// A store, two of its tenants, and the way to open it again.
pub(super) struct Stage {
    pub(super) store: Arc<dyn Store>,
    /// The tenant that cases work with.
    pub(super) tenant: Arc<dyn TenantStore>,
    /// Another one.
    pub(super) other: Arc<dyn TenantStore>,
    fixture: StoreFixture,
}

impl Stage {
    pub(super) async fn new(fixture: StoreFixture) -> Self {
        let store = fixture.open().await;
        let tenant = store.tenant(&TenantId::default());
        let other = store.tenant(&tenant_id("other"));
        Self {
            store,
            tenant,
            other,
            fixture,
        }
    }

    /// Drops every handle and opens the store again.
    pub(super) async fn reopen(self) -> Self {
        let Self {
            store,
            tenant,
            other,
            fixture,
        } = self;
        drop((store, tenant, other));
        Self::new(fixture).await
    }

    /// The store as another worker has it.
    pub(super) async fn second(&self) -> Arc<dyn Store> {
        self.fixture.open().await
    }

    pub(super) async fn commit(&self, changes: Changes) -> Checked<Committed> {
        done("a commit", self.tenant.commit(changes).await)
    }

    /// Claims at a second, for 60 seconds.
    pub(super) async fn claim(&self, seconds: i64, limit: usize) -> Checked<Vec<InboxEntry>> {
        done(
            "claiming from the inbox",
            self.store.claim_inbox(claim(seconds, limit)).await,
        )
    }

    /// Claims at a second, for 60 seconds.
    pub(super) async fn claim_effects(
        &self,
        seconds: i64,
        limit: usize,
    ) -> Checked<Vec<ClaimedEffect>> {
        done(
            "claiming from the outbox",
            self.store.claim_outbox(claim(seconds, limit)).await,
        )
    }

    /// The whole log of one tenant.
    pub(super) async fn log_of(&self, tenant: &TenantId) -> Checked<Vec<Recorded>> {
        let log = done(
            "reading the log",
            self.store.log(Position::default(), 10_000).await,
        )?;
        Ok(log
            .into_iter()
            .filter(|entry| entry.tenant == *tenant)
            .collect())
    }

    /// Everything that can be read of a tenant, by kind.
    pub(super) async fn everything(
        &self,
        of: &Arc<dyn TenantStore>,
        id: &TenantId,
    ) -> Checked<Vec<(&'static str, String)>> {
        let mut all = Vec::new();
        let loaded = done("loading", of.load(&super::rows::wanted()).await)?;
        let sorted = |mut lines: Vec<String>| {
            lines.sort();
            lines.join("\n")
        };
        let lines = |pairs: Vec<String>| sorted(pairs);
        all.push((
            "messages",
            lines(
                loaded
                    .messages
                    .iter()
                    .map(|row| format!("{row:?}"))
                    .collect(),
            ),
        ));
        all.push((
            "awaited messages",
            lines(
                loaded
                    .awaiting
                    .iter()
                    .map(|row| format!("{row:?}"))
                    .collect(),
            ),
        ));
        all.push((
            "handles",
            lines(
                loaded
                    .handles
                    .iter()
                    .map(|row| format!("{row:?}"))
                    .collect(),
            ),
        ));
        all.push((
            "tickets",
            lines(
                loaded
                    .tickets
                    .iter()
                    .map(|row| format!("{row:?}"))
                    .collect(),
            ),
        ));
        all.push((
            "histories",
            lines(
                loaded
                    .histories
                    .iter()
                    .map(|row| format!("{row:?}"))
                    .collect(),
            ),
        ));
        all.push((
            "people",
            lines(loaded.people.iter().map(|row| format!("{row:?}")).collect()),
        ));
        all.push((
            "listed tickets",
            format!(
                "{:?}",
                done("tickets", of.tickets(&TicketQuery::default()).await)?
            ),
        ));
        all.push((
            "listed messages",
            format!("{:?}", done("messages", of.messages(None, 1000).await)?),
        ));
        for state in ["linked", "review", "refused", "none"] {
            all.push((
                "listed links",
                format!(
                    "{:?}",
                    done("links", of.links(&state.into(), None, 1000).await)?
                ),
            ));
        }
        all.push((
            "customers",
            format!("{:?}", done("customers", of.customers(None, 1000).await)?),
        ));
        all.push((
            "kept events",
            format!("{:?}", done("kept", of.kept(0, 1000).await)?),
        ));
        all.push((
            "backlog",
            format!("{:?}", done("backlog", of.backlog().await)?),
        ));
        for note in ["note-1", "note-2"] {
            all.push((
                "notes",
                format!("{:?}", done("note", of.note(&note.into()).await)?),
            ));
        }
        for source in ["poll", "crm"] {
            all.push((
                "cursors",
                format!("{:?}", done("cursor", of.cursor(source).await)?),
            ));
        }
        for key in ["first", "second"] {
            all.push((
                "effects",
                format!("{:?}", done("effect", of.effect(&name(key)).await)?),
            ));
        }
        let privacy = of.privacy();
        let documents = privacy.documents("plan", None, 1000).await;
        for document in done("documents", documents)? {
            let Versioned { value, version } = document;
            all.push((
                "documents",
                format!("{} {} {version}", value.key, value.body),
            ));
        }
        let audit = privacy.audit(&AuditQuery::default()).await;
        let audit = done("the audit log", audit)?.into_iter();
        let entries: Vec<_> = audit.map(|audited| audited.entry).collect();
        all.push(("audit", format!("{entries:?}")));
        let due = done(
            "due timers",
            self.store
                .claim_timers(super::claims::looking(1_000_000, 1000))
                .await,
        )?;
        let due: Vec<_> = due.iter().filter(|timer| timer.tenant == *id).collect();
        all.push(("timers", format!("{due:?}")));
        all.push(("log", format!("{:?}", self.log_of(id).await?)));
        Ok(all)
    }
}

pub(super) fn claim(seconds: i64, limit: usize) -> Claim {
    let lease = TimeDelta::seconds(60);
    Claim {
        now: at(seconds),
        lease,
        limit,
    }
}

/// Unwraps what has to succeed.
pub(super) fn done<T>(what: &str, result: Result<T, Error>) -> Checked<T> {
    result.or_else(|error| {
        let cause = "see the error; a store refuses only conflicts and what makes no sense";
        fault(format!("{what} succeeds"), error.to_string(), cause)
    })
}

/// What has to be a conflict.
pub(super) fn conflicts<T: Debug>(what: &str, result: Result<T, Error>) -> Checked {
    let cause =
        "the version is not compared in the same transaction, or not by the statement that writes";
    match result {
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
        Err(error) => fault(format!("{what} is a conflict"), error.to_string(), cause),
        Ok(value) => fault(format!("{what} is a conflict"), format!("{value:?}"), cause),
    }
}

/// Two things that have to be equal.
pub(super) fn same<T: PartialEq + Debug>(
    what: &str,
    expected: &T,
    came: &T,
    cause: &'static str,
) -> Checked {
    if expected == came {
        return Ok(());
    }
    fault(format!("{what}: {expected:?}"), format!("{came:?}"), cause)
}

/// Two readings of everything that have to be equal; names the first kind that differs.
pub(super) fn unchanged(
    what: &str,
    before: &[(&'static str, String)],
    after: &[(&'static str, String)],
    cause: &'static str,
) -> Checked {
    match before
        .iter()
        .zip(after)
        .find(|(before, after)| before != after)
    {
        None => Ok(()),
        Some(((kind, before), (_, after))) => fault(
            format!("{what}: {kind} as before: {before}"),
            after.clone(),
            cause,
        ),
    }
}

/// Reading that has brought more than there is goes round in circles.
pub(super) fn ends(what: &str, most: usize, read: usize) -> Checked {
    if read <= most {
        return Ok(());
    }
    let cause = "the same is given again and again";
    fault(
        format!("{what}: an end after {most}"),
        format!("{read} and no end"),
        cause,
    )
}
