//! Everything that a store of another kind holds, in one transaction.

use std::collections::{BTreeMap, HashMap};

use aspa_store::copy::{Page, Progress, Rows, Source, StoredEvent, Sum, Sums};
use aspa_store::{Audited, Document, Error, ErrorKind};
use aspa_types::TenantId;
use deadpool_postgres::Transaction;
use tokio::sync::mpsc;

use crate::fault::Failed;
use crate::json::{digest, encode, nanos, number, time_text, word};
use crate::store::{PostgresStore, Shared, borrowed};
use crate::write::{Value, about_digest, copied, values};

const WHAT: &str = "copy";

/// Pages that wait to be written while the next is read.
const AHEAD: usize = 2;

/// What reads the rows of each kind back: the fields that a source adds up, and where they are. Those
/// after a `#` are bytes, all others are taken as text.
const READ_BACK: &[(&str, &str, &str)] = &[
    (
        "deliveries",
        "webhook; t.id; received_at; #body",
        "deliveries",
    ),
    ("seen", "account; #event", "seen"),
    ("inbox", "seq; received_at; event", "inbox"),
    ("kept", "seq; received_at; event", "kept"),
    ("messages", "version; record", "messages"),
    ("handles", "version; handle", "handles"),
    (
        "tickets",
        "t.id; version; coalesce(ticket, ''); coalesce(clocks, '')",
        "tickets",
    ),
    (
        "log",
        "position; (SELECT about FROM @.abouts a WHERE a.tenant = t.tenant AND a.digest = t.about_digest); \
      event",
        "log",
    ),
    ("notes", "note", "notes"),
    (
        "evidence",
        "row_number() OVER (ORDER BY seq) - 1; #handle_digest; evidence",
        "evidence",
    ),
    ("links", "version; link", "links"),
    (
        "outbox",
        "row_number() OVER (ORDER BY seq) - 1; version; effect",
        "outbox",
    ),
    ("attempts", "effect; number; attempt", "attempts"),
    ("customers", "customer", "customers"),
    ("cursors", "#source_digest; cursor", "cursors"),
    ("pauses", "pause", "pauses"),
    ("documents", "version; body", "documents"),
    ("audit", "seq; entry", "audit"),
];

impl PostgresStore {
    /// Copies everything that `source` holds into this store, which has to be empty, in one transaction:
    /// all of it or, whatever happens, nothing. Versions, numbers of the inbox and positions of the log
    /// stay what they are; what was claimed can be claimed anew. Desks that use the store meanwhile wait.
    ///
    /// Before it ends every row is read back, and count and sum of each kind are compared with those of
    /// the source, which are returned. `progress` is called after each page.
    ///
    /// # Errors
    ///
    /// Invalid when this store holds something; corrupt when what was written is not what was read;
    /// else as the source or the database says.
    pub async fn copy_from(
        &self,
        mut source: impl Source,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Sums, Error> {
        let shared = &self.0;
        let counting = tokio::task::spawn_blocking(move || (source.counts(), source));
        let (counts, mut source) = counting.await.map_err(ended)?;
        let counts = counts?;
        let all = counts.values().sum();
        let (give, mut pages) = mpsc::channel::<Page>(AHEAD);
        let reading = tokio::task::spawn_blocking(move || {
            source.read(&mut |page| give.blocking_send(page).is_ok())
        });
        let mut client = shared
            .client()
            .await
            .map_err(|failed| failed.during(WHAT))?;
        let work = async {
            let transaction = client.transaction().await?;
            let mut writer = Writer::begin(shared, &transaction).await?;
            let mut done = 0;
            while let Some(page) = pages.recv().await {
                let (kind, count) = (page.kind, page.count);
                writer.write(page).await?;
                done += count;
                progress(Progress::new(kind, done, all));
            }
            let sums = reading.await.map_err(ended)??;
            compare(&counts, &sums, &writer.read_back().await?)?;
            writer.go_on_after().await?;
            transaction.commit().await?;
            Ok::<_, Failed>(sums)
        };
        let sums = work.await.map_err(|failed| failed.during(WHAT))?;
        let analyze = format!("ANALYZE {}", tables(shared).await?.join(", "));
        // Nothing is wrong without it, only slow until the server does it by itself.
        let _ = client.batch_execute(&analyze).await;
        shared.ear.committed();
        Ok(sums)
    }
}

fn ended(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Other, WHAT).with_source(error)
}

/// The tables of the schema but for the one that says its form.
async fn tables(shared: &Shared) -> Result<Vec<String>, Error> {
    let sql = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE schemaname = $1 AND tablename <> 'form' ORDER BY tablename";
    let schema = shared.schema();
    let rows = shared.query(sql, &[&schema]).await;
    let rows = rows.map_err(|failed| failed.during(WHAT))?;
    let names = rows.iter().map(|row| row.try_get(0));
    let names: Result<_, tokio_postgres::Error> = names.collect();
    names.map_err(|error| Failed::from(error).during(WHAT))
}

/// What was written, what was read, and what the source says it has: the same, kind by kind.
fn compare(counts: &BTreeMap<&str, u64>, read: &Sums, written: &Sums) -> Result<(), Error> {
    for (kind, ..) in READ_BACK {
        let of = |sums: &Sums| sums.get(kind).copied().unwrap_or_default();
        let count = counts.get(kind).copied().unwrap_or_default();
        if of(read).rows != count || of(read) != of(written) {
            let [read, written] = [of(read).rows, of(written).rows];
            let error = Error::new(ErrorKind::Corrupt, WHAT);
            return Err(error.with_detail(format_args!(
                "{kind}: {count} rows are there, {read} were read, {written} written, \
                 and not all are the same"
            )));
        }
    }
    Ok(())
}

struct Writer<'a> {
    shared: &'a Shared,
    transaction: &'a Transaction<'a>,
    tenants: HashMap<TenantId, i32>,
    last_inbox: u64,
}

impl<'a> Writer<'a> {
    async fn begin(shared: &'a Shared, transaction: &'a Transaction<'a>) -> Result<Self, Failed> {
        // Whoever writes for a tenant that is not here yet has to wait, and none is here.
        let lock = shared.sql("LOCK TABLE @.tenants IN EXCLUSIVE MODE");
        transaction.batch_execute(&lock).await?;
        for table in tables(shared).await? {
            let sql = format!("SELECT EXISTS (SELECT FROM {table})");
            if transaction.query_one(&sql, &[]).await?.try_get(0)? {
                let error = Error::new(ErrorKind::Invalid, WHAT);
                return Err(error
                    .with_detail(format_args!(
                        "{table} holds rows; copy into an empty schema"
                    ))
                    .into());
            }
        }
        Ok(Self {
            shared,
            transaction,
            tenants: HashMap::new(),
            last_inbox: 0,
        })
    }

    async fn tenant(&mut self, id: &TenantId) -> Result<i32, Failed> {
        if let Some(known) = self.tenants.get(id) {
            return Ok(*known);
        }
        let sql = self
            .shared
            .sql("INSERT INTO @.tenants (name) VALUES ($1) RETURNING id");
        let row = self.transaction.query_one(&sql, &[&id.as_str()]).await?;
        let number = row.try_get(0)?;
        self.tenants.insert(id.clone(), number);
        Ok(number)
    }

    async fn run(&self, sql: &str, tenant: i32, rest: Vec<Value>) -> Result<u64, Failed> {
        let mut all = values![tenant];
        all.extend(rest);
        let statement = self
            .transaction
            .prepare_cached(&self.shared.sql(sql))
            .await?;
        let wrote = self
            .transaction
            .execute(&statement, &borrowed(&all))
            .await?;
        Ok(wrote)
    }

    async fn write(&mut self, page: Page) -> Result<(), Failed> {
        if let Rows::LastInbox(last) = page.rows {
            self.last_inbox = last;
            return Ok(());
        }
        let tenant = self.tenant(&page.tenant).await?;
        match page.rows {
            Rows::Deliveries(rows) => {
                let of = |row: &aspa_store::RawDelivery| digest(&[&row.webhook, row.id.as_str()]);
                let webhooks = rows.iter().map(|row| encode(&row.webhook.to_string()));
                let values = values![
                    rows.iter().map(of).collect::<Vec<_>>(),
                    webhooks.collect::<Result<Vec<_>, _>>()?,
                    rows.iter()
                        .map(|row| row.id.to_string())
                        .collect::<Vec<_>>(),
                    rows.iter()
                        .map(|row| time_text(row.received_at))
                        .collect::<Vec<_>>(),
                    rows.into_iter().map(|row| row.body).collect::<Vec<_>>(),
                ];
                let sql = "INSERT INTO @.deliveries (tenant, digest, webhook, id, received_at, body)
                    SELECT $1, * FROM unnest($2::bytea[], $3::text[], $4::text[], $5::text[], $6::bytea[])";
                self.run(sql, tenant, values).await?;
            }
            Rows::Seen(rows) => {
                let (accounts, keys): (Vec<_>, Vec<_>) = rows
                    .into_iter()
                    .map(|(account, key)| (account.to_string(), key))
                    .unzip();
                let sql = "INSERT INTO @.seen (tenant, account, event)
                    SELECT $1, * FROM unnest($2::text[], $3::bytea[])";
                self.run(sql, tenant, values![accounts, keys]).await?;
            }
            Rows::Inbox(rows) => {
                let sql =
                    "INSERT INTO @.inbox (tenant, seq, received_at, event) OVERRIDING SYSTEM VALUE
                    SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[])";
                self.run(sql, tenant, events(rows)).await?;
            }
            Rows::Kept(rows) => {
                let sql = "INSERT INTO @.kept (tenant, seq, received_at, event)
                    SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[])";
                self.run(sql, tenant, events(rows)).await?;
            }
            Rows::Log(rows) => {
                let (abouts, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
                let digests: Vec<_> = abouts.iter().map(about_digest).collect();
                let keys = abouts.iter().map(encode).collect::<Result<Vec<_>, _>>()?;
                // The ticket may be gone.
                let sql = "INSERT INTO @.abouts (tenant, digest, about)
                    SELECT $1, * FROM unnest($2::bytea[], $3::text[]) ON CONFLICT DO NOTHING";
                self.run(sql, tenant, values![digests.clone(), keys])
                    .await?;
                let positions: Vec<i64> = rows.iter().map(|row| number(row.seq)).collect();
                let jsons: Vec<String> = rows.into_iter().map(|row| row.json).collect();
                let sql = "INSERT INTO @.log (tenant, position, about_digest, event)
                    SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::text[])";
                self.run(sql, tenant, values![positions, digests, jsons])
                    .await?;
            }
            Rows::Removed(rows) => {
                let ids: Vec<String> = rows.iter().map(|row| row.value.to_string()).collect();
                let versions: Vec<i64> = rows.iter().map(|row| number(row.version)).collect();
                let sql = "INSERT INTO @.tickets (tenant, id, version)
                    SELECT $1, * FROM unnest($2::text[], $3::bigint[])";
                self.run(sql, tenant, values![ids, versions]).await?;
            }
            Rows::Documents(rows) => {
                let names = |name: fn(&Document) -> &str| {
                    let names = rows.iter().map(|row| name(&row.value).to_owned());
                    names.collect::<Vec<_>>()
                };
                let bodies = rows.iter().map(|row| encode(&row.value));
                let values = values![
                    names(|document| &document.kind),
                    names(|document| &document.key),
                    rows.iter()
                        .map(|row| number(row.version))
                        .collect::<Vec<_>>(),
                    bodies.collect::<Result<Vec<_>, _>>()?,
                ];
                let sql = "INSERT INTO @.documents (tenant, kind, key, version, body)
                    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[])";
                self.run(sql, tenant, values).await?;
            }
            Rows::Audit(rows) => {
                let of = |row: &Audited| {
                    let by = row.entry.by.as_ref().map(|by| word(by.as_str()));
                    (by, row.entry.subject.as_deref().map(word))
                };
                let (agents, subjects): (Vec<_>, Vec<_>) = rows.iter().map(of).unzip();
                let entries = rows.iter().map(|row| encode(&row.entry));
                let values = values![
                    rows.iter().map(|row| number(row.seq)).collect::<Vec<_>>(),
                    rows.iter()
                        .map(|row| nanos(row.entry.at))
                        .collect::<Vec<_>>(),
                    agents,
                    subjects,
                    entries.collect::<Result<Vec<_>, _>>()?,
                ];
                let sql = "INSERT INTO @.audit (tenant, seq, at, agent, subject, entry) OVERRIDING SYSTEM VALUE
                    SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])";
                self.run(sql, tenant, values).await?;
            }
            Rows::Written(changes) => {
                for step in copied(tenant, *changes, &self.shared.names)? {
                    let statement = self.shared.sql(step.sql);
                    let statement = self.transaction.prepare_cached(&statement).await?;
                    let values = borrowed(&step.values);
                    let wrote = self.transaction.execute(&statement, &values).await?;
                    if let Some((rows, what)) = step.writes
                        && rows != wrote
                    {
                        return Err(Failed::Conflict(what));
                    }
                }
            }
            _ => {
                let error = Error::new(ErrorKind::Newer, WHAT);
                return Err(error.with_detail(page.kind).into());
            }
        }
        Ok(())
    }

    /// The sums of what is here now, read from the tables.
    async fn read_back(&self) -> Result<Sums, Failed> {
        let mut sums = Sums::new();
        for (kind, columns, table) in READ_BACK {
            let columns = columns
                .split("; ")
                .map(|column| match column.strip_prefix('#') {
                    Some(bytes) => bytes.to_owned(),
                    None => format!("convert_to(({column})::text, 'UTF8')"),
                });
            let columns: Vec<String> = columns.collect();
            let sql = format!(
                "DECLARE rows NO SCROLL CURSOR FOR
                 SELECT convert_to(tenants.name, 'UTF8'), {} FROM @.{table} t
                 JOIN @.tenants ON tenants.id = t.tenant",
                columns.join(", ")
            );
            self.transaction
                .batch_execute(&self.shared.sql(&sql))
                .await?;
            let sum: &mut Sum = sums.entry(kind).or_default();
            loop {
                let rows = self.transaction.query("FETCH 2000 FROM rows", &[]).await?;
                for row in &rows {
                    let fields = (0..row.len()).map(|column| row.try_get(column));
                    let fields: Vec<&[u8]> = fields.collect::<Result<_, _>>()?;
                    sum.add(&fields);
                }
                if rows.is_empty() {
                    break;
                }
            }
            self.transaction.batch_execute("CLOSE rows").await?;
        }
        Ok(sums)
    }

    /// Numbers that are given from now on come after those that were given there.
    async fn go_on_after(&self) -> Result<(), Failed> {
        let schema = self.shared.schema();
        if self.last_inbox > 0 {
            let table = format!("{schema}.inbox");
            let sql = "SELECT setval(pg_get_serial_sequence($1, 'seq'), $2)";
            let last = number(self.last_inbox);
            self.transaction.query_one(sql, &[&table, &last]).await?;
        }
        let sql = "SELECT setval(pg_get_serial_sequence($1, 'seq'), max(seq)) FROM @.audit HAVING count(*) > 0";
        let table = format!("{schema}.audit");
        self.transaction
            .query(&self.shared.sql(sql), &[&table])
            .await?;
        let sql = "SELECT setval('@.log_position', greatest(1, (SELECT max(position) FROM @.log)))";
        self.transaction
            .query_one(&self.shared.sql(sql), &[])
            .await?;
        Ok(())
    }
}

fn events(rows: Vec<StoredEvent>) -> Vec<Value> {
    let seqs: Vec<i64> = rows.iter().map(|row| number(row.seq)).collect();
    let (mut times, mut jsons) = (Vec::new(), Vec::new());
    for row in rows {
        times.push(row.received_at);
        jsons.push(row.json);
    }
    values![seqs, times, jsons]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back() {
        let kinds: Vec<&str> = READ_BACK.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(kinds, aspa_store::copy::COPIED);
    }

    #[test]
    fn a_row_too_few_or_another_is_found() {
        let sums = |rows: &[&[u8]]| {
            let mut sum = Sum::default();
            rows.iter().for_each(|row| sum.add(&[row]));
            Sums::from([("notes", sum)])
        };
        let two = sums(&[b"a", b"b"]);
        let counts = |rows| BTreeMap::from([("notes", rows)]);
        assert!(compare(&counts(2), &two, &sums(&[b"b", b"a"])).is_ok());
        for (rows, written) in [
            (3, sums(&[b"a", b"b"])),
            (2, sums(&[b"a"])),
            (2, sums(&[b"a", b"c"])),
        ] {
            let error = compare(&counts(rows), &two, &written).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
        }
    }
}
