use std::path::Path;
use std::sync::Arc;

use aspa_channel::{ConversationKey, Cursor, Event, EventKind, MessageKey, Via};
use aspa_crm::Customer;
use aspa_identity::{Link, LinkState};
use aspa_store::{
    Attempt, Changes, Claim, ClaimedEffect, Clocks, Committed, DueTimer, Error, ErrorKind,
    InboxEntry, Loaded, MessagePlace, MessageRecord, Note, OutboxQuery, OutboxRow, Pause, Position,
    PrivacyStore, RawDelivery, Recorded, Store, TenantStore, TicketQuery, TicketRow, Versioned,
    Vitals, Wanted,
};
use aspa_ticket::{NoteId, Ticket, TicketKey};
use aspa_types::{AccountId, CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, params};

use crate::batch::Batch;
use crate::claim::{self, EntryRow, limit};
use crate::conversation;
use crate::database::{Database, Options};
use crate::fault::During;
use crate::inbox::{self, TicketJson};
use crate::json::{decode, time};
use crate::list::{self, column};
use crate::load;
use crate::thread::Connected;
use crate::watch;
use crate::write::number;

/// A store in one SQLite file. Clones share one connection; other processes may open the same file.
///
/// The connection is worked on by a thread of its own, which does what it is asked in turn (see also
/// [`Options::in_place`]). When the last clone and tenant is dropped, what was asked until then is done
/// first.
#[derive(Debug, Clone)]
pub struct SqliteStore(Arc<Connected>);

impl SqliteStore {
    /// Opens a file, which is made if it is not there: durable, as [`Options::default`] says.
    ///
    /// # Errors
    ///
    /// When the path cannot be opened, the file is no database, one of something else, or one that
    /// a later version has written. The error names the path.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, &Options::default())
    }

    /// Opens a file in this way.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        Self::start(Database::open(path.as_ref(), options)?, options.in_place)
    }

    /// A store that is gone when it is dropped.
    ///
    /// # Errors
    ///
    /// When there is not enough memory.
    pub fn open_in_memory() -> Result<Self, Error> {
        Self::start(Database::in_memory()?, false)
    }

    fn start(database: Database, in_place: bool) -> Result<Self, Error> {
        Ok(Self(Arc::new(Connected::start(database, in_place)?)))
    }
}

pub(crate) fn tenant_id(operation: &'static str, name: &str) -> Result<TenantId, Error> {
    TenantId::new(name).map_err(|error| {
        Error::new(ErrorKind::Corrupt, operation)
            .with_detail("tenant")
            .with_source(error)
    })
}

/// An event of the inbox. One that this version cannot read is given as unknown, so that it is kept
/// and holds up nobody behind it.
pub(crate) fn entry(operation: &'static str, row: &EntryRow) -> Result<InboxEntry, Error> {
    let name = || format!("inbox {}", row.seq);
    let received_at = time(operation, name(), &row.received_at)?;
    let event = match decode(operation, name(), &row.event) {
        Ok(event) => event,
        Err(error) => unreadable(&row.event).ok_or(error)?,
    };
    Ok(InboxEntry::new(
        tenant_id(operation, &row.tenant)?,
        row.seq,
        received_at,
        event,
    ))
}

fn unreadable(text: &str) -> Option<Event> {
    let account = AccountId::new("unreadable").ok()?;
    let kind = EventKind::Unknown(serde_json::json!({ "unreadable": text }));
    Some(Event::new(account, kind, Via::Own))
}

#[async_trait]
impl Store for SqliteStore {
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        Arc::new(SqliteTenant {
            connected: Arc::clone(&self.0),
            id: id.clone(),
        })
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        const WHAT: &str = "claim_inbox";
        let rows = self
            .0
            .run(WHAT, move |db| {
                db.write_soon(WHAT, |tx| claim::inbox(tx, claim))
            })
            .await?;
        rows.iter().map(|row| entry(WHAT, row)).collect()
    }

    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error> {
        const WHAT: &str = "release_inbox";
        let seqs = watch::seqs(entries);
        let release = move |db: &mut Database| {
            db.write(WHAT, |tx| watch::release(tx, claim, &seqs).during(WHAT))
        };
        self.0.run(WHAT, release).await
    }

    async fn vitals(&self, most: u64) -> Result<Vitals, Error> {
        const WHAT: &str = "vitals";
        let read = move |db: &mut Database| db.read(WHAT, |c| watch::vitals(c, most));
        let (mut vitals, oldest) = self.0.run(WHAT, read).await?;
        vitals.oldest = oldest.map(|at| time(WHAT, "inbox", &at)).transpose()?;
        Ok(vitals)
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        const WHAT: &str = "claim_outbox";
        let take = move |db: &mut Database| {
            let mut last = db.turns.outbox;
            let taken = db.write(WHAT, |tx| claim::outbox(tx, claim, &mut last))?;
            db.turns.outbox = last;
            Ok(taken)
        };
        self.0.run(WHAT, take).await
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        const WHAT: &str = "claim_timers";
        let take = move |db: &mut Database| {
            let mut last = db.turns.timers;
            let taken = db.write(WHAT, |tx| claim::timers(tx, claim, &mut last))?;
            db.turns.timers = last;
            Ok(taken)
        };
        let rows = self.0.run(WHAT, take).await?;
        let mut due = Vec::new();
        for (tenant, ticket, json) in rows {
            // What a later version wrote is left to it.
            let Ok(clocks) = decode::<Clocks>(WHAT, format_args!("clocks of {ticket}"), &json)
            else {
                continue;
            };
            let id = |error| {
                Error::new(ErrorKind::Corrupt, WHAT)
                    .with_detail("ticket")
                    .with_source(error)
            };
            let (tenant, ticket) = (
                tenant_id(WHAT, &tenant)?,
                TicketId::new(ticket).map_err(id)?,
            );
            let timers = clocks.timers.into_iter();
            let timers = timers.filter(|timer| timer.at <= claim.now);
            due.extend(timers.map(|timer| DueTimer::new(tenant.clone(), ticket.clone(), timer)));
        }
        DueTimer::sort(&mut due);
        Ok(due)
    }

    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
        const WHAT: &str = "lapsed_effects";
        let rows = self
            .0
            .run(WHAT, move |db| {
                db.read(WHAT, |c| claim::lapsed(c, now, limit))
            })
            .await?;
        let mut lapsed = Vec::with_capacity(rows.len());
        for (tenant, version, json) in rows {
            // What a later version wrote is left to it.
            if let Ok(value) = decode(WHAT, format_args!("effect of {tenant}"), &json) {
                lapsed.push((tenant_id(WHAT, &tenant)?, Versioned { value, version }));
            }
        }
        Ok(lapsed)
    }

    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error> {
        const WHAT: &str = "next_wakeup";
        let next = self.0.run(WHAT, |db| db.read(WHAT, claim::next)).await?;
        Ok(next.map(DateTime::from_timestamp_nanos))
    }

    async fn log(&self, after: Position, count: usize) -> Result<Vec<Recorded>, Error> {
        const WHAT: &str = "log";
        type Row = (u64, String, String, String, String, String);
        let read = move |c: &rusqlite::Connection| {
            c.prepare_cached(
                "SELECT position, name, account, conversation, customer, event
                 FROM log JOIN tenants ON tenants.id = log.tenant JOIN abouts ON abouts.id = log.about
                 WHERE position > ?1 ORDER BY position LIMIT ?2",
            )?
            .query_map([number(after.0), limit(count)], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })?
            .collect::<Result<Vec<Row>, _>>()
        };
        let rows = self.0.run(WHAT, move |db| db.read(WHAT, read)).await?;
        let recorded = rows.into_iter().map(
            |(position, tenant, account, conversation, customer, json)| {
                let bad = |error| {
                    let place = format_args!("log {position}");
                    Error::new(ErrorKind::Corrupt, WHAT)
                        .with_detail(place)
                        .with_source(error)
                };
                let account = AccountId::new(account).map_err(bad)?;
                let conversation = ConversationKey::new(account, &conversation).map_err(bad)?;
                let customer: HandleKey = customer.parse().map_err(bad)?;
                let event = decode(WHAT, format_args!("log {position}"), &json)?;
                let about = TicketKey {
                    conversation,
                    customer,
                };
                Ok(Recorded::new(
                    Position(position),
                    tenant_id(WHAT, &tenant)?,
                    about,
                    event,
                ))
            },
        );
        recorded.collect()
    }
}

#[derive(Debug)]
pub(crate) struct SqliteTenant {
    connected: Arc<Connected>,
    id: TenantId,
}

impl SqliteTenant {
    pub(crate) fn id(&self) -> &TenantId {
        &self.id
    }

    /// Has the thread do something that is not about one tenant.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&mut Database) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.connected.run(operation, work).await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&rusqlite::Connection, i64) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let id = self.id.clone();
        self.connected
            .run(operation, move |db| db.read_for(operation, &id, work))
            .await
    }
}

impl SqliteTenant {
    /// Reads tickets, with what was written lately taken in if words are looked for.
    async fn searched<T: Send + 'static>(
        &self,
        operation: &'static str,
        query: &TicketQuery,
        work: impl FnOnce(&rusqlite::Connection, i64, &TicketQuery) -> Result<T, rusqlite::Error>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let (id, query) = (self.id.clone(), query.clone());
        let search = move |db: &mut Database| {
            if query.text.is_some() {
                db.catch_up_before_search();
            }
            db.read_for(operation, &id, |c, tenant| work(c, tenant, &query))
        };
        self.connected.run(operation, search).await
    }
}

fn ticket_row((ticket, clocks): &TicketJson) -> Result<TicketRow, Error> {
    let ticket: Ticket = decode("tickets", "ticket", ticket)?;
    let clocks = clocks
        .as_deref()
        .map(|json| decode::<Clocks>("tickets", format_args!("clocks of {}", ticket.id), json));
    let clocks = clocks.transpose()?.unwrap_or_default();
    let mut row = TicketRow::new(ticket);
    row.breach_at = clocks.breach_at;
    row.timers = clocks.timers;
    Ok(row)
}

#[async_trait]
impl TenantStore for SqliteTenant {
    async fn commit(&self, changes: Changes) -> Result<Committed, Error> {
        if changes.is_empty() {
            return Ok(Committed::default());
        }
        let batch = Batch::new(changes)?;
        self.connected.commit(self.id.clone(), batch).await
    }

    async fn load(&self, wanted: &Wanted) -> Result<Loaded, Error> {
        let wanted = wanted.clone();
        self.read("load", move |c, tenant| load::find(c, tenant, wanted))
            .await?
            .decode()
    }

    async fn ticket(&self, id: &TicketId) -> Result<Option<Versioned<Ticket>>, Error> {
        let key = id.clone();
        let read = move |c: &rusqlite::Connection, tenant| {
            c.prepare_cached(
                "SELECT version, ticket FROM tickets WHERE tenant = ?1 AND id = ?2 AND ticket IS NOT NULL",
            )?
            .query_row(params![tenant, key.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
        };
        let row: Option<(u64, String)> = self.read("ticket", read).await?;
        let row = row.map(|(version, json)| {
            Ok(Versioned {
                value: decode("ticket", format_args!("ticket {id}"), &json)?,
                version,
            })
        });
        row.transpose()
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        if let Some(after) = &query.after
            && after.sort != query.sort
        {
            let error = Error::new(ErrorKind::Invalid, "tickets");
            return Err(error.with_detail("the page before was in another order"));
        }
        let rows = self
            .searched("tickets", query, move |c, tenant, query| {
                inbox::tickets(c, tenant, query)
            })
            .await?;
        rows.iter().map(ticket_row).collect()
    }

    async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        self.searched("count_tickets", query, move |c, tenant, query| {
            inbox::count(c, tenant, query, most)
        })
        .await
    }

    async fn conversation(
        &self,
        key: &ConversationKey,
        before: Option<&MessagePlace>,
        count: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        const WHAT: &str = "conversation";
        let (tenant, id) = (self.id.clone(), Arc::clone(&key.id));
        let (thread, before) = (conversation::thread_text(key), before.cloned());
        let read = move |db: &mut Database| {
            if db.read_for(WHAT, &tenant, |c, tenant| {
                conversation::is_unplaced(c, tenant, &id)
            })? {
                db.write_for(WHAT, &tenant, |tx, tenant| {
                    conversation::place(tx, tenant, &id)
                })?;
            }
            db.read_for(WHAT, &tenant, |c, tenant| {
                conversation::page(c, tenant, &thread, before.as_ref(), count)
            })
        };
        let rows = self.run(WHAT, read).await?;
        let rows = rows.iter().rev();
        rows.map(|json| decode(WHAT, format_args!("message of {key}"), json))
            .collect()
    }

    async fn messages(
        &self,
        after: Option<&MessageKey>,
        count: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        let from = after.map(|key| (key.account.to_string(), Arc::clone(&key.id), key.part));
        let read = move |c: &rusqlite::Connection, tenant| match from {
            Some((account, id, part)) => {
                let sql = "SELECT record FROM messages
                           WHERE tenant = ?1 AND (account, id, part) > (?2, ?3, ?4)
                           ORDER BY account, id, part LIMIT ?5";
                column(c, sql, params![tenant, account, id, part, limit(count)])
            }
            None => {
                let sql = "SELECT record FROM messages WHERE tenant = ?1 ORDER BY account, id, part LIMIT ?2";
                column(c, sql, params![tenant, limit(count)])
            }
        };
        let rows = self.read("messages", read).await?;
        rows.iter()
            .map(|json| decode("messages", "message", json))
            .collect()
    }

    async fn note(&self, id: &NoteId) -> Result<Option<Note>, Error> {
        let key = Arc::clone(id);
        let read = move |c: &rusqlite::Connection, tenant| {
            column(
                c,
                "SELECT note FROM notes WHERE tenant = ?1 AND id = ?2",
                params![tenant, key],
            )
        };
        let rows = self.read("note", read).await?;
        rows.first()
            .map(|json| decode("note", format_args!("note {id}"), json))
            .transpose()
    }

    async fn links(
        &self,
        state: &LinkState,
        after: Option<&HandleKey>,
        count: usize,
    ) -> Result<Vec<Link>, Error> {
        // Before every handle, since none is empty.
        let (state, after) = (
            state.to_string(),
            after.map(ToString::to_string).unwrap_or_default(),
        );
        let read = move |c: &rusqlite::Connection, tenant| {
            let sql = "SELECT link FROM links WHERE tenant = ?1 AND state = ?2 AND handle > ?3
                       ORDER BY handle LIMIT ?4";
            column(c, sql, params![tenant, state, after, limit(count)])
        };
        let rows = self.read("links", read).await?;
        rows.iter()
            .map(|json| decode("links", "link", json))
            .collect()
    }

    async fn effect(
        &self,
        key: &EffectKey,
    ) -> Result<Option<(Versioned<OutboxRow>, Vec<Attempt>)>, Error> {
        const WHAT: &str = "effect";
        let asked = key.clone();
        let read = move |c: &rusqlite::Connection, tenant| {
            let values = params![tenant, asked.as_str()];
            let row: Option<(u64, String)> = c
                .prepare_cached(
                    "SELECT version, effect FROM outbox WHERE tenant = ?1 AND key = ?2",
                )?
                .query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let sql =
                "SELECT attempt FROM attempts WHERE tenant = ?1 AND effect = ?2 ORDER BY number";
            row.map(|row| Ok((row, column(c, sql, values)?)))
                .transpose()
        };
        let Some(((version, json), tries)) = self.read(WHAT, read).await? else {
            return Ok(None);
        };
        let value = decode(WHAT, format_args!("effect {key}"), &json)?;
        let tries = tries
            .iter()
            .map(|json| decode(WHAT, format_args!("attempt of {key}"), json));
        Ok(Some((
            Versioned { value, version },
            tries.collect::<Result<_, _>>()?,
        )))
    }

    async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<Versioned<OutboxRow>>, Error> {
        const WHAT: &str = "outbox";
        let asked = query.clone();
        let rows = self
            .read(WHAT, move |c, tenant| list::effects(c, tenant, &asked))
            .await?;
        let Some(rows) = rows else {
            let after = query.after.as_ref().map(ToString::to_string);
            let detail = format_args!("after {}, which is not there", after.unwrap_or_default());
            return Err(Error::new(ErrorKind::Invalid, WHAT).with_detail(detail));
        };
        let rows = rows.iter().map(|(version, json)| {
            let value = decode(WHAT, "effect", json)?;
            Ok(Versioned {
                value,
                version: *version,
            })
        });
        rows.collect()
    }

    async fn pauses(&self) -> Result<Vec<Pause>, Error> {
        let read = |c: &rusqlite::Connection, tenant| {
            let sql = "SELECT pause FROM pauses WHERE tenant = ?1 ORDER BY account, kind";
            column(c, sql, [tenant])
        };
        let rows = self.read("pauses", read).await?;
        let pauses = rows.iter().map(|json| decode("pauses", "pause", json));
        let mut pauses: Vec<Pause> = pauses.collect::<Result<_, _>>()?;
        pauses.sort_by(|a, b| a.scope.cmp(&b.scope));
        Ok(pauses)
    }

    async fn customers(
        &self,
        after: Option<&CustomerId>,
        count: usize,
    ) -> Result<Vec<Customer>, Error> {
        // Before every customer, since no system is empty.
        let (system, id) = after
            .map(|id| (id.system.to_string(), id.id.to_string()))
            .unwrap_or_default();
        let read = move |c: &rusqlite::Connection, tenant| {
            let sql = "SELECT customer FROM customers WHERE tenant = ?1 AND (system, id) > (?2, ?3)
                       ORDER BY system, id LIMIT ?4";
            column(c, sql, params![tenant, system, id, limit(count)])
        };
        let rows = self.read("customers", read).await?;
        rows.iter()
            .map(|json| decode("customers", "customer", json))
            .collect()
    }

    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, Error> {
        let source = source.to_owned();
        let read = move |c: &rusqlite::Connection, tenant| {
            let sql = "SELECT cursor FROM cursors WHERE tenant = ?1 AND source = ?2";
            column(c, sql, params![tenant, source])
        };
        Ok(self.read("cursor", read).await?.pop().map(Cursor))
    }

    async fn kept(&self, after: u64, count: usize) -> Result<Vec<InboxEntry>, Error> {
        const WHAT: &str = "kept";
        let name = self.id.to_string();
        let read = move |c: &rusqlite::Connection, tenant| {
            c.prepare_cached(
                "SELECT seq, received_at, event FROM kept WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?
            .query_map([tenant, number(after), limit(count)], |row| {
                let tenant = name.clone();
                Ok(EntryRow { tenant, seq: row.get(0)?, received_at: row.get(1)?, event: row.get(2)? })
            })?
            .collect::<Result<Vec<_>, _>>()
        };
        let rows = self.read(WHAT, read).await?;
        rows.iter().map(|row| entry(WHAT, row)).collect()
    }

    async fn deliveries(
        &self,
        webhook: &str,
        after: Option<&DeliveryId>,
        count: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        const WHAT: &str = "deliveries";
        // Before every delivery, since no id is empty.
        let after = after.map(ToString::to_string).unwrap_or_default();
        let webhook = webhook.to_owned();
        let read = move |c: &rusqlite::Connection, tenant| {
            watch::deliveries(c, tenant, &webhook, &after, count)
        };
        let rows = self.read(WHAT, read).await?;
        rows.into_iter()
            .map(|row| watch::delivery(WHAT, row))
            .collect()
    }

    async fn known_events(&self, events: &[Event]) -> Result<Vec<bool>, Error> {
        let events = events.to_vec();
        let read = move |c: &rusqlite::Connection, tenant| watch::known(c, tenant, &events);
        self.read("known_events", read).await
    }

    async fn backlog(&self) -> Result<u64, Error> {
        let read = |c: &rusqlite::Connection, tenant| {
            c.prepare_cached("SELECT backlog FROM tenants WHERE id = ?1")?
                .query_row([tenant], |row| row.get(0))
                .optional()
        };
        Ok(self.read("backlog", read).await?.unwrap_or_default())
    }

    fn privacy(&self) -> &dyn PrivacyStore {
        self
    }
}
