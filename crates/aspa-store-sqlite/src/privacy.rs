//! What goes for good, what is told anew, documents and the audit log.

use std::sync::Arc;

use aspa_channel::Handle;
use aspa_store::{
    AuditQuery, Audited, Changes, Document, Error, ErrorKind, InboxEntry, Note, PrivacyStore,
    Purge, RawDelivery, Versioned,
};
use aspa_ticket::{NoteId, TicketKey};
use aspa_types::{DeliveryId, HandleKey};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::claim::{EntryRow, limit};
use crate::database::Database;
use crate::fault::During;
use crate::json::{decode, encode, nanos, time};
use crate::list::column;
use crate::search;
use crate::store::{SqliteTenant, entry};
use crate::write::{self, number, written};

const COMMIT: &str = "commit";
const SCRUB: &str = "scrub";

/// The part of a batch that is about privacy.
#[derive(Debug, Default)]
pub(crate) struct PrivacyRows {
    dropped: Vec<Purge>,
    rewritten: Vec<(TicketKey, TicketKey, Vec<String>)>,
    documents: Vec<DocumentRow>,
    audit: Vec<AuditRow>,
}

#[derive(Debug)]
struct AuditRow {
    at: i64,
    by: Option<String>,
    subject: Option<Arc<str>>,
    json: String,
}

#[derive(Debug)]
struct DocumentRow {
    kind: Arc<str>,
    key: Arc<str>,
    version: i64,
    body: String,
}

impl PrivacyRows {
    pub(crate) fn new(changes: &mut Changes) -> Result<Self, Error> {
        if !changes.is_valid() {
            return Err(Error::new(ErrorKind::Invalid, COMMIT));
        }
        let mut rows = Self {
            dropped: std::mem::take(&mut changes.purged),
            ..Self::default()
        };
        for row in std::mem::take(&mut changes.rewritten) {
            let history = row.history.iter().map(encode).collect::<Result<_, _>>()?;
            rows.rewritten.push((row.about, row.becomes, history));
        }
        for row in std::mem::take(&mut changes.documents) {
            let body = encode(&row.value)?;
            rows.documents.push(DocumentRow {
                body,
                kind: row.value.kind,
                key: row.value.key,
                version: number(row.version),
            });
        }
        for entry in std::mem::take(&mut changes.audit) {
            let (at, json) = (nanos(entry.at), encode(&entry)?);
            let by = entry.by.map(|by| by.to_string());
            let subject = entry.subject;
            rows.audit.push(AuditRow {
                at,
                by,
                subject,
                json,
            });
        }
        Ok(rows)
    }

    /// Takes away what goes.
    pub(crate) fn drop_rows(&self, tx: &Transaction<'_>, tenant: i64) -> Result<(), Error> {
        for dropped in &self.dropped {
            take_away(tx, tenant, dropped)?;
        }
        Ok(())
    }

    /// Writes the rest, after tickets.
    pub(crate) fn write(&self, tx: &Transaction<'_>, tenant: i64) -> Result<(), Error> {
        for (about, becomes, history) in &self.rewritten {
            rewrite(tx, tenant, about, becomes, history)?;
        }
        for row in &self.documents {
            let sql = if row.version == 0 {
                "INSERT INTO documents (tenant, kind, key, version, body) VALUES (?1, ?2, ?3, ?4 + 1, ?5)
                 ON CONFLICT DO NOTHING"
            } else {
                "UPDATE documents SET version = version + 1, body = ?5
                 WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND version = ?4"
            };
            let values = params![tenant, row.kind, row.key, row.version, row.body];
            let rows = tx
                .prepare_cached(sql)
                .and_then(|mut sql| sql.execute(values));
            written(
                rows.during(COMMIT)?,
                format_args!("{} {}", row.kind, row.key),
            )?;
        }
        for row in &self.audit {
            tx.prepare_cached(
                "INSERT INTO audit (tenant, at, agent, subject, entry) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut sql| sql.execute(params![tenant, row.at, row.by, row.subject, row.json]))
            .during(COMMIT)?;
        }
        Ok(())
    }
}

/// A version of 0 asks for nothing; any other has to be the stored one.
fn take_away(tx: &Transaction<'_>, tenant: i64, dropped: &Purge) -> Result<(), Error> {
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        let mut statement = tx.prepare_cached(sql).during(COMMIT)?;
        statement.execute(values).during(COMMIT)
    };
    let versioned = |rows: Result<usize, Error>, version: u64, name: String| match version {
        0 => rows.map(drop),
        _ => written(rows?, name),
    };
    match dropped {
        Purge::Message(row) => {
            let (key, version) = (&row.value, number(row.version));
            search::forget_message(tx, tenant, key).during(COMMIT)?;
            let values: [&dyn rusqlite::ToSql; 5] =
                [&tenant, &key.account.as_str(), &key.id, &key.part, &version];
            let sql =
                "DELETE FROM messages WHERE tenant = ?1 AND account = ?2 AND id = ?3 AND part = ?4
                       AND (?5 = 0 OR version = ?5)";
            versioned(run(sql, &values), row.version, key.to_string())
        }
        Purge::Handle(row) => {
            let key = row.value.to_string();
            let sql =
                "DELETE FROM handles WHERE tenant = ?1 AND key = ?2 AND (?3 = 0 OR version = ?3)";
            let rows = run(sql, &[&tenant, &key, &number(row.version)]);
            versioned(rows, row.version, key)
        }
        Purge::Link(row) => {
            let key = row.value.to_string();
            let sql =
                "DELETE FROM links WHERE tenant = ?1 AND handle = ?2 AND (?3 = 0 OR version = ?3)";
            let rows = run(sql, &[&tenant, &key, &number(row.version)]);
            versioned(rows, row.version, key)
        }
        Purge::Document(row) => {
            let (kind, key) = &row.value;
            let sql = "DELETE FROM documents
                       WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND (?4 = 0 OR version = ?4)";
            let rows = run(sql, &[&tenant, kind, key, &number(row.version)]);
            versioned(rows, row.version, key.to_string())
        }
        Purge::Note(id) => {
            search::forget_note(tx, tenant, id).during(COMMIT)?;
            let sql = "DELETE FROM notes WHERE tenant = ?1 AND id = ?2";
            run(sql, &[&tenant, id]).map(drop)
        }
        Purge::DeliveryBody(webhook, id) => {
            let sql =
                "UPDATE deliveries SET body = x'' WHERE tenant = ?1 AND webhook = ?2 AND id = ?3";
            run(sql, &[&tenant, webhook, &id.as_str()]).map(drop)
        }
        Purge::Delivery(webhook, id) => {
            let sql = "DELETE FROM deliveries WHERE tenant = ?1 AND webhook = ?2 AND id = ?3";
            run(sql, &[&tenant, webhook, &id.as_str()]).map(drop)
        }
        Purge::Audit(seq) => {
            let sql = "DELETE FROM audit WHERE tenant = ?1 AND seq = ?2";
            run(sql, &[&tenant, &number(*seq)]).map(drop)
        }
        _ => Err(Error::new(ErrorKind::Invalid, COMMIT)),
    }
}

/// Puts each entry of a history anew where it stands. What the old key was about goes with its last
/// ticket.
fn rewrite(
    tx: &Transaction<'_>,
    tenant: i64,
    about: &TicketKey,
    becomes: &TicketKey,
    history: &[String],
) -> Result<(), Error> {
    let old = write::find_about(tx, tenant, about).during(COMMIT)?;
    let positions: Vec<i64> = tx
        .prepare_cached("SELECT position FROM log WHERE about = ?1 ORDER BY position")
        .and_then(|mut sql| sql.query_map([old], |row| row.get(0))?.collect())
        .during(COMMIT)?;
    if positions.len() != history.len() {
        return Err(Error::conflict(about));
    }
    let new = write::find_about(tx, tenant, becomes).during(COMMIT)?;
    let mut update = tx
        .prepare_cached("UPDATE log SET about = ?1, event = ?2 WHERE position = ?3")
        .during(COMMIT)?;
    for (position, event) in positions.iter().zip(history) {
        update
            .execute(params![new, event, position])
            .during(COMMIT)?;
    }
    if old != new {
        tx.prepare_cached(
            "DELETE FROM abouts WHERE id = ?1
             AND NOT EXISTS (SELECT 1 FROM tickets WHERE tickets.about = ?1)",
        )
        .and_then(|mut sql| sql.execute([old]))
        .during(COMMIT)?;
    }
    Ok(())
}

impl Database {
    /// Fills the free pages with zeros, and empties the log that lies beside the file.
    fn scrub(&mut self) -> Result<(), Error> {
        self.write(SCRUB, |tx| overwrite_free_pages(tx).during(SCRUB))?;
        let busy = self.checkpoint().during(SCRUB)?;
        if busy {
            let error = Error::new(ErrorKind::Unavailable, SCRUB);
            return Err(error.with_detail("somebody else reads the file"));
        }
        Ok(())
    }
}

/// Takes every free page, with zeros in it, and gives them back.
fn overwrite_free_pages(connection: &Connection) -> Result<(), rusqlite::Error> {
    let ask = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    if ask("PRAGMA freelist_count")? == 0 {
        return Ok(());
    }
    let page = ask("PRAGMA page_size")?;
    connection.execute_batch("CREATE TABLE scrubbed (zeros BLOB) STRICT")?;
    let mut fill = connection.prepare("INSERT INTO scrubbed VALUES (zeroblob(?1))")?;
    loop {
        let free = ask("PRAGMA freelist_count")?;
        if free == 0 {
            break;
        }
        // A blob of so many pages takes a little more than them.
        fill.execute([free.min(10_000) * (page - 8)])?;
    }
    drop(fill);
    // The last page of a blob is filled in part: so each is overwritten as it is given back.
    let dropped = connection.execute_batch("PRAGMA secure_delete = ON; DROP TABLE scrubbed");
    connection.execute_batch("PRAGMA secure_delete = FAST")?;
    dropped
}

fn document(kind: &str, (version, json): &(u64, String)) -> Result<Versioned<Document>, Error> {
    Ok(Versioned {
        value: decode("document", kind, json)?,
        version: *version,
    })
}

#[async_trait]
impl PrivacyStore for SqliteTenant {
    async fn document(&self, kind: &str, key: &str) -> Result<Option<Versioned<Document>>, Error> {
        let asked = (kind.to_owned(), key.to_owned());
        let read = move |c: &Connection, tenant| {
            let sql =
                "SELECT version, body FROM documents WHERE tenant = ?1 AND kind = ?2 AND key = ?3";
            c.prepare_cached(sql)?
                .query_row(params![tenant, asked.0, asked.1], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
        };
        let row: Option<(u64, String)> = self.read("document", read).await?;
        row.map(|row| document(kind, &row)).transpose()
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        count: usize,
    ) -> Result<Vec<Versioned<Document>>, Error> {
        let (of, after) = (kind.to_owned(), after.unwrap_or_default().to_owned());
        let read = move |c: &Connection, tenant| {
            let sql = "SELECT version, body FROM documents
                       WHERE tenant = ?1 AND kind = ?2 AND key > ?3 ORDER BY key LIMIT ?4";
            c.prepare_cached(sql)?
                .query_map(params![tenant, of, after, limit(count)], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<Result<Vec<(u64, String)>, _>>()
        };
        let rows = self.read("documents", read).await?;
        rows.iter().map(|row| document(kind, row)).collect()
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<Audited>, Error> {
        let asked = query.clone();
        let read = move |c: &Connection, tenant| {
            let condition = |given: bool, sql| if given { sql } else { "" };
            let sql = format!(
                "SELECT seq, entry FROM audit WHERE tenant = ?1 AND seq > ?2 {}{}{}{} ORDER BY seq LIMIT ?7",
                condition(asked.subject.is_some(), "AND subject = ?3 "),
                condition(asked.by.is_some(), "AND agent = ?4 "),
                condition(asked.from.is_some(), "AND at >= ?5 "),
                condition(asked.until.is_some(), "AND at < ?6 "),
            );
            let values = params![
                tenant,
                number(asked.after),
                asked.subject,
                asked.by.as_ref().map(|by| by.as_str()),
                asked.from.map(nanos),
                asked.until.map(nanos),
                limit(asked.limit())
            ];
            c.prepare_cached(&sql)?
                .query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<Vec<(u64, String)>, _>>()
        };
        let rows = self.read("audit", read).await?.into_iter();
        rows.map(|(seq, json)| {
            let entry = decode("audit", format_args!("audit {seq}"), &json)?;
            Ok(Audited::new(seq, entry))
        })
        .collect()
    }

    async fn all_deliveries(
        &self,
        after: Option<&(Arc<str>, DeliveryId)>,
        count: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        const WHAT: &str = "deliveries";
        type Row = (Arc<str>, String, String, Vec<u8>);
        let from = after.map(|(webhook, id)| (webhook.to_string(), id.to_string()));
        let read = move |c: &Connection, tenant| {
            let all = from.is_none();
            let (webhook, id) = from.unwrap_or_default();
            let sql = "SELECT webhook, id, received_at, body FROM deliveries
                       WHERE tenant = ?1 AND (?2 OR (webhook, id) > (?3, ?4))
                       ORDER BY webhook, id LIMIT ?5";
            c.prepare_cached(sql)?
                .query_map(params![tenant, all, webhook, id, limit(count)], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?
                .collect::<Result<Vec<Row>, _>>()
        };
        let rows = self.read(WHAT, read).await?.into_iter();
        rows.map(|(webhook, id, at, body)| {
            let at = time(WHAT, "delivery", &at)?;
            let bad = |error| {
                let corrupt = Error::new(ErrorKind::Corrupt, WHAT);
                corrupt.with_detail("delivery").with_source(error)
            };
            let id = DeliveryId::new(id).map_err(bad)?;
            Ok(RawDelivery::new(webhook, id, at, body))
        })
        .collect()
    }

    async fn waiting(&self, after: u64, count: usize) -> Result<Vec<InboxEntry>, Error> {
        const WHAT: &str = "waiting";
        let name = self.id().to_string();
        let read = move |c: &Connection, tenant| {
            let sql = "SELECT seq, received_at, event FROM inbox
                       WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
            c.prepare_cached(sql)?
                .query_map([tenant, number(after), limit(count)], |row| {
                    let tenant = name.clone();
                    let (seq, received_at, event) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    Ok(EntryRow {
                        tenant,
                        seq,
                        received_at,
                        event,
                    })
                })?
                .collect::<Result<Vec<_>, _>>()
        };
        let rows = self.read(WHAT, read).await?;
        rows.iter().map(|row| entry(WHAT, row)).collect()
    }

    async fn handles(
        &self,
        after: Option<&HandleKey>,
        count: usize,
    ) -> Result<Vec<Versioned<Handle>>, Error> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        let read = move |c: &Connection, tenant| {
            let sql = "SELECT version, handle FROM handles WHERE tenant = ?1 AND key > ?2
                       ORDER BY key LIMIT ?3";
            c.prepare_cached(sql)?
                .query_map(params![tenant, after, limit(count)], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<Result<Vec<(u64, String)>, _>>()
        };
        let rows = self.read("handles", read).await?.into_iter();
        rows.map(|(version, json)| {
            let value = decode("handles", "handle", &json)?;
            Ok(Versioned { value, version })
        })
        .collect()
    }

    async fn notes(&self, after: Option<&NoteId>, count: usize) -> Result<Vec<Note>, Error> {
        let (all, after) = (after.is_none(), after.cloned().unwrap_or_default());
        let read = move |c: &Connection, tenant| {
            let sql =
                "SELECT note FROM notes WHERE tenant = ?1 AND (?2 OR id > ?3) ORDER BY id LIMIT ?4";
            column(c, sql, params![tenant, all, after, limit(count)])
        };
        let rows = self.read("notes", read).await?;
        rows.iter()
            .map(|json| decode("notes", "note", json))
            .collect()
    }

    /// Fills the file's free pages with zeros and empties the `-wal` file. What was deleted from pages
    /// in use has been overwritten when it was deleted (`PRAGMA secure_delete`).
    async fn scrub(&self) -> Result<(), Error> {
        self.run(SCRUB, Database::scrub).await
    }
}
