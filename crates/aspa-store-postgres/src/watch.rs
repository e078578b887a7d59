//! What operations ask for: how much waits, what has come, and what is to be decided again.

use aspa_channel::Event;
use aspa_store::{Claim, Error, ErrorKind, InboxEntry, OutboxState, RawDelivery, Vitals};
use aspa_types::DeliveryId;
use chrono::DateTime;
use tokio_postgres::Row;

use crate::fault::Failed;
use crate::json::{decode, digest, event_key, nanos, number, time};
use crate::store::Shared;

/// Takes back the leases of a claim. What somebody else claimed since then has another end.
pub(crate) async fn release(
    shared: &Shared,
    claim: Claim,
    entries: &[InboxEntry],
) -> Result<(), Error> {
    let sql = "UPDATE @.inbox SET leased_until = $3 WHERE seq = ANY($1) AND leased_until = $2";
    let seqs: Vec<i64> = entries.iter().map(|entry| number(entry.seq)).collect();
    let until = nanos(claim.end());
    let give = || async { shared.query(sql, &[&seqs, &until, &i64::MIN]).await };
    shared.retrying("release_inbox", give).await?;
    shared.turns.front.moved(None);
    shared.ear.committed();
    Ok(())
}

pub(crate) async fn vitals(shared: &Shared, most: u64) -> Result<Vitals, Error> {
    const WHAT: &str = "vitals";
    let waits = "SELECT (SELECT count(*) FROM (SELECT 1 FROM @.inbox LIMIT $1) AS found),
                     (SELECT received_at FROM @.inbox ORDER BY seq LIMIT 1),
                     (SELECT min(wake) FROM @.tickets WHERE wake IS NOT NULL)";
    let effects = "SELECT word, (SELECT count(*) FROM (
                           SELECT 1 FROM @.outbox WHERE holds AND state = word LIMIT $1) AS found),
                       (SELECT min(next_at) FROM @.outbox WHERE holds AND state = word)
                   FROM unnest($2::text[]) AS words (word)";
    let words: Vec<&str> = Vitals::counted().collect();
    let most = number(most);
    let ask = || async {
        let waits = shared.query(waits, &[&most]).await?;
        Ok((waits, shared.query(effects, &[&most, &words]).await?))
    };
    let (waits, effects) = shared.retrying(WHAT, ask).await?;
    let told = |failed: Failed| failed.during(WHAT);
    let mut vitals = Vitals::default();
    if let Some(row) = waits.first() {
        let row = || Ok::<_, Failed>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let (backlog, oldest, wake): (i64, Option<String>, Option<i64>) = row().map_err(told)?;
        vitals.backlog = u64::try_from(backlog).unwrap_or_default();
        vitals.oldest = oldest.map(|at| time(WHAT, "inbox", &at)).transpose()?;
        vitals.timer_due = wake.map(DateTime::from_timestamp_nanos);
    }
    let mut due: Option<i64> = None;
    for row in &effects {
        let row = || Ok::<_, Failed>((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let (word, count, next): (String, i64, Option<i64>) = row().map_err(told)?;
        if OutboxState::from(word.as_str()).is_ready() {
            due = due.into_iter().chain(next).min();
        }
        let count = u64::try_from(count).unwrap_or_default();
        vitals.effects.insert(word, count);
    }
    vitals.effect_due = due.map(DateTime::from_timestamp_nanos);
    Ok(vitals)
}

/// The bytes of bodies that are read at once, but for one that is larger by itself.
const BODIES: i64 = 16 << 20;

/// After the digest of a delivery, or from the first.
pub(crate) const DELIVERIES: &str = "
    SELECT webhook, id, received_at, body FROM (
        SELECT *, sum(octet_length(body)) OVER (ORDER BY digest) - octet_length(body) AS before
        FROM (SELECT * FROM @.deliveries WHERE tenant = $1 AND digest > $2 AND webhook = $3
              ORDER BY digest LIMIT $4) AS page) AS page
    WHERE before < $5 ORDER BY digest";

pub(crate) const MOST_BYTES: &i64 = &BODIES;

/// Where a delivery stands in the order of deliveries.
pub(crate) fn place(webhook: &str, id: Option<&DeliveryId>) -> Vec<u8> {
    id.map(|id| digest(&[webhook, id.as_str()]))
        .unwrap_or_default()
}

pub(crate) fn delivery(operation: &'static str, row: &Row) -> Result<RawDelivery, Error> {
    let cells = || {
        Ok::<_, Failed>((
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get(3)?,
        ))
    };
    let (webhook, id, at, body): (String, String, String, Vec<u8>) =
        cells().map_err(|failed| failed.during(operation))?;
    let webhook: String = decode(operation, "delivery", &webhook)?;
    let id = DeliveryId::new(id).map_err(|error| {
        Error::new(ErrorKind::Corrupt, operation)
            .with_detail("delivery")
            .with_source(error)
    })?;
    let at = time(operation, "delivery", &at)?;
    Ok(RawDelivery::new(webhook.into(), id, at, body))
}

pub(crate) const KNOWN: &str = "
    SELECT EXISTS (SELECT 1 FROM @.seen
                   WHERE seen.tenant = $1 AND seen.account = e.account AND seen.event = e.key)
    FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS e (account, key, place) ORDER BY place";

/// The columns of [`KNOWN`].
pub(crate) fn names(events: &[Event]) -> (Vec<String>, Vec<Vec<u8>>) {
    let names = events.iter().map(|event| {
        let key = event_key(event.key());
        (event.account.to_string(), key)
    });
    names.unzip()
}
