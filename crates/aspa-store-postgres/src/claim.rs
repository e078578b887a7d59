use aspa_channel::{Event, EventKind, Via};
use aspa_store::{
    Attempt, Claim, ClaimedEffect, Clocks, DueTimer, Error, ErrorKind, InboxEntry, OutboxRow,
    OutboxState, Versioned,
};
use aspa_types::{AccountId, TenantId, TicketId};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use tokio_postgres::IsolationLevel;

use crate::fault::Failed;
use crate::json::{decode, encode, limit, nanos, time};
use crate::log::tenant_id;
use crate::store::{Shared, borrowed};
use crate::write::{OLD_EFFECTS, PUT_ATTEMPTS, Value, effects};

/// Until when a claim holds.
pub(crate) fn end(claim: Claim) -> DateTime<Utc> {
    let end = claim.now.checked_add_signed(claim.lease);
    end.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Takes the first entries that no lease covers. Rows that another worker is just taking are passed
/// over; one that was taken since this statement began is looked at again and left.
pub(crate) async fn inbox(shared: &Shared, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
    const WHAT: &str = "claim_inbox";
    if claim.limit == 0 {
        return Ok(Vec::new());
    }
    let sql = "
        WITH free AS (
            SELECT seq FROM @.inbox WHERE leased_until <= $1 ORDER BY seq LIMIT $2
            FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE @.inbox SET leased_until = $3 FROM free, @.tenants
        WHERE inbox.seq = free.seq AND tenants.id = inbox.tenant
        RETURNING tenants.name, inbox.seq, inbox.received_at, inbox.event";
    let (now, until) = (nanos(claim.now), nanos(end(claim)));
    let most = limit(claim.limit);
    let rows = shared
        .retrying(WHAT, || async {
            let rows = shared.query(sql, &[&now, &most, &until]).await?;
            let row = |row: &tokio_postgres::Row| {
                Ok((
                    row.try_get(0)?,
                    row.try_get(1)?,
                    row.try_get(2)?,
                    row.try_get(3)?,
                ))
            };
            rows.iter().map(row).collect::<Result<Vec<_>, Failed>>()
        })
        .await?;
    let entries = rows.into_iter().map(|row| entry(WHAT, row));
    let mut entries: Vec<InboxEntry> = entries.collect::<Result<_, _>>()?;
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

/// Ready effects that no earlier one of their conversation holds back, and no pause.
macro_rules! at_the_head {
    () => {
        "ready AND NOT EXISTS (
             SELECT 1 FROM @.pauses
             WHERE pauses.tenant = outbox.tenant AND pauses.account IN ('', outbox.account)
                 AND pauses.kind IN ('', outbox.kind)) AND NOT EXISTS (
             SELECT 1 FROM @.outbox AS earlier
             WHERE earlier.holds AND earlier.tenant = outbox.tenant
                 AND earlier.lane_digest = outbox.lane_digest AND earlier.seq < outbox.seq)"
    };
}

/// [`OutboxState::awaits_person`], as its index has it.
macro_rules! awaits_person {
    () => {
        "state IN ('awaiting_approval', 'blocked')"
    };
}

/// Takes effects whose turn it is, and writes their try down: those that are ready and that no
/// earlier one of their lane holds back.
pub(crate) async fn outbox(shared: &Shared, claim: Claim) -> Result<Vec<ClaimedEffect>, Failed> {
    const WHAT: &str = "claim_outbox";
    if claim.limit == 0 {
        return Ok(Vec::new());
    }
    let mut client = shared.client().await?;
    let heads = shared.sql(concat!(
        "SELECT outbox.tenant, tenants.name, outbox.version, outbox.effect
         FROM @.outbox JOIN @.tenants ON tenants.id = outbox.tenant WHERE next_at <= $1 AND ",
        at_the_head!(),
        " ORDER BY outbox.seq LIMIT $2 FOR NO KEY UPDATE OF outbox SKIP LOCKED",
    ));
    let heads = client.prepare_cached(&heads).await?;
    let put = client.prepare_cached(&shared.sql(OLD_EFFECTS)).await?;
    let note = client.prepare_cached(&shared.sql(PUT_ATTEMPTS)).await?;
    let isolation = IsolationLevel::ReadCommitted;
    let transaction = client.build_transaction().isolation_level(isolation);
    let transaction = transaction.start().await?;
    let rows = transaction
        .query(&heads, &[&nanos(claim.now), &limit(claim.limit)])
        .await?;
    let (mut claimed, mut by_tenant) = (Vec::new(), BTreeMap::<i32, Vec<_>>::new());
    for row in &rows {
        let (tenant, name, version): (i32, String, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let id = tenant_id(WHAT, &name)?;
        let value: OutboxRow =
            decode(WHAT, format_args!("effect of tenant {id}"), row.try_get(3)?)?;
        let version = u64::try_from(version).unwrap_or_default();
        let mut row = Versioned { value, version };
        let interrupted = row.value.state == OutboxState::Sending;
        row.value.state = OutboxState::Sending;
        row.value.next_at = end(claim);
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
    Ok(claimed)
}

/// The timers that are due, of the tickets that can be among the first `count`.
pub(crate) async fn due(
    shared: &Shared,
    now: DateTime<Utc>,
    count: usize,
) -> Result<Vec<DueTimer>, Error> {
    const WHAT: &str = "due_timers";
    if count == 0 {
        return Ok(Vec::new());
    }
    // Up to the time of the last ticket that is needed: those that tie with it are needed too.
    let sql = "
        SELECT tenants.name, tickets.id, tickets.clocks
        FROM @.tickets JOIN @.tenants ON tenants.id = tickets.tenant
        WHERE wake <= coalesce(
            (SELECT wake FROM @.tickets WHERE wake <= $1 ORDER BY wake LIMIT 1 OFFSET $2), $1)";
    let (now_nanos, last) = (nanos(now), limit(count - 1));
    let rows = shared
        .retrying(WHAT, || async {
            shared.query(sql, &[&now_nanos, &last]).await
        })
        .await?;
    let mut due = Vec::new();
    for row in &rows {
        let row = || Ok::<_, Failed>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let (tenant, ticket, json): (String, String, String) =
            row().map_err(|failed| failed.during(WHAT))?;
        let clocks: Clocks = decode(WHAT, format_args!("clocks of ticket {ticket}"), &json)?;
        let id = |error| {
            Error::new(ErrorKind::Corrupt, WHAT)
                .with_detail("ticket")
                .with_source(error)
        };
        let (tenant, ticket) = (
            tenant_id(WHAT, &tenant)?,
            TicketId::new(ticket).map_err(id)?,
        );
        let timers = clocks.timers.into_iter().filter(|timer| timer.at <= now);
        due.extend(timers.map(|timer| DueTimer::new(tenant.clone(), ticket.clone(), timer)));
    }
    due.sort_by(|a, b| (&a.timer, &a.tenant, &a.ticket).cmp(&(&b.timer, &b.tenant, &b.ticket)));
    due.truncate(count);
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
        let value = decode(WHAT, format_args!("effect of {tenant}"), &json)?;
        let version = u64::try_from(version).unwrap_or_default();
        lapsed.push((tenant_id(WHAT, &tenant)?, Versioned { value, version }));
    }
    Ok(lapsed)
}

/// When the next timer or effect is due, or one lapses.
pub(crate) async fn next(shared: &Shared) -> Result<Option<DateTime<Utc>>, Error> {
    const WHAT: &str = "next_wakeup";
    let sql = concat!(
        "(SELECT clocks, true FROM @.tickets
          WHERE wake = (SELECT min(wake) FROM @.tickets WHERE wake IS NOT NULL))
         UNION ALL (SELECT effect, false FROM @.outbox WHERE ",
        at_the_head!(),
        " ORDER BY next_at LIMIT 1)
         UNION ALL (SELECT effect, false FROM @.outbox WHERE ",
        awaits_person!(),
        " ORDER BY next_at LIMIT 1)",
    );
    let rows = shared.retrying(WHAT, || shared.query(sql, &[])).await?;
    let mut first: Option<DateTime<Utc>> = None;
    let mut earlier = |at: DateTime<Utc>| first = Some(first.map_or(at, |first| first.min(at)));
    for row in &rows {
        let row = || Ok::<_, Failed>((row.try_get(0)?, row.try_get(1)?));
        let (json, is_ticket): (String, bool) = row().map_err(|failed| failed.during(WHAT))?;
        if is_ticket {
            let clocks: Clocks = decode(WHAT, "clocks", &json)?;
            clocks.timers.iter().for_each(|timer| earlier(timer.at));
        } else {
            let row: OutboxRow = decode(WHAT, "effect", &json)?;
            earlier(row.next_at);
        }
    }
    Ok(first)
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
