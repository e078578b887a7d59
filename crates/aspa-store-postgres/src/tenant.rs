use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{ConversationKey, Cursor, Event, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Link, LinkState};
use aspa_store::{
    Attempt, Changes, Committed, Error, ErrorKind, InboxEntry, Loaded, MessagePlace, MessageRecord,
    Note, OutboxQuery, OutboxRow, Pause, PrivacyStore, RawDelivery, Stored, TenantStore,
    TicketQuery, TicketRow, Versioned, Wanted,
};
use aspa_ticket::{NoteId, Ticket};
use aspa_types::{CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use async_trait::async_trait;
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use crate::arrive::{ARRIVE, Arrivals};
use crate::claim::entry;
use crate::fault::Failed;
use crate::json::{decode, digest, encode, limit, number, word};
use crate::store::{Shared, borrowed, together};
use crate::write::Batch;
use crate::{conversation, list, load, search, watch};

const COMMIT: &str = "commit";

#[derive(Debug)]
pub(crate) struct PostgresTenant {
    shared: Arc<Shared>,
    id: TenantId,
}

/// What one statement of a commit came to.
enum Ran {
    Wrote(u64),
    Arrived(Vec<Row>),
    Number(Row),
}

impl PostgresTenant {
    pub(crate) fn new(shared: Arc<Shared>, id: TenantId) -> Self {
        Self { shared, id }
    }

    pub(crate) fn id(&self) -> &TenantId {
        &self.id
    }

    /// Rows of a statement whose first value is the tenant.
    pub(crate) async fn rows(
        &self,
        operation: &'static str,
        sql: &str,
        rest: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        let ask = || async {
            let tenant = self.shared.find_tenant(&self.id).await?;
            let mut values: Vec<&(dyn ToSql + Sync)> = vec![&tenant];
            values.extend(rest);
            self.shared.query(sql, &values).await
        };
        self.shared.retrying(operation, ask).await
    }

    /// The same where each row is JSON.
    pub(crate) async fn column<T: Stored>(
        &self,
        operation: &'static str,
        what: &str,
        sql: &str,
        rest: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<T>, Error> {
        let rows = self.rows(operation, sql, rest).await?;
        rows.iter()
            .map(|row| decode(operation, what, cell(operation, row, 0)?))
            .collect()
    }

    /// Words are found that were written before.
    async fn before_search(&self, query: &TicketQuery) {
        if query.text.is_some() {
            search::catch_up(&self.shared).await;
        }
    }

    /// Writes a batch, once.
    async fn write(&self, batch: &Batch, tenant: i32) -> Result<Committed, Failed> {
        let shared = &self.shared;
        let mut client = shared.client().await?;
        let arrive = match &batch.arrivals {
            Some(arrivals) => {
                let statement = client.prepare_cached(&shared.sql(ARRIVE)).await?;
                let mut values: Vec<&(dyn ToSql + Sync)> = vec![&tenant];
                values.extend(borrowed(arrivals.values()));
                if batch.steps.is_empty() {
                    // One statement is a transaction of its own.
                    let rows = client.query(&statement, &values).await?;
                    return Ok(Committed::new(arrived(arrivals, &rows)?));
                }
                Some((statement, values))
            }
            None => None,
        };
        let mut statements = Vec::with_capacity(batch.steps.len());
        for step in &batch.steps {
            statements.push(client.prepare_cached(&shared.sql(step.sql)).await?);
        }
        let own = client
            .prepare_cached("SELECT pg_current_xact_id()::text")
            .await?;
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::ReadCommitted)
            .start()
            .await?;
        let (inner, own) = (&transaction, &own);
        let mut running: Vec<std::pin::Pin<Box<dyn Future<Output = _> + Send + '_>>> =
            vec![Box::pin(async move {
                inner.query_one(own, &[]).await.map(Ran::Number)
            })];
        if let Some((statement, values)) = &arrive {
            running.push(Box::pin(async move {
                inner.query(statement, values).await.map(Ran::Arrived)
            }));
        }
        for (step, statement) in batch.steps.iter().zip(&statements) {
            running.push(Box::pin(async move {
                let wrote = inner.execute(statement, &borrowed(&step.values)).await;
                wrote.map(Ran::Wrote)
            }));
        }
        let (mut committed, mut xid) = (Committed::default(), None);
        let mut steps = batch.steps.iter();
        // The first that failed is the cause; those after it fail since it did.
        for ran in together(running).await {
            match ran? {
                Ran::Number(row) => xid = Some(row.try_get::<_, String>(0)?),
                Ran::Arrived(rows) => {
                    if let Some(arrivals) = &batch.arrivals {
                        committed = Committed::new(arrived(arrivals, &rows)?);
                    }
                }
                Ran::Wrote(rows) => {
                    let writes = steps.next().and_then(|step| step.writes);
                    if let Some((expected, table)) = writes
                        && rows != expected
                    {
                        return Err(Failed::Conflict(table));
                    }
                }
            }
        }
        match (transaction.commit().await.map_err(Failed::from), xid) {
            (Ok(()), _) => Ok(committed),
            (Err(failed), Some(xid)) if failed.cut_off() => {
                if self.became(&xid).await == Some(true) {
                    Ok(committed)
                } else {
                    Err(failed)
                }
            }
            (Err(failed), _) => Err(failed),
        }
    }

    /// Whether a transaction was committed whose end was not heard. `None`: nobody can tell now.
    async fn became(&self, xid: &str) -> Option<bool> {
        for _ in 0..20 {
            let sql = "SELECT pg_xact_status($1::text::xid8)";
            let rows = self.shared.query(sql, &[&xid]).await.ok()?;
            match rows.first()?.try_get::<_, Option<&str>>(0).ok()?? {
                "committed" => return Some(true),
                "aborted" => return Some(false),
                // The server has not noticed yet that nobody is there.
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        None
    }
}

fn arrived(arrivals: &Arrivals, rows: &[Row]) -> Result<Vec<aspa_store::Arrived>, Failed> {
    let told = |row: &Row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    let told = rows.iter().map(told).collect::<Result<Vec<_>, Failed>>()?;
    Ok(arrivals.arrived(&told))
}

/// A value of a row.
pub(crate) fn cell<'a, T: tokio_postgres::types::FromSql<'a>>(
    operation: &'static str,
    row: &'a Row,
    place: usize,
) -> Result<T, Error> {
    row.try_get(place)
        .map_err(|error| Failed::from(error).during(operation))
}

/// A version and JSON.
pub(crate) fn versioned<T: Stored>(
    operation: &'static str,
    what: &str,
    row: &Row,
) -> Result<Versioned<T>, Error> {
    let version: i64 = cell(operation, row, 0)?;
    Ok(Versioned {
        value: decode(operation, what, cell(operation, row, 1)?)?,
        version: u64::try_from(version).unwrap_or_default(),
    })
}

#[async_trait]
impl TenantStore for PostgresTenant {
    async fn commit(&self, changes: Changes) -> Result<Committed, Error> {
        if changes.is_empty() {
            return Ok(Committed::default());
        }
        let number = || self.shared.number_of(&self.id);
        let tenant = self.shared.retrying(COMMIT, number).await?;
        let batch = Batch::new(tenant, changes, &self.shared.names)?;
        if batch.steps.is_empty() && batch.arrivals.is_none() {
            return Ok(Committed::default());
        }
        let write = || self.write(&batch, tenant);
        let committed = self.shared.retrying(COMMIT, write).await?;
        if batch.is_text {
            search::wake(&self.shared);
        }
        if batch.is_news {
            self.shared.ear.committed();
        }
        Ok(committed)
    }

    async fn load(&self, wanted: &Wanted) -> Result<Loaded, Error> {
        let find = || async {
            let tenant = self.shared.find_tenant(&self.id).await?;
            load::find(&self.shared, tenant, wanted).await
        };
        self.shared.retrying("load", find).await
    }

    async fn ticket(&self, id: &TicketId) -> Result<Option<Versioned<Ticket>>, Error> {
        const WHAT: &str = "ticket";
        let sql = "SELECT version, ticket FROM @.tickets
                   WHERE tenant = $1 AND id = $2 AND ticket IS NOT NULL";
        let rows = self.rows(WHAT, sql, &[&id.as_str()]).await?;
        rows.first()
            .map(|row| versioned(WHAT, &format!("ticket {id}"), row))
            .transpose()
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        if let Some(after) = &query.after
            && after.sort != query.sort
        {
            let error = Error::new(ErrorKind::Invalid, "tickets");
            return Err(error.with_detail("the page before was in another order"));
        }
        self.before_search(query).await;
        let find = || async {
            let tenant = self.shared.find_tenant(&self.id).await?;
            list::tickets(&self.shared, tenant, query).await
        };
        self.shared.retrying("tickets", find).await
    }

    async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        self.before_search(query).await;
        let count = || async {
            let tenant = self.shared.find_tenant(&self.id).await?;
            list::count(&self.shared, tenant, query, most).await
        };
        self.shared.retrying("count_tickets", count).await
    }

    async fn conversation(
        &self,
        key: &ConversationKey,
        before: Option<&MessagePlace>,
        count: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        let find = || async {
            let tenant = self.shared.find_tenant(&self.id).await?;
            conversation::page(&self.shared, tenant, key, before, count).await
        };
        self.shared.retrying("conversation", find).await
    }

    async fn messages(
        &self,
        after: Option<&MessageKey>,
        count: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        // Before every message, since no account is empty.
        let (account, id, part) = after.map_or(("", "", 0), |key| {
            (key.account.as_str(), &*key.id, i32::from(key.part))
        });
        let sql = "SELECT record FROM @.messages
                   WHERE tenant = $1 AND (account, id, part) > ($2, $3, $4)
                   ORDER BY account, id, part LIMIT $5";
        let values: [&(dyn ToSql + Sync); 4] = [&account, &id, &part, &limit(count)];
        self.column("messages", "message", sql, &values).await
    }

    async fn note(&self, id: &NoteId) -> Result<Option<Note>, Error> {
        let sql = "SELECT note FROM @.notes WHERE tenant = $1 AND id_digest = $2";
        let notes = self.column("note", "note", sql, &[&digest(&[id])]).await?;
        Ok(notes.into_iter().next())
    }

    async fn links(
        &self,
        state: &LinkState,
        after: Option<&HandleKey>,
        count: usize,
    ) -> Result<Vec<Link>, Error> {
        // Before every handle, since none is empty.
        let (state, after) = (
            word(&state.to_string()),
            after.map(ToString::to_string).unwrap_or_default(),
        );
        let sql = "SELECT link FROM @.links WHERE tenant = $1 AND state = $2
                       AND (left(handle, 200), handle) > (left($3, 200), $3)
                   ORDER BY left(handle, 200), handle LIMIT $4";
        let values: [&(dyn ToSql + Sync); 3] = [&state, &after, &limit(count)];
        self.column("links", "link", sql, &values).await
    }

    async fn effect(
        &self,
        key: &EffectKey,
    ) -> Result<Option<(Versioned<OutboxRow>, Vec<Attempt>)>, Error> {
        const WHAT: &str = "effect";
        // In one statement, so that both are of one time.
        let sql = "SELECT o.version, o.effect, ARRAY(
                       SELECT a.attempt FROM @.attempts AS a
                       WHERE a.tenant = o.tenant AND a.effect = o.key ORDER BY a.number)
                   FROM @.outbox AS o WHERE o.tenant = $1 AND o.key = $2";
        let rows = self.rows(WHAT, sql, &[&key.as_str()]).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let tries: Vec<&str> = cell(WHAT, row, 2)?;
        let tries = tries
            .into_iter()
            .map(|json| decode(WHAT, format_args!("attempt of {key}"), json));
        Ok(Some((
            versioned(WHAT, &format!("effect {key}"), row)?,
            tries.collect::<Result<_, _>>()?,
        )))
    }

    async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<Versioned<OutboxRow>>, Error> {
        let find = || async {
            let tenant = self.shared.find_tenant(&self.id).await?;
            list::effects(&self.shared, tenant, query).await
        };
        self.shared.retrying("outbox", find).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, Error> {
        let sql = "SELECT pause FROM @.pauses WHERE tenant = $1";
        let mut pauses: Vec<Pause> = self.column("pauses", "pause", sql, &[]).await?;
        pauses.sort_by(|a, b| a.scope.cmp(&b.scope));
        Ok(pauses)
    }

    async fn customers(
        &self,
        after: Option<&CustomerId>,
        count: usize,
    ) -> Result<Vec<Customer>, Error> {
        // Before every customer, since no system is empty.
        let (system, id) = after.map_or(("", ""), |id| (id.system.as_str(), &*id.id));
        let sql = "SELECT customer FROM @.customers WHERE tenant = $1 AND (system, id) > ($2, $3)
                   ORDER BY system, id LIMIT $4";
        let values: [&(dyn ToSql + Sync); 3] = [&system, &id, &limit(count)];
        self.column("customers", "customer", sql, &values).await
    }

    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, Error> {
        let sql = "SELECT cursor FROM @.cursors WHERE tenant = $1 AND source_digest = $2";
        let found = self
            .column("cursor", "cursor", sql, &[&digest(&[source])])
            .await?;
        Ok(found.into_iter().next().map(Cursor))
    }

    async fn kept(&self, after: u64, count: usize) -> Result<Vec<InboxEntry>, Error> {
        const WHAT: &str = "kept";
        let sql = "SELECT seq, received_at, event FROM @.kept
                   WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let values: [&(dyn ToSql + Sync); 2] = [&number(after), &limit(count)];
        let rows = self.rows(WHAT, sql, &values).await?;
        let kept = |row: &Row| {
            let tenant = self.id.to_string();
            let row = (
                tenant,
                cell(WHAT, row, 0)?,
                cell(WHAT, row, 1)?,
                cell(WHAT, row, 2)?,
            );
            entry(WHAT, row)
        };
        rows.iter().map(kept).collect()
    }

    async fn deliveries(
        &self,
        webhook: &str,
        after: Option<&DeliveryId>,
        count: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        const WHAT: &str = "deliveries";
        let place = watch::place(webhook, after);
        let name = encode(&webhook.to_owned())?;
        let values: [&(dyn ToSql + Sync); 4] = [&place, &name, &limit(count), watch::MOST_BYTES];
        let rows = self.rows(WHAT, watch::DELIVERIES, &values).await?;
        rows.iter().map(|row| watch::delivery(WHAT, row)).collect()
    }

    async fn known_events(&self, events: &[Event]) -> Result<Vec<bool>, Error> {
        const WHAT: &str = "known_events";
        let (accounts, keys) = watch::names(events);
        let rows = self.rows(WHAT, watch::KNOWN, &[&accounts, &keys]).await?;
        rows.iter().map(|row| cell(WHAT, row, 0)).collect()
    }

    async fn backlog(&self) -> Result<u64, Error> {
        const WHAT: &str = "backlog";
        let sql = "SELECT count(*) FROM @.inbox WHERE tenant = $1";
        let rows = self.rows(WHAT, sql, &[]).await?;
        let count: i64 = rows.first().map_or(Ok(0), |row| cell(WHAT, row, 0))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    fn privacy(&self) -> &dyn PrivacyStore {
        self
    }
}
