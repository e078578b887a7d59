//! What operations ask for: how much waits, what has come, and what is to be decided again.

use aspa_channel::Event;
use aspa_store::{Claim, Error, InboxEntry, OutboxState, RawDelivery, Vitals};
use aspa_types::DeliveryId;
use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::batch::event_key;
use crate::claim::limit;
use crate::fault::During;
use crate::json::{nanos, time};
use crate::turn::Numbers;
use crate::write::{COMMIT, number, written};

/// Takes back the leases of a claim, found by their end: those of somebody else end at another time
/// or hold other entries.
pub(crate) fn release(
    tx: &Transaction<'_>,
    claim: Claim,
    seqs: &[u64],
) -> Result<(), rusqlite::Error> {
    let until = nanos(claim.end());
    let mut release =
        tx.prepare_cached("DELETE FROM leases WHERE until = ?1 AND first <= ?2 AND last >= ?2")?;
    for seq in seqs {
        release.execute([until, number(*seq)])?;
    }
    Ok(())
}

pub(crate) fn seqs(entries: &[InboxEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq).collect()
}

/// What waits; the text is when the first entry of the inbox came.
pub(crate) fn vitals(
    connection: &Connection,
    most: u64,
) -> Result<(Vitals, Option<String>), rusqlite::Error> {
    let mut vitals = Vitals::default();
    let backlog: u64 = connection
        .prepare_cached("SELECT coalesce(sum(backlog), 0) FROM tenants")?
        .query_row([], |row| row.get(0))?;
    vitals.backlog = backlog.min(most);
    let oldest = connection
        .prepare_cached("SELECT received_at FROM inbox ORDER BY seq LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let mut count = connection.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM outbox INDEXED BY outbox_open
         WHERE holds = 1 AND state = ?1 LIMIT ?2)",
    )?;
    let mut first = connection.prepare_cached(
        "SELECT min(next_at) FROM outbox INDEXED BY outbox_open WHERE holds = 1 AND state = ?1",
    )?;
    let mut due: Option<i64> = None;
    for word in Vitals::counted() {
        let found = count.query_row(params![word, number(most)], |row| row.get(0))?;
        vitals.effects.insert(word.to_owned(), found);
        if OutboxState::from(word).is_ready() {
            let next: Option<i64> = first.query_row([word], |row| row.get(0))?;
            due = due.into_iter().chain(next).min();
        }
    }
    vitals.effect_due = due.map(DateTime::from_timestamp_nanos);
    let wake: Option<i64> = connection
        .prepare_cached("SELECT min(wake) FROM tickets WHERE wake IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    vitals.timer_due = wake.map(DateTime::from_timestamp_nanos);
    Ok((vitals, oldest))
}

/// A delivery as it is stored: webhook, id, time, body.
pub(crate) type DeliveryRow = (String, String, String, Vec<u8>);

/// The bytes of bodies that are read at once, but for one that is larger by itself.
const BODIES: usize = 16 << 20;

pub(crate) fn deliveries(
    connection: &Connection,
    tenant: i64,
    webhook: &str,
    after: &str,
    count: usize,
) -> Result<Vec<DeliveryRow>, rusqlite::Error> {
    let mut read = connection.prepare_cached(
        "SELECT webhook, id, received_at, body FROM deliveries
         WHERE tenant = ?1 AND webhook = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
    )?;
    let rows = read.query_map(params![tenant, webhook, after, limit(count)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let (mut all, mut bytes): (Vec<DeliveryRow>, usize) = (Vec::new(), 0);
    for row in rows {
        let row: DeliveryRow = row?;
        bytes = bytes.saturating_add(row.3.len());
        if bytes > BODIES && !all.is_empty() {
            break;
        }
        all.push(row);
    }
    Ok(all)
}

pub(crate) fn delivery(
    operation: &'static str,
    (webhook, id, at, body): DeliveryRow,
) -> Result<RawDelivery, Error> {
    let at = time(operation, "delivery", &at)?;
    let id = DeliveryId::new(id).map_err(|error| {
        Error::new(aspa_store::ErrorKind::Corrupt, operation)
            .with_detail("delivery")
            .with_source(error)
    })?;
    Ok(RawDelivery::new(webhook.into(), id, at, body))
}

pub(crate) fn known(
    connection: &Connection,
    tenant: i64,
    events: &[Event],
) -> Result<Vec<bool>, rusqlite::Error> {
    let mut ask = connection
        .prepare_cached("SELECT 1 FROM seen WHERE tenant = ?1 AND account = ?2 AND event = ?3")?;
    let known = events.iter().map(|event| {
        let key = event_key(event.key());
        ask.exists(params![tenant, event.account.as_str(), key])
    });
    known.collect()
}

/// Puts kept entries back into the inbox under new numbers, and drops others.
pub(crate) fn reopen(
    tx: &Transaction<'_>,
    tenant: i64,
    reopened: &[u64],
    dropped: &[u64],
) -> Result<(), Error> {
    if reopened.is_empty() && dropped.is_empty() {
        return Ok(());
    }
    let mut numbers = Numbers::load(tx, tenant).during(COMMIT)?;
    let mut again = tx
        .prepare_cached(
            "INSERT INTO inbox (seq, tenant, received_at, event)
             SELECT ?3, tenant, received_at, event FROM kept WHERE tenant = ?1 AND seq = ?2",
        )
        .during(COMMIT)?;
    let mut drop = tx
        .prepare_cached("DELETE FROM kept WHERE tenant = ?1 AND seq = ?2")
        .during(COMMIT)?;
    for &seq in reopened {
        let new = numbers.next();
        let rows = again.execute([tenant, number(seq), new]).during(COMMIT)?;
        written(rows, format_args!("kept {seq}"))?;
    }
    for &seq in reopened.iter().chain(dropped) {
        let rows = drop.execute([tenant, number(seq)]).during(COMMIT)?;
        written(rows, format_args!("kept {seq}"))?;
    }
    let again = number(reopened.len() as u64);
    numbers.store(tx, tenant, again).during(COMMIT)
}
