use aspa_store::{Attempt, Claim, ClaimedEffect, Error, OutboxRow, OutboxState, Versioned};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use crate::batch::EffectRow;
use crate::fault::During;
use crate::json::{decode, encode, nanos};
use crate::store::tenant_id;
use crate::turn::{self, Due};
use crate::write::{number, write_attempt, write_effect};

const INBOX: &str = "claim_inbox";
const OUTBOX: &str = "claim_outbox";
const TIMERS: &str = "claim_timers";

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
    if let Some(last) = claimed.last() {
        turn::claimed(tx, number(last.seq))?;
    }
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
    let mut bytes: usize = claimed.iter().map(|entry| entry.event.len()).sum();
    if from >= to || left == 0 || bytes >= Claim::BYTES {
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
        let row = row?;
        bytes = bytes.saturating_add(row.event.len());
        claimed.push(row);
        if bytes >= Claim::BYTES {
            break;
        }
    }
    if let [first, ..] = &claimed[before..]
        && let Some(last) = claimed.last()
    {
        tx.prepare_cached(
            "INSERT OR REPLACE INTO leases (first, last, until) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![first.seq, last.seq, nanos(claim.end())])?;
    }
    Ok(())
}

/// Effects that can be claimed.
const EFFECTS: Due = Due {
    soonest: "SELECT seq FROM outbox INDEXED BY outbox_claim
              WHERE open = 1 AND next_at <= ?1 ORDER BY next_at, seq LIMIT ?2",
    tenant: "SELECT id FROM tenants WHERE id > ?2 AND id <= ?3 AND EXISTS (
                 SELECT 1 FROM outbox INDEXED BY outbox_turn
                 WHERE open = 1 AND tenant = tenants.id AND next_at <= ?1)
             ORDER BY id LIMIT 1",
    of_tenant: "SELECT seq FROM outbox INDEXED BY outbox_turn
                WHERE open = 1 AND tenant = ?2 AND next_at <= ?1 ORDER BY next_at, seq LIMIT ?3",
};

/// Tickets with timers that are due.
const TICKETS: Due = Due {
    soonest: "SELECT rowid FROM tickets INDEXED BY tickets_wake
              WHERE wake <= ?1 ORDER BY wake LIMIT ?2",
    tenant: "SELECT id FROM tenants WHERE id > ?2 AND id <= ?3 AND EXISTS (
                 SELECT 1 FROM tickets INDEXED BY tickets_turn
                 WHERE tenant = tenants.id AND wake <= ?1)
             ORDER BY id LIMIT 1",
    of_tenant: "SELECT rowid FROM tickets INDEXED BY tickets_turn
                WHERE tenant = ?2 AND wake <= ?1 ORDER BY wake LIMIT ?3",
};

/// Takes effects whose turn it is, and writes their try down.
pub(crate) fn outbox(
    tx: &Transaction<'_>,
    claim: Claim,
    last: &mut i64,
) -> Result<Vec<ClaimedEffect>, Error> {
    let mut rows = EFFECTS.take(tx, OUTBOX, nanos(claim.now), claim.limit, last)?;
    rows.sort_unstable();
    let mut claimed = Vec::with_capacity(rows.len());
    for seq in rows {
        let (tenant, name, version, json) = effect(tx, seq).during(OUTBOX)?;
        let id = tenant_id(OUTBOX, &name)?;
        let value: OutboxRow = match decode(OUTBOX, format_args!("effect of tenant {id}"), &json) {
            Ok(value) => value,
            // Left to a version that can read it, and in nobody's way until then.
            Err(error) if error.is_unreadable() => {
                tx.prepare_cached("UPDATE outbox SET next_at = ?2 WHERE seq = ?1")
                    .and_then(|mut put| put.execute([seq, nanos(claim.end())]))
                    .during(OUTBOX)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut row = Versioned { value, version };
        let interrupted = row.value.state == OutboxState::Sending;
        row.value.state = OutboxState::Sending;
        row.value.next_at = claim.end();
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

type Effect = (i64, String, u64, String);

fn effect(tx: &Transaction<'_>, seq: i64) -> Result<Effect, rusqlite::Error> {
    tx.prepare_cached(
        "SELECT tenant, name, version, effect FROM outbox JOIN tenants ON tenants.id = outbox.tenant
         WHERE seq = ?1",
    )?
    .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
}

/// Takes tickets with a timer that is due: tenant, ticket, clocks. Until the lease ends they are taken
/// to wake then.
pub(crate) fn timers(
    tx: &Transaction<'_>,
    claim: Claim,
    last: &mut i64,
) -> Result<Vec<(String, String, String)>, Error> {
    let rows = TICKETS.take(tx, TIMERS, nanos(claim.now), claim.limit, last)?;
    let take = || {
        let mut ticket = tx.prepare_cached(
            "SELECT name, tickets.id, clocks FROM tickets JOIN tenants ON tenants.id = tickets.tenant
             WHERE tickets.rowid = ?1",
        )?;
        let mut lease = tx.prepare_cached("UPDATE tickets SET wake = ?2 WHERE rowid = ?1")?;
        let mut taken = Vec::with_capacity(rows.len());
        for row in rows {
            taken.push(ticket.query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?);
            if claim.end() > claim.now {
                lease.execute([row, nanos(claim.end())])?;
            }
        }
        Ok::<_, rusqlite::Error>(taken)
    };
    take().during(TIMERS)
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

/// When something is due next: a ticket wakes, an effect has its turn, or one waits for a person no
/// longer.
pub(crate) fn next(connection: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    let sql = format!(
        "SELECT min(at) FROM (
             SELECT min(wake) AS at FROM tickets WHERE wake IS NOT NULL
             UNION ALL SELECT min(next_at) FROM outbox INDEXED BY outbox_claim WHERE open = 1
             UNION ALL SELECT min(next_at) FROM outbox INDEXED BY outbox_lapses WHERE {AWAITS_PERSON})"
    );
    connection
        .prepare_cached(&sql)?
        .query_row([], |row| row.get(0))
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
