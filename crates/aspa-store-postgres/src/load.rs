use aspa_channel::MessageKey;
use aspa_store::{Error, ErrorKind, Loaded, Stored, Versioned, Wanted};
use aspa_types::{AccountId, DeliveryId};
use std::fmt::Display;
use tokio_postgres::{IsolationLevel, Row};

use crate::fault::Failed;
use crate::json::decode;
use crate::store::{Shared, borrowed, together};
use crate::write::{Value, about_digest, handle_digest, message_digest};

const LOAD: &str = "load";

/// What is asked for in one statement. Each row of the answer begins with the place of its key in
/// the question, counted from 1.
struct Question {
    kind: Kind,
    sql: &'static str,
    values: Vec<Value>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Messages,
    Awaiting,
    Handles,
    Tickets,
    Histories,
    Evidence,
    Links,
    Customers,
    Effects,
}

fn questions(tenant: i32, wanted: &Wanted) -> Vec<Question> {
    let mut all = Vec::new();
    let mut ask = |kind, sql, keys: usize, columns: Vec<Value>| {
        if keys > 0 {
            let mut values: Vec<Value> = vec![Box::new(tenant)];
            values.extend(columns);
            all.push(Question { kind, sql, values });
        }
    };
    let messages = &wanted.messages;
    ask(
        Kind::Messages,
        "SELECT k.place, m.version, m.record
         FROM unnest($2::text[], $3::text[], $4::int[]) WITH ORDINALITY AS k (account, id, part, place)
         JOIN @.messages AS m ON m.tenant = $1 AND m.account = k.account AND m.id = k.id AND m.part = k.part",
        messages.len(),
        vec![
            Box::new(messages.iter().map(|k| k.account.to_string()).collect::<Vec<_>>()),
            Box::new(messages.iter().map(|k| k.id.to_string()).collect::<Vec<_>>()),
            Box::new(messages.iter().map(|k| i32::from(k.part)).collect::<Vec<_>>()),
        ],
    );
    ask(
        Kind::Awaiting,
        "SELECT k.place, m.account, m.id, m.part
         FROM unnest($2::bytea[]) WITH ORDINALITY AS k (digest, place)
         JOIN @.messages AS m ON m.tenant = $1 AND m.awaits_digest = k.digest
         ORDER BY k.place, m.account, m.id, m.part",
        wanted.awaiting.len(),
        vec![Box::new(
            wanted
                .awaiting
                .iter()
                .map(message_digest)
                .collect::<Vec<_>>(),
        )],
    );
    ask(
        Kind::Handles,
        "SELECT k.place, h.version, h.handle
         FROM unnest($2::bytea[]) WITH ORDINALITY AS k (digest, place)
         JOIN @.handles AS h ON h.tenant = $1 AND h.key_digest = k.digest",
        wanted.handles.len(),
        vec![Box::new(
            wanted.handles.iter().map(handle_digest).collect::<Vec<_>>(),
        )],
    );
    ask(
        Kind::Tickets,
        "SELECT k.place, t.version, t.ticket
         FROM unnest($2::bytea[]) WITH ORDINALITY AS k (digest, place)
         JOIN @.tickets AS t ON t.tenant = $1 AND t.about_digest = k.digest AND t.ticket IS NOT NULL
         ORDER BY k.place, t.ordinal",
        wanted.tickets.len(),
        vec![Box::new(
            wanted.tickets.iter().map(about_digest).collect::<Vec<_>>(),
        )],
    );
    ask(
        Kind::Histories,
        "SELECT k.place, l.event
         FROM unnest($2::bytea[]) WITH ORDINALITY AS k (digest, place)
         JOIN @.log AS l ON l.tenant = $1 AND l.about_digest = k.digest
         ORDER BY k.place, l.position",
        wanted.histories.len(),
        vec![Box::new(
            wanted
                .histories
                .iter()
                .map(about_digest)
                .collect::<Vec<_>>(),
        )],
    );
    let people: Vec<_> = wanted.people.iter().map(handle_digest).collect();
    ask(
        Kind::Evidence,
        "SELECT k.place, e.evidence
         FROM unnest($2::bytea[]) WITH ORDINALITY AS k (digest, place)
         JOIN @.evidence AS e ON e.tenant = $1 AND e.handle_digest = k.digest
         ORDER BY k.place, e.seq",
        people.len(),
        vec![Box::new(people.clone())],
    );
    ask(
        Kind::Links,
        "SELECT k.place, l.version, l.link
         FROM unnest($2::bytea[]) WITH ORDINALITY AS k (digest, place)
         JOIN @.links AS l ON l.tenant = $1 AND l.handle_digest = k.digest",
        people.len(),
        vec![Box::new(people)],
    );
    ask(
        Kind::Effects,
        "SELECT k.place, o.version, o.effect
         FROM unnest($2::text[]) WITH ORDINALITY AS k (key, place)
         JOIN @.outbox AS o ON o.tenant = $1 AND o.key = k.key",
        wanted.effects.len(),
        vec![Box::new(
            wanted
                .effects
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        )],
    );
    let customers = &wanted.customers;
    ask(
        Kind::Customers,
        "SELECT k.place, c.customer
         FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (system, id, place)
         JOIN @.customers AS c ON c.tenant = $1 AND c.system = k.system AND c.id = k.id",
        customers.len(),
        vec![
            Box::new(
                customers
                    .iter()
                    .map(|id| id.system.to_string())
                    .collect::<Vec<_>>(),
            ),
            Box::new(
                customers
                    .iter()
                    .map(|id| id.id.to_string())
                    .collect::<Vec<_>>(),
            ),
        ],
    );
    all
}

/// Looks everything up in one snapshot.
pub(crate) async fn find(shared: &Shared, tenant: i32, wanted: &Wanted) -> Result<Loaded, Failed> {
    let asked = questions(tenant, wanted);
    let mut answers = Vec::with_capacity(asked.len());
    if !asked.is_empty() {
        let mut client = shared.client().await?;
        let mut statements = Vec::with_capacity(asked.len());
        for question in &asked {
            statements.push(client.prepare_cached(&shared.sql(question.sql)).await?);
        }
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await?;
        let mut running: Vec<std::pin::Pin<Box<dyn Future<Output = _> + Send + '_>>> = Vec::new();
        for (question, statement) in asked.iter().zip(&statements) {
            let transaction = &transaction;
            running.push(Box::pin(async move {
                let rows = transaction
                    .query(statement, &borrowed(&question.values))
                    .await;
                rows.map(|rows| (question.kind, rows))
            }));
        }
        for answer in together(running).await {
            answers.push(answer?);
        }
        transaction.commit().await?;
    }
    read(wanted, &answers)
}

/// Sorts the answers by the keys that were asked for. What is missing has an empty entry where the
/// answer is a list.
fn read(wanted: &Wanted, answers: &[(Kind, Vec<Row>)]) -> Result<Loaded, Failed> {
    let mut loaded = Loaded::default();
    let keys = wanted.tickets.iter().cloned();
    loaded.tickets = keys.map(|key| (key, Vec::new())).collect();
    let keys = wanted.histories.iter().cloned();
    loaded.histories = keys.map(|key| (key, Vec::new())).collect();
    let keys = wanted.awaiting.iter().cloned();
    loaded.awaiting = keys.map(|key| (key, Vec::new())).collect();
    let keys = wanted.people.iter().cloned();
    loaded.people = keys
        .map(|key| (key, aspa_store::Person::default()))
        .collect();
    let messages: Vec<_> = wanted.messages.iter().collect();
    let awaiting: Vec<_> = wanted.awaiting.iter().collect();
    let handles: Vec<_> = wanted.handles.iter().collect();
    let tickets: Vec<_> = wanted.tickets.iter().collect();
    let histories: Vec<_> = wanted.histories.iter().collect();
    let people: Vec<_> = wanted.people.iter().collect();
    let customers: Vec<_> = wanted.customers.iter().collect();
    let effects: Vec<_> = wanted.effects.iter().collect();
    for (kind, rows) in answers {
        for row in rows {
            match kind {
                Kind::Messages => {
                    let key = key(&messages, row)?;
                    let found = versioned(format_args!("message {key}"), row)?;
                    loaded.messages.insert(key.clone(), found);
                }
                Kind::Awaiting => {
                    let waits = message_key(row)?;
                    let waiting = loaded.awaiting.entry(key(&awaiting, row)?.clone());
                    waiting.or_default().push(waits);
                }
                Kind::Handles => {
                    let key = key(&handles, row)?;
                    let found = versioned(format_args!("handle {}", digest(key)), row)?;
                    loaded.handles.insert(key.clone(), found);
                }
                Kind::Tickets => {
                    let key = key(&tickets, row)?;
                    let found = versioned(format_args!("ticket of {}", digest(key)), row)?;
                    loaded.tickets.entry(key.clone()).or_default().push(found);
                }
                Kind::Histories => {
                    let key = key(&histories, row)?;
                    let event = json(format_args!("history of {}", digest(key)), row)?;
                    loaded.histories.entry(key.clone()).or_default().push(event);
                }
                Kind::Evidence => {
                    let key = key(&people, row)?;
                    let piece = json(format_args!("evidence of {}", digest(key)), row)?;
                    let person = loaded.people.entry(key.clone()).or_default();
                    person.evidence.push(piece);
                }
                Kind::Links => {
                    let key = key(&people, row)?;
                    let link = versioned(format_args!("link of {}", digest(key)), row)?;
                    loaded.people.entry(key.clone()).or_default().link = Some(link);
                }
                Kind::Effects => {
                    let key = key(&effects, row)?;
                    let found = versioned(format_args!("effect {key}"), row)?;
                    loaded.effects.insert(key.clone(), found);
                }
                Kind::Customers => {
                    let found = json("customer", row)?;
                    loaded
                        .customers
                        .insert(key(&customers, row)?.clone(), found);
                }
            }
        }
    }
    Ok(loaded)
}

/// The key that a row is an answer to.
fn key<'a, K>(keys: &[&'a K], row: &Row) -> Result<&'a K, Failed> {
    let place = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default();
    let key = keys.get(place.wrapping_sub(1)).copied();
    key.ok_or_else(|| {
        Error::new(ErrorKind::Corrupt, LOAD)
            .with_detail("place")
            .into()
    })
}

fn json<T: Stored>(what: impl Display, row: &Row) -> Result<T, Failed> {
    Ok(decode(LOAD, what, row.try_get(1)?)?)
}

fn versioned<T: Stored>(what: impl Display, row: &Row) -> Result<Versioned<T>, Failed> {
    let version = u64::try_from(row.try_get::<_, i64>(1)?).unwrap_or_default();
    let value = decode(LOAD, what, row.try_get(2)?)?;
    Ok(Versioned { value, version })
}

fn message_key(row: &Row) -> Result<MessageKey, Failed> {
    let bad = |error| {
        Error::new(ErrorKind::Corrupt, LOAD)
            .with_detail("key of a message")
            .with_source(error)
    };
    let account = AccountId::new(row.try_get::<_, &str>(1)?).map_err(bad)?;
    let mut key = MessageKey::new(account, row.try_get::<_, &str>(2)?).map_err(bad)?;
    key.part = u16::try_from(row.try_get::<_, i32>(3)?).unwrap_or_default();
    Ok(key)
}

/// Stands for a key that may be an address.
fn digest(key: &impl Display) -> DeliveryId {
    DeliveryId::derive(&[&key.to_string()])
}
