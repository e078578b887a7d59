//! What goes for good, what is told anew, documents and the audit log.

use std::sync::Arc;

use aspa_channel::Handle;
use aspa_store::{
    AuditEntry, AuditQuery, Audited, Document, Error, ErrorKind, InboxEntry, Note, PrivacyStore,
    Purge, RawDelivery, Rewritten, Versioned,
};
use aspa_ticket::NoteId;
use aspa_types::{DeliveryId, HandleKey};
use async_trait::async_trait;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::claim::entry;
use crate::json::{decode, digest, encode, limit, nanos, number, time, word};
use crate::search::note_digest;
use crate::tenant::{PostgresTenant, cell, versioned};
use crate::write::{Step, Steps, about_digest, handle_digest, message_digest, values};

impl Steps {
    /// A version of 0 asks for nothing; any other has to be the stored one.
    pub(crate) fn purged(&mut self, purged: Vec<Purge>) -> Result<(), Error> {
        for purge in purged {
            match purge {
                Purge::Message(row) => {
                    let (key, version) = (row.value, number(row.version));
                    self.forget(message_digest(&key));
                    let (account, id) = (key.account.to_string(), key.id.to_string());
                    self.gone(
                        "DELETE FROM @.messages WHERE tenant = $1 AND account = $2 AND id = $3
                             AND part = $4 AND ($5::bigint = 0 OR version = $5::bigint)",
                        "messages",
                        version,
                        values![account, id, i32::from(key.part), version],
                    );
                }
                Purge::Handle(row) => {
                    let version = number(row.version);
                    self.gone(
                        "DELETE FROM @.handles
                         WHERE tenant = $1 AND key_digest = $2 AND ($3::bigint = 0 OR version = $3::bigint)",
                        "handles",
                        version,
                        values![handle_digest(&row.value), version],
                    );
                }
                Purge::Link(row) => {
                    let version = number(row.version);
                    self.gone(
                        "DELETE FROM @.links
                         WHERE tenant = $1 AND handle_digest = $2 AND ($3::bigint = 0 OR version = $3::bigint)",
                        "links",
                        version,
                        values![handle_digest(&row.value), version],
                    );
                }
                Purge::Document(row) => {
                    let ((kind, key), version) = (row.value, number(row.version));
                    self.gone(
                        "DELETE FROM @.documents
                         WHERE tenant = $1 AND kind = $2 AND key = $3 AND ($4::bigint = 0 OR version = $4::bigint)",
                        "documents",
                        version,
                        values![kind.to_string(), key.to_string(), version],
                    );
                }
                Purge::Note(id) => {
                    self.forget(note_digest(&id));
                    self.any(
                        "DELETE FROM @.notes WHERE tenant = $1 AND id_digest = $2",
                        1,
                        values![digest(&[&id])],
                    );
                }
                Purge::DeliveryBody(webhook, id) => self.any(
                    "UPDATE @.deliveries SET body = '' WHERE tenant = $1 AND digest = $2",
                    1,
                    values![digest(&[&webhook, id.as_str()])],
                ),
                Purge::Delivery(webhook, id) => self.any(
                    "DELETE FROM @.deliveries WHERE tenant = $1 AND digest = $2",
                    1,
                    values![digest(&[&webhook, id.as_str()])],
                ),
                Purge::Audit(seq) => self.any(
                    "DELETE FROM @.audit WHERE tenant = $1 AND seq = $2",
                    1,
                    values![number(seq)],
                ),
                _ => return Err(Error::new(ErrorKind::Invalid, "commit")),
            }
        }
        Ok(())
    }

    /// Takes a message or note out of the search.
    fn forget(&mut self, source: Vec<u8>) {
        self.any(
            "DELETE FROM @.texts WHERE tenant = $1 AND source = $2",
            1,
            values![source],
        );
    }

    fn gone(
        &mut self,
        sql: &'static str,
        what: &'static str,
        version: i64,
        values: Vec<crate::write::Value>,
    ) {
        if version == 0 {
            self.any(sql, 1, values);
        } else {
            self.each(sql, 1, what, values);
        }
    }

    /// Puts each entry of a history anew where it stands. What the old key was about goes with its last
    /// ticket.
    pub(crate) fn rewritten(&mut self, rewritten: Vec<Rewritten>) -> Result<(), Error> {
        let mut left = Vec::new();
        for row in rewritten {
            let (old, new) = (about_digest(&row.about), about_digest(&row.becomes));
            let events = row.history.iter().map(encode);
            let events = events.collect::<Result<Vec<String>, _>>()?;
            let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
            self.each(
                "SELECT 1 WHERE $3 = (SELECT count(*) FROM @.log WHERE tenant = $1 AND about_digest = $2)",
                1,
                "log",
                values![old.clone(), count],
            );
            self.each(
                "UPDATE @.log AS l SET about_digest = $3, event = n.event
                 FROM (SELECT position, row_number() OVER (ORDER BY position) AS place FROM @.log
                       WHERE tenant = $1 AND about_digest = $2) AS o
                 JOIN unnest($4::text[]) WITH ORDINALITY AS n (event, place) ON n.place = o.place
                 WHERE l.position = o.position",
                events.len(),
                "log",
                values![old.clone(), new.clone(), events],
            );
            if old != new {
                left.push(old);
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        // Whoever opens a ticket about the old key at this moment, or has just done so, relies on its
        // row: all of them are waited for, and then it is looked whether one is there.
        self.steps.push(Step {
            sql: "LOCK TABLE @.abouts IN SHARE ROW EXCLUSIVE MODE",
            values: Vec::new(),
            writes: None,
        });
        self.any(
            "DELETE FROM @.abouts AS a WHERE a.tenant = $1 AND a.digest = ANY($2)
             AND NOT EXISTS (SELECT 1 FROM @.tickets AS t WHERE t.tenant = $1
                 AND t.about_digest = a.digest AND t.ticket IS NOT NULL)
             AND NOT EXISTS (SELECT 1 FROM @.log AS l WHERE l.tenant = $1 AND l.about_digest = a.digest)",
            left.len(),
            values![left],
        );
        Ok(())
    }

    pub(crate) fn documents(&mut self, rows: Vec<Versioned<Document>>) -> Result<(), Error> {
        for row in rows {
            let (value, version) = (row.value, number(row.version));
            let body = encode(&value)?;
            let sql = if version == 0 {
                "INSERT INTO @.documents (tenant, kind, key, version, body)
                 VALUES ($1, $2, $3, $4::bigint + 1, $5) ON CONFLICT DO NOTHING"
            } else {
                "UPDATE @.documents SET version = version + 1, body = $5
                 WHERE tenant = $1 AND kind = $2 AND key = $3 AND version = $4"
            };
            let values = values![value.kind.to_string(), value.key.to_string(), version, body];
            self.each(sql, 1, "documents", values);
        }
        Ok(())
    }

    pub(crate) fn audit(&mut self, entries: Vec<AuditEntry>) -> Result<(), Error> {
        for entry in entries {
            let (at, json) = (nanos(entry.at), encode(&entry)?);
            let by = entry.by.map(|by| word(by.as_str()));
            let subject = entry.subject.as_deref().map(word);
            self.any(
                "INSERT INTO @.audit (tenant, at, agent, subject, entry) VALUES ($1, $2, $3, $4, $5)",
                1,
                values![at, by, subject, json],
            );
        }
        Ok(())
    }
}

fn delivery(operation: &'static str, row: &Row) -> Result<RawDelivery, Error> {
    let at = time(operation, "delivery", cell(operation, row, 2)?)?;
    let id = DeliveryId::new(cell::<String>(operation, row, 1)?).map_err(|error| {
        let corrupt = Error::new(ErrorKind::Corrupt, operation);
        corrupt.with_detail("delivery").with_source(error)
    })?;
    let webhook: String = decode(operation, "delivery", cell(operation, row, 0)?)?;
    Ok(RawDelivery::new(
        webhook.into(),
        id,
        at,
        cell(operation, row, 3)?,
    ))
}

#[async_trait]
impl PrivacyStore for PostgresTenant {
    async fn document(&self, kind: &str, key: &str) -> Result<Option<Versioned<Document>>, Error> {
        const WHAT: &str = "document";
        let sql = "SELECT version, body FROM @.documents
                   WHERE tenant = $1 AND kind = $2 AND key = $3";
        let rows = self.rows(WHAT, sql, &[&kind, &key]).await?;
        rows.first()
            .map(|row| versioned(WHAT, kind, row))
            .transpose()
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        count: usize,
    ) -> Result<Vec<Versioned<Document>>, Error> {
        const WHAT: &str = "documents";
        let sql = "SELECT version, body FROM @.documents
                   WHERE tenant = $1 AND kind = $2 AND key > $3 ORDER BY key LIMIT $4";
        let after = after.unwrap_or_default();
        let rows = self
            .rows(WHAT, sql, &[&kind, &after, &limit(count)])
            .await?;
        rows.iter().map(|row| versioned(WHAT, kind, row)).collect()
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<Audited>, Error> {
        const WHAT: &str = "audit";
        let mut sql = "SELECT seq, entry FROM @.audit WHERE tenant = $1 AND seq > $2".to_owned();
        let after = number(query.after);
        let subject = query.subject.as_deref().map(word);
        let by = query.by.as_ref().map(|by| word(by.as_str()));
        let (from, until) = (query.from.map(nanos), query.until.map(nanos));
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&after];
        let count = limit(query.limit());
        if let Some(subject) = &subject {
            values.push(subject);
            sql.push_str(&format!(" AND subject = ${}", values.len() + 1));
        }
        if let Some(by) = &by {
            values.push(by);
            sql.push_str(&format!(" AND agent = ${}", values.len() + 1));
        }
        if let Some(from) = &from {
            values.push(from);
            sql.push_str(&format!(" AND at >= ${}", values.len() + 1));
        }
        if let Some(until) = &until {
            values.push(until);
            sql.push_str(&format!(" AND at < ${}", values.len() + 1));
        }
        values.push(&count);
        sql.push_str(&format!(" ORDER BY seq LIMIT ${}", values.len() + 1));
        let rows = self.rows(WHAT, &sql, &values).await?;
        let audited = |row: &Row| {
            let seq: i64 = cell(WHAT, row, 0)?;
            let entry = decode(WHAT, format_args!("audit {seq}"), cell(WHAT, row, 1)?)?;
            Ok(Audited::new(u64::try_from(seq).unwrap_or_default(), entry))
        };
        rows.iter().map(audited).collect()
    }

    async fn all_deliveries(
        &self,
        after: Option<&(Arc<str>, DeliveryId)>,
        count: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        const WHAT: &str = "deliveries";
        let sql = "SELECT webhook, id, received_at, body FROM @.deliveries
                   WHERE tenant = $1 AND digest > $2 ORDER BY digest LIMIT $3";
        let after = after.map(|(webhook, id)| digest(&[webhook, id.as_str()]));
        let after = after.unwrap_or_default();
        let rows = self.rows(WHAT, sql, &[&after, &limit(count)]).await?;
        rows.iter().map(|row| delivery(WHAT, row)).collect()
    }

    async fn waiting(&self, after: u64, count: usize) -> Result<Vec<InboxEntry>, Error> {
        const WHAT: &str = "waiting";
        let sql = "SELECT seq, received_at, event FROM @.inbox
                   WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3";
        let values: [&(dyn ToSql + Sync); 2] = [&number(after), &limit(count)];
        let rows = self.rows(WHAT, sql, &values).await?;
        let waiting = |row: &Row| {
            let (seq, at, event) = (
                cell(WHAT, row, 0)?,
                cell(WHAT, row, 1)?,
                cell(WHAT, row, 2)?,
            );
            entry(WHAT, (self.id().to_string(), seq, at, event))
        };
        rows.iter().map(waiting).collect()
    }

    async fn handles(
        &self,
        after: Option<&HandleKey>,
        count: usize,
    ) -> Result<Vec<Versioned<Handle>>, Error> {
        const WHAT: &str = "handles";
        let sql = "SELECT version, handle FROM @.handles
                   WHERE tenant = $1 AND key_digest > $2 ORDER BY key_digest LIMIT $3";
        let after = after.map(handle_digest).unwrap_or_default();
        let rows = self.rows(WHAT, sql, &[&after, &limit(count)]).await?;
        rows.iter()
            .map(|row| versioned(WHAT, "handle", row))
            .collect()
    }

    async fn notes(&self, after: Option<&NoteId>, count: usize) -> Result<Vec<Note>, Error> {
        let sql = "SELECT note FROM @.notes
                   WHERE tenant = $1 AND id_digest > $2 ORDER BY id_digest LIMIT $3";
        let after = after.map(|id| digest(&[id])).unwrap_or_default();
        self.column("notes", "note", sql, &[&after, &limit(count)])
            .await
    }

    /// Does nothing: a server keeps what was deleted until it is vacuumed, and in its write-ahead log
    /// and backups for as long as these are kept.
    async fn scrub(&self) -> Result<(), Error> {
        Ok(())
    }
}
