use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aspa_channel::{Event, EventKind, Via};
use aspa_store::{
    Attempt, Claim, ClaimedEffect, Clocks, DueTimer, Error, ErrorKind, InboxEntry, OutboxRow,
    OutboxState, Versioned,
};
use aspa_types::{AccountId, TenantId, TicketId};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::ToSql;

use crate::fault::Failed;
use crate::json::{decode, encode, limit, nanos, time};
use crate::log::tenant_id;
use crate::store::{Shared, borrowed};
use crate::turn::chosen;
use crate::write::{OLD_EFFECTS, PUT_ATTEMPTS, Value, effects};

/// Where the inbox begins. What was taken from it leaves traces until the server clears them away,
/// and a claim would walk past all of them: so one that follows a filled one begins where that did.
#[derive(Debug, Default)]
pub(crate) struct Front(Mutex<(i64, Option<DateTime<Utc>>)>);

impl Front {
    /// How long a claim may begin there. What came back before it, since its lease has ended, or was
    /// committed late with an earlier number, is seen after that.
    const FOR: TimeDelta = TimeDelta::seconds(5);

    fn begin(&self, now: DateTime<Utc>) -> i64 {
        let mut front = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if front
            .1
            .is_none_or(|since| now < since || now - since >= Self::FOR)
        {
            *front = (i64::MIN, Some(now));
        }
        front.0
    }

    pub(crate) fn moved(&self, begin: Option<i64>) {
        let mut front = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match begin {
            Some(begin) => front.0 = begin,
            None => *front = (i64::MIN, None),
        }
    }
}

/// Takes the first entries that no lease covers. Rows that another worker is just taking are passed
/// over; one that was taken since this statement began is looked at again and left.
pub(crate) async fn inbox(shared: &Shared, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
    const WHAT: &str = "claim_inbox";
    if claim.limit == 0 {
        return Ok(Vec::new());
    }
    let turns = &shared.turns;
    let served = turns.inbox.next(claim.limit);
    let due = "leased_until <= $1 AND seq >= $6";
    let columns = "seq, octet_length(event) AS bytes";
    let chosen = chosen(
        served.crowded,
        claim.limit,
        "inbox",
        "seq",
        columns,
        due,
        "seq",
    );
    let most_bytes = Claim::BYTES;
    let sql = format!(
        "WITH {chosen}, front AS (
             SELECT seq FROM @.inbox WHERE {due} ORDER BY seq LIMIT 1)
         UPDATE @.inbox SET leased_until = $5 FROM (
             SELECT seq, part, sum(bytes) OVER (ORDER BY part, seq) - bytes AS before FROM chosen) AS chosen,
             @.tenants
         WHERE inbox.seq = chosen.seq AND tenants.id = inbox.tenant AND before < {most_bytes}
         RETURNING tenants.name, inbox.seq, inbox.received_at, inbox.event, inbox.tenant, chosen.part,
             (SELECT seq FROM front)"
    );
    let (now, until) = (nanos(claim.now), nanos(claim.end()));
    let (most, front) = (limit(claim.limit), turns.front.begin(claim.now));
    let rows = shared
        .retrying(WHAT, || async {
            let values: [&(dyn ToSql + Sync); 6] =
                [&now, &most, &served.most, &served.last, &until, &front];
            let rows = shared.query(&sql, &values).await?;
            let row = |row: &tokio_postgres::Row| {
                Ok((
                    (
                        row.try_get(0)?,
                        row.try_get(1)?,
                        row.try_get(2)?,
                        row.try_get(3)?,
                    ),
                    (row.try_get(4)?, row.try_get(5)?),
                    row.try_get::<_, Option<i64>>(6)?,
                ))
            };
            rows.iter().map(row).collect::<Result<Vec<_>, Failed>>()
        })
        .await?;
    let begin = rows.first().and_then(|(_, _, begin)| *begin);
    let (rows, places): (Vec<_>, Vec<_>) =
        rows.into_iter().map(|(row, place, _)| (row, place)).unzip();
    let bytes: usize = rows.iter().map(|row: &EntryRow| row.3.len()).sum();
    let filled = rows.len() >= claim.limit || bytes >= Claim::BYTES;
    // What was cut short by its bytes is as crowded as what was by its number.
    let full = if filled { rows.len() } else { claim.limit };
    turns.inbox.served(full, &places);
    turns.front.moved(begin.filter(|_| filled));
    let entries = rows.into_iter().map(|row| entry(WHAT, row));
    let mut entries: Vec<InboxEntry> = entries.collect::<Result<_, _>>()?;
    if !filled && front > i64::MIN {
        // There may be something before it.
        let rest = Claim {
            limit: claim.limit - entries.len(),
            ..claim
        };
        entries.extend(Box::pin(inbox(shared, rest)).await?);
    }
    entries.sort_by_key(|entry| entry.seq);
    Ok(entries)
}

/// An entry of the inbox as it is stored: tenant, number, time, event.
pub(crate) type EntryRow = (String, i64, String, String);

/// An event of the inbox. One that this version cannot read is given as unknown, so that it is kept
/// and holds up nobody behind it.
pub(crate) fn entry(
    operation: &'static str,
    (tenant, seq, received_at, json): EntryRow,
) -> Result<InboxEntry, Error> {
    let name = || format!("inbox {seq}");
    let received_at = time(operation, name(), &received_at)?;
    let event = match decode(operation, name(), &json) {
        Ok(event) => event,
        Err(error) => unreadable(&json).ok_or(error)?,
    };
    let seq = u64::try_from(seq).unwrap_or_default();
    Ok(InboxEntry::new(
        tenant_id(operation, &tenant)?,
        seq,
        received_at,
        event,
    ))
}

fn unreadable(text: &str) -> Option<Event> {
    let account = AccountId::new("unreadable").ok()?;
    let kind = EventKind::Unknown(serde_json::json!({ "unreadable": text }));
    Some(Event::new(account, kind, Via::Own))
}

/// [`OutboxState::awaits_person`], as its index has it.
macro_rules! awaits_person {
    () => {
        "state IN ('awaiting_approval', 'blocked')"
    };
}

/// Takes effects whose turn it is, and writes their try down.
pub(crate) async fn outbox(shared: &Shared, claim: Claim) -> Result<Vec<ClaimedEffect>, Failed> {
    const WHAT: &str = "claim_outbox";
    if claim.limit == 0 {
        return Ok(Vec::new());
    }
    let served = shared.turns.outbox.next(claim.limit);
    let mut client = shared.client().await?;
    let due = "open AND next_at <= $1";
    let columns = "seq, next_at, version, effect";
    let chosen = chosen(
        served.crowded,
        claim.limit,
        "outbox",
        "seq",
        columns,
        due,
        "next_at, seq",
    );
    let heads = shared.sql(&format!(
        "WITH {chosen} SELECT tenant, name, version, effect, part, seq
         FROM chosen JOIN @.tenants ON tenants.id = tenant ORDER BY seq"
    ));
    let heads = client.prepare_cached(&heads).await?;
    let put = client.prepare_cached(&shared.sql(OLD_EFFECTS)).await?;
    let note = client.prepare_cached(&shared.sql(PUT_ATTEMPTS)).await?;
    let isolation = IsolationLevel::ReadCommitted;
    let transaction = client.build_transaction().isolation_level(isolation);
    let transaction = transaction.start().await?;
    let rows = transaction
        .query(
            &heads,
            &[
                &nanos(claim.now),
                &limit(claim.limit),
                &served.most,
                &served.last,
            ],
        )
        .await?;
    let mut places = Vec::with_capacity(rows.len());
    let (mut claimed, mut by_tenant) = (Vec::new(), BTreeMap::<i32, Vec<_>>::new());
    for row in &rows {
        let (tenant, name, version): (i32, String, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        places.push((tenant, row.try_get(4)?));
        let id = tenant_id(WHAT, &name)?;
        let value = decode(WHAT, format_args!("effect of tenant {id}"), row.try_get(3)?);
        let value: OutboxRow = match value {
            Ok(value) => value,
            // Left to a version that can read it, and in nobody's way until then.
            Err(error) if error.is_unreadable() => {
                let sql = shared.sql("UPDATE @.outbox SET next_at = $2 WHERE seq = $1");
                let (seq, later): (i64, i64) = (row.try_get(5)?, nanos(claim.end()));
                transaction.execute(&sql, &[&seq, &later]).await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let version = u64::try_from(version).unwrap_or_default();
        let mut row = Versioned { value, version };
        let interrupted = row.value.state == OutboxState::Sending;
        row.value.state = OutboxState::Sending;
        row.value.next_at = claim.end();
        row.value.attempts = row.value.attempts.saturating_add(1);
        let attempt = Attempt::started(row.value.attempts, claim.now);
        let of_tenant = by_tenant.entry(tenant).or_default();
        of_tenant.push((row.clone(), attempt.clone()));
        row.version += 1;
        claimed.push(ClaimedEffect::new(id, row, attempt, interrupted));
    }
    for (tenant, taken) in by_tenant {
        let (rows, tries): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
        let count = rows.len() as u64;
        let numbers: Vec<i64> = tries.iter().map(|a| i64::from(a.number)).collect();
        let tries = tries.iter().map(encode).collect::<Result<Vec<_>, _>>()?;
        let keys = rows.iter().map(|row| row.value.effect.key.to_string());
        let keys: Vec<String> = keys.collect();
        let mut values: Vec<Value> = vec![Box::new(tenant)];
        values.extend(effects(&rows)?);
        // The rows are locked since they were read.
        if transaction.execute(&put, &borrowed(&values)).await? != count {
            return Err(Failed::Conflict("outbox"));
        }
        transaction
            .execute(&note, &[&tenant, &keys, &numbers, &tries])
            .await?;
    }
    transaction.commit().await?;
    shared.turns.outbox.served(claim.limit, &places);
    Ok(claimed)
}

/// Takes tickets with a timer that is due. Until the lease ends they are taken to wake then.
pub(crate) async fn timers(shared: &Shared, claim: Claim) -> Result<Vec<DueTimer>, Error> {
    const WHAT: &str = "claim_timers";
    if claim.limit == 0 {
        return Ok(Vec::new());
    }
    let served = shared.turns.timers.next(claim.limit);
    let due = "wake <= $1";
    let chosen = chosen(
        served.crowded,
        claim.limit,
        "tickets",
        "tenant, id",
        "id, wake",
        due,
        "wake",
    );
    let sql = format!(
        "WITH {chosen}
         UPDATE @.tickets SET wake = CASE WHEN $5 > $1 THEN $5 ELSE tickets.wake END
         FROM chosen, @.tenants
         WHERE tickets.tenant = chosen.tenant AND tickets.id = chosen.id AND tenants.id = tickets.tenant
         RETURNING tenants.name, tickets.id, tickets.clocks, tickets.tenant, chosen.part"
    );
    let (now, until, most) = (nanos(claim.now), nanos(claim.end()), limit(claim.limit));
    let rows = shared
        .retrying(WHAT, || async {
            let values: [&(dyn ToSql + Sync); 5] =
                [&now, &most, &served.most, &served.last, &until];
            let rows = shared.query(&sql, &values).await?;
            let row = |row: &tokio_postgres::Row| {
                Ok((
                    (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?),
                    (row.try_get(3)?, row.try_get(4)?),
                ))
            };
            rows.iter().map(row).collect::<Result<Vec<_>, Failed>>()
        })
        .await?;
    let (rows, places): (Vec<(String, String, String)>, Vec<_>) = rows.into_iter().unzip();
    shared.turns.timers.served(claim.limit, &places);
    let mut due = Vec::new();
    for (tenant, ticket, json) in rows {
        // What a later version wrote is left to it.
        let Ok(clocks) = decode::<Clocks>(WHAT, format_args!("clocks of {ticket}"), &json) else {
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

/// Effects that wait for a person no longer.
pub(crate) async fn lapsed(
    shared: &Shared,
    now: DateTime<Utc>,
    count: usize,
) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
    const WHAT: &str = "lapsed_effects";
    let sql = concat!(
        "SELECT tenants.name, version, effect FROM @.outbox JOIN @.tenants ON tenants.id = outbox.tenant
         WHERE next_at <= $1 AND ",
        awaits_person!(),
        " ORDER BY next_at, seq LIMIT $2",
    );
    let (now, most) = (nanos(now), limit(count));
    let ask = || async { shared.query(sql, &[&now, &most]).await };
    let rows = shared.retrying(WHAT, ask).await?;
    let mut lapsed = Vec::with_capacity(rows.len());
    for row in &rows {
        let row = || Ok::<_, Failed>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let (tenant, version, json): (String, i64, String) =
            row().map_err(|failed| failed.during(WHAT))?;
        // What a later version wrote is left to it.
        let Ok(value) = decode(WHAT, format_args!("effect of {tenant}"), &json) else {
            continue;
        };
        let version = u64::try_from(version).unwrap_or_default();
        lapsed.push((tenant_id(WHAT, &tenant)?, Versioned { value, version }));
    }
    Ok(lapsed)
}

/// When the next timer or effect is due, or one lapses.
pub(crate) async fn next(shared: &Shared) -> Result<Option<DateTime<Utc>>, Error> {
    const WHAT: &str = "next_wakeup";
    let sql = concat!(
        "SELECT least(
             (SELECT min(wake) FROM @.tickets WHERE wake IS NOT NULL),
             (SELECT min(next_at) FROM @.outbox WHERE open),
             (SELECT min(next_at) FROM @.outbox WHERE ",
        awaits_person!(),
        "))",
    );
    let ask = || async {
        let rows = shared.query(sql, &[]).await?;
        let next = rows.first().map(|row| row.try_get::<_, Option<i64>>(0));
        Ok(next.transpose()?.flatten())
    };
    let next = shared.retrying(WHAT, ask).await?;
    Ok(next.map(DateTime::from_timestamp_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_what_awaits_a_person_has_every_such_state() {
        for word in OutboxState::KNOWN {
            let listed = awaits_person!().contains(&format!("'{word}'"));
            assert_eq!(OutboxState::from(*word).awaits_person(), listed, "{word}");
        }
    }
}
