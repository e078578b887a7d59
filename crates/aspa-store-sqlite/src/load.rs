use std::collections::BTreeSet;

use aspa_channel::MessageKey;
use aspa_store::{Error, Loaded, Person, Versioned, Wanted};
use aspa_ticket::TicketKey;
use aspa_types::{CustomerId, DeliveryId, EffectKey, HandleKey};
use rusqlite::{Connection, OptionalExtension, params};

use crate::json::decode;

const LOAD: &str = "load";

/// A version and JSON.
type Stored = (u64, String);

/// What was asked for, as it is stored, in the order of the question.
#[derive(Debug, Default)]
pub(crate) struct Found {
    messages: Vec<(MessageKey, Stored)>,
    awaiting: Vec<(MessageKey, Vec<String>)>,
    handles: Vec<(HandleKey, Stored)>,
    tickets: Vec<(TicketKey, Vec<Stored>)>,
    histories: Vec<(TicketKey, Vec<String>)>,
    people: Vec<(HandleKey, Vec<String>, Option<Stored>)>,
    customers: Vec<(CustomerId, String)>,
    effects: Vec<(EffectKey, Stored)>,
}

type Sql<T> = Result<T, rusqlite::Error>;

/// Looks everything up in one snapshot.
pub(crate) fn find(connection: &Connection, tenant: i64, wanted: Wanted) -> Sql<Found> {
    let mut found = Found::default();
    let mut message = connection.prepare_cached(
        "SELECT version, record FROM messages WHERE tenant = ?1 AND account = ?2 AND id = ?3 AND part = ?4",
    )?;
    for key in wanted.messages {
        let values = params![tenant, key.account.as_str(), key.id, key.part];
        let row = message
            .query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.messages.extend(row.map(|row| (key, row)));
    }
    // Named, since without statistics SQLite prefers the index that is already in order, and walks
    // every message of the tenant.
    let mut awaiting = connection.prepare_cached(
        "SELECT record FROM messages INDEXED BY messages_awaits WHERE tenant = ?1 AND awaits = ?2 ORDER BY account, id, part",
    )?;
    for key in wanted.awaiting {
        let text = serde_json::to_string(&key).unwrap_or_default();
        let records = awaiting.query_map(params![tenant, text], |row| row.get(0))?;
        let records = records.collect::<Sql<_>>()?;
        found.awaiting.push((key, records));
    }
    let mut handle = connection
        .prepare_cached("SELECT version, handle FROM handles WHERE tenant = ?1 AND key = ?2")?;
    for key in wanted.handles {
        let row = handle
            .query_row(params![tenant, key.to_string()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        found.handles.extend(row.map(|row| (key, row)));
    }
    find_about(
        connection,
        tenant,
        &wanted.tickets,
        &wanted.histories,
        &mut found,
    )?;
    let mut evidence = connection.prepare_cached(
        "SELECT evidence FROM evidence WHERE tenant = ?1 AND handle = ?2 ORDER BY rowid",
    )?;
    let mut link = connection
        .prepare_cached("SELECT version, link FROM links WHERE tenant = ?1 AND handle = ?2")?;
    for key in wanted.people {
        let values = params![tenant, key.to_string()];
        let pieces = evidence
            .query_map(values, |row| row.get(0))?
            .collect::<Sql<_>>()?;
        let link = link
            .query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.people.push((key, pieces, link));
    }
    let mut customer = connection.prepare_cached(
        "SELECT customer FROM customers WHERE tenant = ?1 AND system = ?2 AND id = ?3",
    )?;
    for id in wanted.customers {
        let row = customer
            .query_row(params![tenant, id.system.as_str(), id.id], |row| row.get(0))
            .optional()?;
        found.customers.extend(row.map(|row| (id, row)));
    }
    let mut effect = connection
        .prepare_cached("SELECT version, effect FROM outbox WHERE tenant = ?1 AND key = ?2")?;
    for key in wanted.effects {
        let row = effect
            .query_row(params![tenant, key.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        found.effects.extend(row.map(|row| (key, row)));
    }
    Ok(found)
}

fn find_about(
    connection: &Connection,
    tenant: i64,
    tickets: &BTreeSet<TicketKey>,
    histories: &BTreeSet<TicketKey>,
    found: &mut Found,
) -> Sql<()> {
    let mut about = connection.prepare_cached(
        "SELECT id FROM abouts WHERE tenant = ?1 AND customer = ?2 AND account = ?3 AND conversation = ?4",
    )?;
    let mut of_ticket = connection
        .prepare_cached("SELECT version, ticket FROM tickets WHERE about = ?1 ORDER BY ordinal")?;
    let mut of_log =
        connection.prepare_cached("SELECT event FROM log WHERE about = ?1 ORDER BY position")?;
    for key in tickets.union(histories) {
        let (account, conversation) = (key.conversation.account.as_str(), &key.conversation.id);
        let values = params![tenant, key.customer.to_string(), account, conversation];
        let about: Option<i64> = about.query_row(values, |row| row.get(0)).optional()?;
        if tickets.contains(key) {
            let rows = of_ticket.query_map([about], |row| Ok((row.get(0)?, row.get(1)?)))?;
            found.tickets.push((key.clone(), rows.collect::<Sql<_>>()?));
        }
        if histories.contains(key) {
            let rows = of_log.query_map([about], |row| row.get(0))?;
            found
                .histories
                .push((key.clone(), rows.collect::<Sql<_>>()?));
        }
    }
    Ok(())
}

impl Found {
    /// Reads the JSON.
    pub(crate) fn decode(self) -> Result<Loaded, Error> {
        let mut loaded = Loaded::default();
        for (key, stored) in self.messages {
            let row = versioned(format_args!("message {key}"), &stored)?;
            loaded.messages.insert(key, row);
        }
        for (key, records) in self.awaiting {
            let mut keys = Vec::with_capacity(records.len());
            for json in records {
                let record: aspa_store::MessageRecord =
                    decode(LOAD, format_args!("message that awaits {key}"), &json)?;
                keys.push(record.key);
            }
            loaded.awaiting.insert(key, keys);
        }
        for (key, stored) in self.handles {
            let row = versioned(format_args!("handle {}", digest(&key)), &stored)?;
            loaded.handles.insert(key, row);
        }
        for (key, rows) in self.tickets {
            let tickets = rows
                .iter()
                .map(|stored| versioned(format_args!("ticket of {}", digest(&key)), stored));
            let tickets = tickets.collect::<Result<_, _>>()?;
            loaded.tickets.insert(key, tickets);
        }
        for (key, events) in self.histories {
            let events = events
                .iter()
                .map(|json| decode(LOAD, format_args!("history of {}", digest(&key)), json));
            let events = events.collect::<Result<_, _>>()?;
            loaded.histories.insert(key, events);
        }
        for (key, pieces, link) in self.people {
            let mut person = Person::default();
            for json in &pieces {
                person.evidence.push(decode(
                    LOAD,
                    format_args!("evidence of {}", digest(&key)),
                    json,
                )?);
            }
            if let Some(stored) = link {
                person.link = Some(versioned(
                    format_args!("link of {}", digest(&key)),
                    &stored,
                )?);
            }
            loaded.people.insert(key, person);
        }
        for (id, json) in self.customers {
            let customer = decode(LOAD, "customer", &json)?;
            loaded.customers.insert(id, customer);
        }
        for (key, stored) in self.effects {
            let row = versioned(format_args!("effect {key}"), &stored)?;
            loaded.effects.insert(key, row);
        }
        Ok(loaded)
    }
}

/// Stands for a key that may be an address.
fn digest(key: &impl std::fmt::Display) -> DeliveryId {
    DeliveryId::derive(&[&key.to_string()])
}

fn versioned<T: aspa_store::Stored>(
    row: impl std::fmt::Display,
    (version, json): &Stored,
) -> Result<Versioned<T>, Error> {
    let value = decode(LOAD, row, json)?;
    Ok(Versioned {
        value,
        version: *version,
    })
}
