use aspa_store::{Attempt, Claim, ClaimedEffect, Error, OutboxRow, OutboxState, Versioned};
use aspa_types::TenantId;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::batch::EffectRow;
use crate::fault::During;
use crate::json::{decode, encode, nanos};
use crate::write::{write_attempt, write_effect};

const INBOX: &str = "claim_inbox";
const OUTBOX: &str = "claim_outbox";

/// An entry of the inbox as it is stored.
#[derive(Debug)]
pub(crate) struct EntryRow {
    pub(crate) tenant: String,
    pub(crate) seq: u64,
    pub(crate) received_at: String,
    pub(crate) event: String,
}

/// The most that SQLite takes as a limit.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Takes the first entries that no lease covers, and leases the runs of numbers that they make.
pub(crate) fn inbox(tx: &Transaction<'_>, claim: Claim) -> Result<Vec<EntryRow>, Error> {
    lease_inbox(tx, claim).during(INBOX)
}

fn lease_inbox(tx: &Transaction<'_>, claim: Claim) -> Result<Vec<EntryRow>, rusqlite::Error> {
    // Leases that ended, and those of which every entry was processed.
    tx.prepare_cached(
        "DELETE FROM leases WHERE until <= ?1 OR last < coalesce((SELECT min(seq) FROM inbox), last + 1)",
    )?
    .execute([nanos(claim.now)])?;
    let leases: Vec<(i64, i64)> = tx
        .prepare_cached("SELECT first, last FROM leases ORDER BY first")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut claimed = Vec::new();
    let mut from = 0;
    for (first, last) in leases {
        take(tx, from, first, claim, &mut claimed)?;
        from = last.saturating_add(1).max(from);
    }
    take(tx, from, i64::MAX, claim, &mut claimed)?;
    Ok(claimed)
}

/// Claims entries from number `from` up to, not including, `to`.
fn take(
    tx: &Transaction<'_>,
    from: i64,
    to: i64,
    claim: Claim,
    claimed: &mut Vec<EntryRow>,
) -> Result<(), rusqlite::Error> {
    let left = claim.limit.saturating_sub(claimed.len());
    if from >= to || left == 0 {
        return Ok(());
    }
    let before = claimed.len();
    let mut free = tx.prepare_cached(
        "SELECT name, seq, received_at, event FROM inbox JOIN tenants ON tenants.id = inbox.tenant
         WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3",
    )?;
    let rows = free.query_map([from, to, limit(left)], |row| {
        Ok(EntryRow {
            tenant: row.get(0)?,
            seq: row.get(1)?,
            received_at: row.get(2)?,
            event: row.get(3)?,
        })
    })?;
    for row in rows {
        claimed.push(row?);
    }
    if let [first, ..] = &claimed[before..]
        && let Some(last) = claimed.last()
    {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO leases (first, last, until) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![first.seq, last.seq, nanos(claim.now + claim.lease)])?;
    }
    Ok(())
}

/// Ready effects that no earlier one of their conversation holds back, and no pause.
const AT_THE_HEAD: &str = "ready = 1 AND NOT EXISTS (
    SELECT 1 FROM pauses
    WHERE pauses.tenant = outbox.tenant AND pauses.account IN ('', outbox.account)
        AND pauses.kind IN ('', outbox.kind)) AND NOT EXISTS (
    SELECT 1 FROM outbox AS earlier
    WHERE earlier.holds = 1 AND earlier.tenant = outbox.tenant AND earlier.account = outbox.account
        AND earlier.conversation = outbox.conversation AND earlier.seq < outbox.seq)";

/// Takes effects whose turn it is, and writes their try down.
pub(crate) fn outbox(tx: &Transaction<'_>, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
    let mut claimed = Vec::new();
    for (tenant, name, version, json) in heads(tx, claim).during(OUTBOX)? {
        let id = TenantId::new(name.as_str());
        let id = id.map_err(|error| {
            Error::new(aspa_store::ErrorKind::Corrupt, OUTBOX)
                .with_detail("tenant")
                .with_source(error)
        })?;
        let value: OutboxRow = decode(OUTBOX, format_args!("effect of tenant {id}"), &json)?;
        let mut row = Versioned { value, version };
        let interrupted = row.value.state == OutboxState::Sending;
        row.value.state = OutboxState::Sending;
        row.value.next_at = claim.now + claim.lease;
        row.value.attempts += 1;
        write_effect(tx, tenant, &EffectRow::new(&row)?)?;
        row.version += 1;
        let attempt = Attempt::started(row.value.attempts, claim.now);
        let (key, json) = (row.value.effect.key.as_str(), encode(&attempt)?);
        write_attempt(tx, tenant, key, attempt.number, &json).during(OUTBOX)?;
        claimed.push(ClaimedEffect::new(id, row, attempt, interrupted));
    }
    Ok(claimed)
}

type Head = (i64, String, u64, String);

fn heads(tx: &Transaction<'_>, claim: Claim) -> Result<Vec<Head>, rusqlite::Error> {
    let sql = format!(
        "SELECT tenant, name, version, effect FROM outbox JOIN tenants ON tenants.id = outbox.tenant
         WHERE {AT_THE_HEAD} AND next_at <= ?1 ORDER BY seq LIMIT ?2"
    );
    tx.prepare_cached(&sql)?
        .query_map([nanos(claim.now), limit(claim.limit)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

/// Tickets with a timer that is due: tenant, ticket, clocks. All those that can be among the first
/// `limit` timers.
pub(crate) fn due(
    connection: &Connection,
    now: DateTime<Utc>,
    count: usize,
) -> Result<Vec<(String, String, String)>, rusqlite::Error> {
    let now = nanos(now);
    if count == 0 {
        return Ok(Vec::new());
    }
    // The time of the last ticket that is needed: those that tie with it are needed too.
    let last: Option<i64> = connection
        .prepare_cached(
            "SELECT wake FROM tickets WHERE wake <= ?1 ORDER BY wake LIMIT 1 OFFSET ?2",
        )?
        .query_row([now, limit(count - 1)], |row| row.get(0))
        .optional()?;
    connection
        .prepare_cached(
            "SELECT name, tickets.id, clocks FROM tickets JOIN tenants ON tenants.id = tickets.tenant
             WHERE wake <= ?1",
        )?
        .query_map([last.unwrap_or(now)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

/// Effects that wait for a person no longer: tenant, version, row.
pub(crate) fn lapsed(
    connection: &Connection,
    now: DateTime<Utc>,
    count: usize,
) -> Result<Vec<(String, u64, String)>, rusqlite::Error> {
    let sql = format!(
        "SELECT name, version, effect FROM outbox JOIN tenants ON tenants.id = outbox.tenant
         WHERE {AWAITS_PERSON} AND next_at <= ?1 ORDER BY next_at, seq LIMIT ?2"
    );
    connection
        .prepare_cached(&sql)?
        .query_map([nanos(now), limit(count)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect()
}

/// [`OutboxState::awaits_person`], as its index has it.
const AWAITS_PERSON: &str = "state IN ('awaiting_approval', 'blocked')";

/// What is due next: the clocks of tickets that wake first, the first effect whose turn it is, and the
/// first that waits for a person no longer.
pub(crate) type Next = (Vec<(String, String)>, Vec<String>);

pub(crate) fn next(connection: &Connection) -> Result<Next, rusqlite::Error> {
    let tickets = connection
        .prepare_cached(
            "SELECT id, clocks FROM tickets
             WHERE wake = (SELECT min(wake) FROM tickets WHERE wake IS NOT NULL)",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut effects = Vec::new();
    for condition in [AT_THE_HEAD, AWAITS_PERSON] {
        let sql = format!("SELECT effect FROM outbox WHERE {condition} ORDER BY next_at LIMIT 1");
        let effect = connection
            .prepare_cached(&sql)?
            .query_row([], |row| row.get(0))
            .optional()?;
        effects.extend(effect);
    }
    Ok((tickets, effects))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_what_awaits_a_person_has_every_such_state() {
        for word in OutboxState::KNOWN {
            let listed = AWAITS_PERSON.contains(&format!("'{word}'"));
            assert_eq!(OutboxState::from(*word).awaits_person(), listed, "{word}");
        }
    }
}
