//! Everything that a file holds, for a store of another kind.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use aspa_channel::Cursor;
use aspa_store::copy::{Page, Rows, Source, StoredEvent, Sums, key_digest, seen_digest};
use aspa_store::{
    Attempt, AuditEntry, Audited, Changes, Clocks, Document, Error, ErrorKind, MessageRecord, Note,
    OutboxRow, Pause, RawDelivery, Stored, TicketRow, Versioned,
};
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::{AccountId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use crate::database::{check_form, check_owner};
use crate::fault::During;
use crate::json::{decode, encode, time};

const WHAT: &str = "copy";

/// Rows that are handed over together.
const PAGE: usize = 500;

/// Tables that are copied: the kind of their rows and what reads them, in the order of a copy.
const TABLES: &[(&str, &str)] = &[
    (
        "deliveries",
        "webhook, t.id, received_at, body FROM deliveries t",
    ),
    ("seen", "account, event FROM seen t"),
    ("inbox", "seq, received_at, event FROM inbox t"),
    ("kept", "seq, received_at, event FROM kept t"),
    ("messages", "version, record FROM messages t"),
    ("handles", "version, handle FROM handles t"),
    ("tickets", "version, t.id, ticket, clocks FROM tickets t"),
    (
        "log",
        "position, customer, account, conversation, event FROM log t JOIN abouts ON abouts.id = t.about",
    ),
    ("notes", "note FROM notes t"),
    ("evidence", "handle, evidence FROM evidence t"),
    ("links", "version, link FROM links t"),
    ("outbox", "version, effect FROM outbox t"),
    ("attempts", "effect, attempt FROM attempts t"),
    ("customers", "customer FROM customers t"),
    ("cursors", "source, cursor FROM cursors t"),
    ("pauses", "pause FROM pauses t"),
    ("documents", "version, body FROM documents t"),
    ("audit", "seq, entry FROM audit t"),
];

/// Tables that say nothing that the others do not, or nothing that holds elsewhere: names of tenants
/// and of what tickets are about come with the rows, a search is made anew, claims end.
#[cfg(test)]
const DERIVED: &[&str] = &[
    "tenants",
    "leases",
    "abouts",
    "ticket_tags",
    "search",
    "search_config",
    "search_content",
    "search_data",
    "search_idx",
    "texts",
    "unread",
];

/// The last number that the inbox gave to any tenant.
const LAST_INBOX: &str = "SELECT max(last) FROM tenants";

/// Tables without a number of their rows; their keys are their order.
const WITHOUT_NUMBER: &[&str] = &[
    "deliveries",
    "seen",
    "kept",
    "attempts",
    "cursors",
    "pauses",
    "documents",
];

/// A file to be copied into a store of another kind. While this lives nobody else writes to the file:
/// commits of a desk that still runs on it are refused as unavailable.
#[derive(Debug)]
pub struct SqliteSource {
    connection: Connection,
}

impl SqliteSource {
    /// Opens a file that is there.
    ///
    /// # Errors
    ///
    /// Invalid when there is no such file, it is a database of something else, or it has an earlier
    /// form, which [`SqliteStore::open`](crate::SqliteStore::open) mends; newer when a later version has
    /// written it; unavailable while somebody is writing to it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        if !path.is_file() {
            let error = Error::new(ErrorKind::Invalid, WHAT);
            return Err(error.with_detail(format_args!("there is no file {}", path.display())));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).during(WHAT)?;
        connection
            .busy_timeout(Duration::from_secs(5))
            .during(WHAT)?;
        // Closing leaves the file as it is, whatever waits beside it in the log.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .during(WHAT)?;
        check_owner(&connection)?;
        check_form(&connection)?;
        connection.execute_batch("BEGIN IMMEDIATE").during(WHAT)?;
        Ok(Self { connection })
    }
}

/// Why reading stopped.
enum Stopped {
    Database(rusqlite::Error),
    Told(Error),
    /// Nobody wants more.
    Enough,
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

fn corrupt(what: &str) -> impl FnOnce(aspa_types::BadId) -> Error {
    move |error| {
        Error::new(ErrorKind::Corrupt, WHAT)
            .with_detail(what)
            .with_source(error)
    }
}

impl Source for SqliteSource {
    fn counts(&mut self) -> Result<BTreeMap<&'static str, u64>, Error> {
        let mut counts = BTreeMap::new();
        for (kind, _) in TABLES {
            let sql = format!("SELECT count(*) FROM {kind}");
            let count = self.connection.query_row(&sql, [], |row| row.get(0));
            counts.insert(*kind, count.during(WHAT)?);
        }
        Ok(counts)
    }

    fn read(&mut self, take: &mut dyn FnMut(Page) -> bool) -> Result<Sums, Error> {
        let mut reader = Reader {
            take,
            sums: Sums::new(),
        };
        for (kind, sql) in TABLES {
            reader.sums.entry(kind).or_default();
            match reader.table(&self.connection, kind, sql) {
                Ok(()) => {}
                Err(Stopped::Database(error)) => return Err(error).during(WHAT),
                Err(Stopped::Told(error)) => return Err(error),
                Err(Stopped::Enough) => return Ok(reader.sums),
            }
        }
        let last = self.connection.query_row(LAST_INBOX, [], |row| row.get(0));
        (reader.take)(Page {
            tenant: TenantId::default(),
            kind: "inbox",
            count: 0,
            rows: Rows::LastInbox(last.during(WHAT)?),
        });
        Ok(reader.sums)
    }
}

struct Reader<'a> {
    take: &'a mut dyn FnMut(Page) -> bool,
    sums: Sums,
}

/// Rows that are read and not handed over yet.
#[derive(Default)]
struct Gathered {
    count: usize,
    deliveries: Vec<RawDelivery>,
    seen: Vec<(AccountId, Vec<u8>)>,
    events: Vec<StoredEvent>,
    log: Vec<(TicketKey, StoredEvent)>,
    removed: Vec<Versioned<TicketId>>,
    documents: Vec<Versioned<Document>>,
    audit: Vec<Audited>,
    written: Changes,
}

impl Reader<'_> {
    fn table(
        &mut self,
        connection: &Connection,
        kind: &'static str,
        sql: &str,
    ) -> Result<(), Stopped> {
        let order = match WITHOUT_NUMBER.contains(&kind) {
            true => "",
            false => " ORDER BY t.rowid",
        };
        let sql = format!("SELECT name, {sql} JOIN tenants ON tenants.id = t.tenant{order}");
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut tenant: Option<(String, TenantId)> = None;
        let mut gathered = Gathered::default();
        let mut place: u64 = 0;
        while let Some(row) = rows.next()? {
            let name = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
            if tenant.as_ref().is_none_or(|(known, _)| known != name) {
                let id = TenantId::new(name).map_err(corrupt("tenant"))?;
                let before = tenant.replace((name.to_owned(), id));
                if let Some((_, before)) = before {
                    self.hand_over(kind, &before, std::mem::take(&mut gathered))?;
                }
            }
            self.row(kind, row, place, &mut gathered)?;
            place += 1;
            gathered.count += 1;
            if gathered.count == PAGE
                && let Some((_, tenant)) = &tenant
            {
                self.hand_over(kind, tenant, std::mem::take(&mut gathered))?;
            }
        }
        match &tenant {
            Some((_, tenant)) => self.hand_over(kind, tenant, gathered),
            None => Ok(()),
        }
    }

    fn hand_over(
        &mut self,
        kind: &'static str,
        tenant: &TenantId,
        gathered: Gathered,
    ) -> Result<(), Stopped> {
        let all = [
            Rows::Deliveries(gathered.deliveries),
            Rows::Seen(gathered.seen),
            match kind {
                "kept" => Rows::Kept(gathered.events),
                _ => Rows::Inbox(gathered.events),
            },
            Rows::Log(gathered.log),
            Rows::Removed(gathered.removed),
            Rows::Documents(gathered.documents),
            Rows::Audit(gathered.audit),
            Rows::Written(Box::new(gathered.written)),
        ];
        for rows in all {
            let count = match &rows {
                Rows::Deliveries(rows) => rows.len(),
                Rows::Seen(rows) => rows.len(),
                Rows::Inbox(rows) | Rows::Kept(rows) => rows.len(),
                Rows::Log(rows) => rows.len(),
                Rows::Removed(rows) => rows.len(),
                Rows::Documents(rows) => rows.len(),
                Rows::Audit(rows) => rows.len(),
                Rows::Written(changes) if !changes.is_empty() => gathered.count,
                _ => 0,
            };
            let page = Page {
                tenant: tenant.clone(),
                kind,
                count: count as u64,
                rows,
            };
            if count > 0 && !(self.take)(page) {
                return Err(Stopped::Enough);
            }
        }
        Ok(())
    }

    fn row(
        &mut self,
        kind: &'static str,
        row: &Row<'_>,
        place: u64,
        to: &mut Gathered,
    ) -> Result<(), Stopped> {
        let tenant: String = row.get(0)?;
        let place_text = place.to_string();
        let version = || row.get::<_, u64>(1);
        let mut sum = |fields: &[&str]| {
            let tenant = [tenant.as_bytes()].into_iter();
            let all: Vec<&[u8]> = tenant.chain(fields.iter().map(|f| f.as_bytes())).collect();
            self.sums.entry(kind).or_default().add(&all);
        };
        match kind {
            "deliveries" => {
                let (webhook, id, at): (String, String, String) =
                    (row.get(1)?, row.get(2)?, row.get(3)?);
                let body: Vec<u8> = row.get(4)?;
                let name = encode(&webhook)?;
                let [a, b, c, d] = [&tenant, &name, &id, &at].map(String::as_bytes);
                self.sums.entry(kind).or_default().add(&[a, b, c, d, &body]);
                let received_at = time(WHAT, "delivery", &at)?;
                let id = DeliveryId::new(id).map_err(corrupt("delivery"))?;
                to.deliveries
                    .push(RawDelivery::new(webhook.into(), id, received_at, body));
            }
            "seen" => {
                let account: String = row.get(1)?;
                let key = match row.get_ref(2)? {
                    ValueRef::Blob(digest) => seen_digest(digest),
                    other => other.as_bytes().map_err(rusqlite::Error::from)?.to_vec(),
                };
                let fields = [tenant.as_bytes(), account.as_bytes(), &key];
                self.sums.entry(kind).or_default().add(&fields);
                let account = AccountId::new(account).map_err(corrupt("account"))?;
                to.seen.push((account, key));
            }
            "inbox" | "kept" => {
                let (seq, received_at, json): (u64, String, String) =
                    (row.get(1)?, row.get(2)?, row.get(3)?);
                sum(&[&seq.to_string(), &received_at, &json]);
                to.events.push(StoredEvent {
                    seq,
                    received_at,
                    json,
                });
            }
            "log" => {
                let seq: u64 = row.get(1)?;
                let (customer, account): (String, String) = (row.get(2)?, row.get(3)?);
                let (conversation, json): (String, String) = (row.get(4)?, row.get(5)?);
                let bad = corrupt("what the log is about");
                let customer = customer.parse::<HandleKey>().map_err(bad)?;
                let bad = corrupt("what the log is about");
                let account = AccountId::new(account).map_err(bad)?;
                let bad = corrupt("what the log is about");
                let conversation = aspa_channel::ConversationKey::new(account, &conversation);
                let about = TicketKey {
                    conversation: conversation.map_err(bad)?,
                    customer,
                };
                sum(&[&seq.to_string(), &encode(&about)?, &json]);
                let event = StoredEvent {
                    seq,
                    received_at: String::new(),
                    json,
                };
                to.log.push((about, event));
            }
            "messages" => {
                let (row, json) = versioned::<MessageRecord>(row, version()?)?;
                sum(&[&row.version.to_string(), &json]);
                to.written.messages.push(row);
            }
            "handles" => {
                let (row, json) = versioned::<aspa_channel::Handle>(row, version()?)?;
                sum(&[&row.version.to_string(), &json]);
                to.written.handles.push(row);
            }
            "links" => {
                let (row, json) = versioned::<aspa_identity::Link>(row, version()?)?;
                sum(&[&row.version.to_string(), &json]);
                to.written.links.push(row);
            }
            "outbox" => {
                let (row, json) = versioned::<OutboxRow>(row, version()?)?;
                // In the order in which they were queued.
                sum(&[&place_text, &row.version.to_string(), &json]);
                to.written.outbox.push(row);
            }
            "tickets" => {
                let (version, id): (u64, String) = (version()?, row.get(2)?);
                let (ticket, clocks): (Option<String>, Option<String>) = (row.get(3)?, row.get(4)?);
                let Some(ticket) = ticket else {
                    sum(&[&id, &version.to_string(), "", ""]);
                    let value = TicketId::new(id).map_err(corrupt("ticket"))?;
                    to.removed.push(Versioned { value, version });
                    return Ok(());
                };
                let ticket: Ticket = decode(WHAT, "ticket", &ticket)?;
                let clocks: Option<Clocks> = clocks
                    .map(|json| decode(WHAT, "clocks", &json))
                    .transpose()?;
                let beside = clocks.as_ref().map(encode).transpose()?;
                let beside = beside.unwrap_or_default();
                sum(&[&id, &version.to_string(), &encode(&ticket)?, &beside]);
                let mut value = TicketRow::new(ticket);
                let clocks = clocks.unwrap_or_default();
                (value.breach_at, value.timers) = (clocks.breach_at, clocks.timers);
                to.written.tickets.push(Versioned { value, version });
            }
            "notes" => {
                let (note, json) = read::<Note>(row, 1)?;
                sum(&[&json]);
                to.written.notes.push(note);
            }
            "evidence" => {
                let (handle, (evidence, json)) = (row.get::<_, String>(1)?, read(row, 2)?);
                let digest = key_digest(&[&handle]);
                let fields = [
                    tenant.as_bytes(),
                    place_text.as_bytes(),
                    &digest,
                    json.as_bytes(),
                ];
                self.sums.entry(kind).or_default().add(&fields);
                let handle = handle.parse().map_err(corrupt("handle"))?;
                to.written.evidence.push((handle, evidence));
            }
            "attempts" => {
                let (effect, (attempt, json)) =
                    (row.get::<_, String>(1)?, read::<Attempt>(row, 2)?);
                sum(&[&effect, &attempt.number.to_string(), &json]);
                let effect = EffectKey::new(effect).map_err(corrupt("effect"))?;
                to.written.attempts.push((effect, attempt));
            }
            "customers" => {
                let (customer, json) = read(row, 1)?;
                sum(&[&json]);
                to.written.customers.push(customer);
            }
            "cursors" => {
                let (source, cursor): (String, String) = (row.get(1)?, row.get(2)?);
                let (digest, json) = (key_digest(&[&source]), encode(&cursor)?);
                let fields = [tenant.as_bytes(), &digest, json.as_bytes()];
                self.sums.entry(kind).or_default().add(&fields);
                to.written.cursors.push((source.into(), Cursor(cursor)));
            }
            "documents" => {
                let (row, json) = versioned::<Document>(row, version()?)?;
                sum(&[&row.version.to_string(), &json]);
                to.documents.push(row);
            }
            "audit" => {
                let (seq, (entry, json)) = (row.get(1)?, read::<AuditEntry>(row, 2)?);
                sum(&[&u64::to_string(&seq), &json]);
                to.audit.push(Audited::new(seq, entry));
            }
            _ => {
                let (pause, json) = read::<Pause>(row, 1)?;
                sum(&[&json]);
                to.written.pauses.push(pause);
            }
        }
        Ok(())
    }
}

/// A row of JSON as this version understands it, and as it would write it.
fn read<T: Stored>(row: &Row<'_>, column: usize) -> Result<(T, String), Stopped> {
    let text = row.get_ref(column)?;
    let text = text.as_str().map_err(rusqlite::Error::from)?;
    let value: T = decode(WHAT, T::NAME, text)?;
    let json = encode(&value)?;
    Ok((value, json))
}

fn versioned<T: Stored>(row: &Row<'_>, version: u64) -> Result<(Versioned<T>, String), Stopped> {
    let (value, json) = read(row, 2)?;
    Ok((Versioned { value, version }, json))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;

    #[test]
    fn every_table_is_copied_or_made_anew() {
        let mut database = Database::in_memory().unwrap();
        let tables: Vec<String> = database
            .read("test", |connection| {
                let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
                connection
                    .prepare(sql)?
                    .query_map([], |row| row.get(0))?
                    .collect()
            })
            .unwrap();
        for table in &tables {
            let copied = TABLES.iter().any(|(kind, _)| kind == table);
            let derived = DERIVED.contains(&table.as_str());
            assert!(
                copied != derived,
                "{table}: give its rows to a copy in TABLES, or say in DERIVED that they are made anew"
            );
        }
        let kinds: Vec<&str> = TABLES.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, aspa_store::copy::COPIED);
        assert_eq!(tables.len(), TABLES.len() + DERIVED.len());
    }
}
