use std::collections::HashMap;
use std::fmt::Display;

use aspa_store::{Arrived, Committed, Error};
use aspa_ticket::TicketKey;
use rusqlite::{OptionalExtension, ToSql, Transaction, params};

use crate::batch::{ArrivalRows, Batch, EffectRow, MessageRow, TicketRows};
use crate::fault::During;
use crate::lane;
use crate::search;
use crate::turn::Numbers;
use crate::watch;

pub(crate) const COMMIT: &str = "commit";

/// Writes a batch. Whatever fails, the caller rolls the transaction back.
pub(crate) fn apply(tx: &Transaction<'_>, tenant: i64, batch: &Batch) -> Result<Committed, Error> {
    let writer = Writer { tx, tenant };
    batch.privacy.drop_rows(tx, tenant)?;
    let abouts = writer.abouts(batch)?;
    // Versions first: what conflicts should cost little.
    writer.inbox(batch)?;
    writer.messages(&batch.messages)?;
    writer.versioned(
        "INSERT INTO handles (tenant, key, version, handle) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING",
        "UPDATE handles SET version = version + 1, handle = ?3 WHERE tenant = ?1 AND key = ?2 AND version = ?4",
        &batch.handles,
    )?;
    writer.remove(batch)?;
    writer.tickets(&batch.tickets, &abouts)?;
    writer.links(batch)?;
    writer.outbox(&batch.outbox)?;
    let arrivals = writer.arrivals(&batch.arrivals).during(COMMIT)?;
    writer.history(batch, &abouts).during(COMMIT)?;
    writer.unversioned(batch).during(COMMIT)?;
    if !(batch.resumed.is_empty() && batch.pauses.is_empty()) {
        lane::pause(tx, tenant).during(COMMIT)?;
    }
    batch.privacy.write(tx, tenant)?;
    Ok(Committed::new(arrivals))
}

/// A row of a table was written, or somebody else was there.
pub(crate) fn written(rows: usize, key: impl Display) -> Result<(), Error> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::conflict(key))
    }
}

struct Writer<'a> {
    tx: &'a Transaction<'a>,
    tenant: i64,
}

impl Writer<'_> {
    /// Takes processed entries out of the inbox, and puts those whose event is kept aside.
    fn inbox(&self, batch: &Batch) -> Result<(), Error> {
        watch::reopen(self.tx, self.tenant, &batch.reopened, &batch.dropped)?;
        let done = batch.processed.len() + batch.kept.len();
        if done == 0 {
            return Ok(());
        }
        let mut keep = self
            .tx
            .prepare_cached(
                "INSERT INTO kept (tenant, seq, received_at, event)
                 SELECT tenant, seq, received_at, event FROM inbox WHERE seq = ?1 AND tenant = ?2",
            )
            .during(COMMIT)?;
        for &seq in &batch.kept {
            let rows = keep
                .execute(params![number(seq), self.tenant])
                .during(COMMIT)?;
            written(rows, format_args!("inbox {seq}"))?;
        }
        let mut delete = self
            .tx
            .prepare_cached("DELETE FROM inbox WHERE seq = ?1 AND tenant = ?2")
            .during(COMMIT)?;
        for &seq in batch.processed.iter().chain(&batch.kept) {
            let rows = delete
                .execute(params![number(seq), self.tenant])
                .during(COMMIT)?;
            written(rows, format_args!("inbox {seq}"))?;
        }
        self.count_backlog(-number(done as u64)).during(COMMIT)
    }

    fn count_backlog(&self, more: i64) -> Result<(), rusqlite::Error> {
        self.tx
            .prepare_cached("UPDATE tenants SET backlog = backlog + ?2 WHERE id = ?1")?
            .execute([self.tenant, more])
            .map(drop)
    }

    fn messages(&self, rows: &[MessageRow]) -> Result<(), Error> {
        let mut insert = self
            .tx
            .prepare_cached(
                "INSERT INTO messages (tenant, account, id, part, version, thread, at, source, awaits, record)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            )
            .during(COMMIT)?;
        // A row is found first and then written by its number: a statement that writes and says which row
        // it was copies every page that it changes.
        let mut find = self
            .tx
            .prepare_cached(
                "SELECT number FROM messages
                 WHERE tenant = ?1 AND account = ?2 AND id = ?3 AND part = ?4 AND version = ?5",
            )
            .during(COMMIT)?;
        let mut update = self
            .tx
            .prepare_cached(
                "UPDATE messages SET version = version + 1, conversation = NULL, thread = ?2, at = ?3,
                     source = ?4, awaits = ?5, record = ?6
                 WHERE number = ?1",
            )
            .during(COMMIT)?;
        for row in rows {
            let (account, id, part) = (row.key.account.as_str(), &*row.key.id, row.key.part);
            let (at, source) = row.place.unzip();
            let rows = if row.version == 0 {
                insert.execute(params![
                    self.tenant,
                    account,
                    id,
                    part,
                    row.thread,
                    at,
                    source,
                    row.awaits,
                    row.json
                ])
            } else {
                let named = params![self.tenant, account, id, part, row.version];
                let number = find.query_row(named, |found| found.get(0)).optional();
                let Some(number) = number.during(COMMIT)? else {
                    return Err(Error::conflict(&row.key));
                };
                let said = search::message_source(number);
                search::changed(self.tx, said, row.said).during(COMMIT)?;
                update.execute(params![
                    number, row.thread, at, source, row.awaits, row.json
                ])
            };
            written(rows.during(COMMIT)?, &row.key)?;
        }
        Ok(())
    }

    /// Rows of a key, a version and JSON.
    fn versioned(
        &self,
        insert: &str,
        update: &str,
        rows: &[(String, i64, String)],
    ) -> Result<(), Error> {
        let mut insert = self.tx.prepare_cached(insert).during(COMMIT)?;
        let mut update = self.tx.prepare_cached(update).during(COMMIT)?;
        for (key, version, json) in rows {
            let rows = if *version == 0 {
                insert.execute(params![self.tenant, key, json])
            } else {
                update.execute(params![self.tenant, key, json, version])
            };
            written(rows.during(COMMIT)?, key)?;
        }
        Ok(())
    }

    /// The numbers of what tickets and history are about. History without a ticket was refused.
    fn abouts<'b>(&self, batch: &'b Batch) -> Result<HashMap<&'b TicketKey, i64>, Error> {
        let mut abouts = HashMap::with_capacity(batch.tickets.len());
        for row in &batch.tickets {
            if !abouts.contains_key(&row.about) {
                let new = row.version == 0 && row.ordinal == 1;
                abouts.insert(&row.about, self.about(&row.about, new).during(COMMIT)?);
            }
        }
        Ok(abouts)
    }

    fn about(&self, key: &TicketKey, probably_new: bool) -> Result<i64, rusqlite::Error> {
        let customer = key.customer.to_string();
        let values = params![
            self.tenant,
            customer,
            key.conversation.account.as_str(),
            key.conversation.id
        ];
        let insert = || {
            let mut insert = self.tx.prepare_cached(
                "INSERT INTO abouts (tenant, customer, account, conversation) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?;
            let new = insert.execute(values)? == 1;
            Ok::<_, rusqlite::Error>(new.then(|| self.tx.last_insert_rowid()))
        };
        let find = || find_about(self.tx, self.tenant, key);
        let found = if probably_new { insert()? } else { find()? };
        let found = match found {
            None if probably_new => find()?,
            None => insert()?,
            found => found,
        };
        found.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    fn remove(&self, batch: &Batch) -> Result<(), Error> {
        let mut remove = self
            .tx
            .prepare_cached(
                "UPDATE tickets SET version = version + 1, about = NULL, ordinal = NULL, account = NULL,
                     category = NULL, active = NULL, assignee = NULL, opened = NULL, touched = NULL, place = NULL,
                     wake = NULL, ticket = NULL, clocks = NULL
                 WHERE tenant = ?1 AND id = ?2 AND version = ?3 AND ticket IS NOT NULL
                 RETURNING number",
            )
            .during(COMMIT)?;
        for (id, version) in &batch.removed {
            let values = params![self.tenant, id.as_str(), version];
            let number = remove.query_row(values, |row| row.get(0)).optional();
            let number: Option<i64> = number.during(COMMIT)?;
            match number {
                Some(number) => {
                    self.untag(number).during(COMMIT)?;
                    search::remove(self.tx, number).during(COMMIT)?;
                }
                // What does not exist can be removed by whoever knows that it does not.
                None if *version == 0 && !self.exists(id.as_str()).during(COMMIT)? => {}
                None => return Err(Error::conflict(id)),
            }
        }
        Ok(())
    }

    fn exists(&self, ticket: &str) -> Result<bool, rusqlite::Error> {
        self.tx
            .prepare_cached(
                "SELECT 1 FROM tickets WHERE tenant = ?1 AND id = ?2 AND ticket IS NOT NULL",
            )?
            .exists(params![self.tenant, ticket])
    }

    fn untag(&self, ticket: i64) -> Result<(), rusqlite::Error> {
        self.tx
            .prepare_cached("DELETE FROM ticket_tags WHERE number = ?1")?
            .execute([ticket])
            .map(drop)
    }

    fn tickets(&self, rows: &[TicketRows], abouts: &HashMap<&TicketKey, i64>) -> Result<(), Error> {
        let mut insert = self
            .tx
            .prepare_cached(
                "INSERT INTO tickets (version, about, ordinal, account, category, active, assignee, opened,
                     touched, place, wake, ticket, clocks, tenant, id)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (tenant, id) DO NOTHING",
            )
            .during(COMMIT)?;
        // As with messages. A removed one is there, without what it said, and can be made anew.
        let mut find = self
            .tx
            .prepare_cached(
                "SELECT number FROM tickets
                 WHERE tenant = ?1 AND id = ?2
                     AND CASE ?3 WHEN 0 THEN ticket IS NULL ELSE version = ?3 AND ticket IS NOT NULL END",
            )
            .during(COMMIT)?;
        let mut update = self
            .tx
            .prepare_cached(
                "UPDATE tickets SET version = version + 1, about = ?1, ordinal = ?2, account = ?3, category = ?4,
                     active = ?5, assignee = ?6, opened = ?7, touched = ?8, place = ?9, wake = ?10, ticket = ?11,
                     clocks = ?12
                 WHERE number = ?13",
            )
            .during(COMMIT)?;
        let mut tag = self
            .tx
            .prepare_cached(
                "INSERT INTO ticket_tags (tenant, tag, active, place, id, number, category, assignee)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )
            .during(COMMIT)?;
        for row in rows {
            let (id, about) = (row.id.as_str(), abouts.get(&row.about));
            let account = row.about.conversation.account.as_str();
            let values: [&dyn ToSql; 12] = [
                &about,
                &row.ordinal,
                &account,
                &row.category,
                &row.active,
                &row.assignee,
                &row.opened,
                &row.touched,
                &row.place,
                &row.wake,
                &row.json,
                &row.clocks,
            ];
            let inserted = row.version == 0
                && insert
                    .execute(&*[&values[..], &[&self.tenant, &id]].concat())
                    .during(COMMIT)?
                    == 1;
            let number = if inserted {
                self.tx.last_insert_rowid()
            } else {
                let named = params![self.tenant, id, row.version];
                let found = find.query_row(named, |found| found.get(0)).optional();
                let Some(number) = found.during(COMMIT)? else {
                    return Err(Error::conflict(&row.id));
                };
                update
                    .execute(&*[&values[..], &[&number]].concat())
                    .during(COMMIT)?;
                number
            };
            search::mark(self.tx, number).during(COMMIT)?;
            if row.version > 0 {
                self.untag(number).during(COMMIT)?;
            }
            for level in &row.tags {
                let values = params![
                    self.tenant,
                    level,
                    row.active,
                    row.place,
                    id,
                    number,
                    row.category,
                    row.assignee
                ];
                tag.execute(values).during(COMMIT)?;
            }
        }
        Ok(())
    }

    fn links(&self, batch: &Batch) -> Result<(), Error> {
        let mut insert = self
            .tx
            .prepare_cached(
                "INSERT INTO links (tenant, handle, version, state, customer, link)
                 VALUES (?1, ?2, ?3 + 1, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )
            .during(COMMIT)?;
        let mut update = self
            .tx
            .prepare_cached(
                "UPDATE links SET version = version + 1, state = ?4, customer = ?5, link = ?6
                 WHERE tenant = ?1 AND handle = ?2 AND version = ?3",
            )
            .during(COMMIT)?;
        for row in &batch.links {
            let put = if row.version == 0 {
                &mut insert
            } else {
                &mut update
            };
            let rows = put.execute(params![
                self.tenant,
                row.handle,
                row.version,
                row.state,
                row.customer,
                row.json
            ]);
            written(rows.during(COMMIT)?, &row.handle)?;
        }
        Ok(())
    }

    fn outbox(&self, rows: &[EffectRow]) -> Result<(), Error> {
        for row in rows {
            write_effect(self.tx, self.tenant, row)?;
            lane::renew(self.tx, self.tenant, row).during(COMMIT)?;
        }
        Ok(())
    }

    fn arrivals(&self, arrivals: &[ArrivalRows]) -> Result<Vec<Arrived>, rusqlite::Error> {
        if arrivals.is_empty() {
            return Ok(Vec::new());
        }
        let mut deliver = self.tx.prepare_cached(
            "INSERT INTO deliveries (tenant, webhook, id, received_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )?;
        let mut see = self.tx.prepare_cached(
            "INSERT INTO seen (tenant, account, event) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?;
        let mut append = self.tx.prepare_cached(
            "INSERT INTO inbox (seq, tenant, received_at, event) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )?;
        let mut numbers = Numbers::load(self.tx, self.tenant)?;
        let mut appended = 0;
        let mut all = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            if let Some((delivery, at)) = &arrival.delivery {
                let id = delivery.id.as_str();
                let values = params![self.tenant, delivery.webhook, id, at, delivery.body];
                if deliver.execute(values)? == 0 {
                    all.push(Arrived::new(0, arrival.events.len(), true));
                    continue;
                }
            }
            let mut new = 0;
            for event in &arrival.events {
                if see.execute(params![self.tenant, event.account.as_str(), event.key])? == 1 {
                    new += 1;
                    let at = &arrival.received_at;
                    // A number is taken only if millions wait in one turn.
                    while append.execute(params![numbers.next(), self.tenant, at, event.json])? == 0
                    {
                    }
                }
            }
            appended += new;
            all.push(Arrived::new(new, arrival.events.len() - new, false));
            if let Some((source, cursor)) = &arrival.cursor {
                self.cursor(source, cursor)?;
            }
        }
        if appended > 0 {
            numbers.store(self.tx, self.tenant, number(appended as u64))?;
        }
        Ok(all)
    }

    fn history(
        &self,
        batch: &Batch,
        abouts: &HashMap<&TicketKey, i64>,
    ) -> Result<(), rusqlite::Error> {
        let mut append = self
            .tx
            .prepare_cached("INSERT INTO log (tenant, about, event) VALUES (?1, ?2, ?3)")?;
        for (about, json) in &batch.history {
            append.execute(params![self.tenant, abouts.get(about), json])?;
        }
        Ok(())
    }

    fn cursor(&self, source: &str, cursor: &str) -> Result<(), rusqlite::Error> {
        self.tx
            .prepare_cached(
                "INSERT INTO cursors (tenant, source, cursor) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
            )?
            .execute(params![self.tenant, source, cursor])
            .map(drop)
    }

    /// What is kept once, replaced or taken away without asking who was there before.
    fn unversioned(&self, batch: &Batch) -> Result<(), rusqlite::Error> {
        let mut note = self.tx.prepare_cached(
            "INSERT INTO notes (tenant, id, note) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?;
        for (id, json) in &batch.notes {
            note.execute(params![self.tenant, id, json])?;
        }
        let mut forget = self
            .tx
            .prepare_cached("DELETE FROM evidence WHERE tenant = ?1 AND handle = ?2")?;
        for handle in &batch.forgotten {
            forget.execute(params![self.tenant, handle])?;
        }
        let mut evidence = self.tx.prepare_cached(
            "INSERT INTO evidence (tenant, handle, digest, evidence) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )?;
        for (handle, digest, json) in &batch.evidence {
            evidence.execute(params![self.tenant, handle, digest, json])?;
        }
        for (effect, number, json) in &batch.attempts {
            write_attempt(self.tx, self.tenant, effect.as_str(), *number, json)?;
        }
        let mut customer = self.tx.prepare_cached(
            "INSERT INTO customers (tenant, system, id, customer) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET customer = excluded.customer",
        )?;
        for (id, json) in &batch.customers {
            customer.execute(params![self.tenant, id.system.as_str(), id.id, json])?;
        }
        let mut gone = self.tx.prepare_cached(
            "DELETE FROM customers WHERE tenant = ?1 AND system = ?2 AND id = ?3",
        )?;
        for id in &batch.gone {
            gone.execute(params![self.tenant, id.system.as_str(), id.id])?;
        }
        for (source, cursor) in &batch.cursors {
            self.cursor(source, cursor)?;
        }
        let mut resume = self.tx.prepare_cached(
            "DELETE FROM pauses WHERE tenant = ?1 AND account = ?2 AND kind = ?3",
        )?;
        for (account, kind) in &batch.resumed {
            resume.execute(params![self.tenant, account, kind])?;
        }
        let mut pause = self.tx.prepare_cached(
            "INSERT INTO pauses (tenant, account, kind, pause) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET pause = excluded.pause",
        )?;
        for (account, kind, json) in &batch.pauses {
            pause.execute(params![self.tenant, account, kind, json])?;
        }
        Ok(())
    }
}

/// The number of what tickets and history are about, if anything is.
pub(crate) fn find_about(
    tx: &Transaction<'_>,
    tenant: i64,
    key: &TicketKey,
) -> Result<Option<i64>, rusqlite::Error> {
    let (account, conversation) = (key.conversation.account.as_str(), &key.conversation.id);
    tx.prepare_cached(
        "SELECT id FROM abouts
         WHERE tenant = ?1 AND customer = ?2 AND account = ?3 AND conversation = ?4",
    )?
    .query_row(
        params![tenant, key.customer.to_string(), account, conversation],
        |row| row.get(0),
    )
    .optional()
}

/// Inbox numbers come from the table; one that it cannot hold is not there.
pub(crate) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(crate) fn write_effect(
    tx: &Transaction<'_>,
    tenant: i64,
    row: &EffectRow,
) -> Result<(), Error> {
    let (key, account) = (row.key.as_str(), row.account.as_str());
    let sql = if row.version == 0 {
        "INSERT INTO outbox (tenant, key, version, account, conversation, holds, ready, next_at, effect,
             state, kind)
         VALUES (?1, ?2, ?9 + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?10, ?11) ON CONFLICT DO NOTHING"
    } else {
        "UPDATE outbox SET version = version + 1, holds = ?5, ready = ?6, next_at = ?7, effect = ?8,
             state = ?10, kind = ?11, open = open AND ?6, conversation = ?4
         WHERE tenant = ?1 AND key = ?2 AND version = ?9 AND account = ?3
             AND (conversation = ?4 OR NOT (holds OR ?5))"
    };
    let values = params![
        tenant,
        key,
        account,
        row.conversation,
        row.holds,
        row.ready,
        row.next_at,
        row.json,
        row.version,
        row.state,
        row.kind
    ];
    let rows = tx
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(values));
    written(rows.during(COMMIT)?, &row.key)
}

pub(crate) fn write_attempt(
    tx: &Transaction<'_>,
    tenant: i64,
    effect: &str,
    number: u32,
    json: &str,
) -> Result<(), rusqlite::Error> {
    tx.prepare_cached(
        "INSERT INTO attempts (tenant, effect, number, attempt) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET attempt = excluded.attempt",
    )?
    .execute(params![tenant, effect, number, json])
    .map(drop)
}
