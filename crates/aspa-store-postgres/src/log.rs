//! Positions of the log. A sequence numbers writers as they draw, not as they commit: a reader that
//! goes on after the highest number it saw would miss what a slower writer commits below it. So each
//! writer, before it draws, takes a shared advisory lock whose key is the last number drawn so far,
//! and holds it until its transaction has ended: whatever it draws lies above. A reader asks first
//! which number was drawn last, then which locks are held, and reads no further than the lowest of
//! all these. Writers wait for nobody; one that hangs holds up readers of the log and nobody else.

use aspa_store::{Error, ErrorKind, Position, Recorded};
use aspa_ticket::TicketKey;
use aspa_types::TenantId;

use crate::fault::Failed;
use crate::json::{decode, limit, number};
use crate::store::Shared;

const WHAT: &str = "log";

/// Keys of locks have 31 bits.
const KEYS: i64 = 1 << 31;

pub(crate) async fn after(
    shared: &Shared,
    after: Position,
    count: usize,
) -> Result<Vec<Recorded>, Error> {
    let rows = shared.retrying(WHAT, || read(shared, after, count)).await?;
    let mut log = Vec::with_capacity(rows.len());
    for (position, tenant, about, event) in rows {
        let tenant = tenant_id(WHAT, &tenant)?;
        let about: TicketKey = decode(WHAT, format_args!("key at log {position}"), &about)?;
        let event = decode(WHAT, format_args!("log {position}"), &event)?;
        let position = Position(u64::try_from(position).unwrap_or_default());
        log.push(Recorded::new(position, tenant, about, event));
    }
    Ok(log)
}

pub(crate) fn tenant_id(operation: &'static str, name: &str) -> Result<TenantId, Error> {
    TenantId::new(name).map_err(|error| {
        Error::new(ErrorKind::Corrupt, operation)
            .with_detail("tenant")
            .with_source(error)
    })
}

type Entry = (i64, String, String, String);

async fn read(shared: &Shared, after: Position, count: usize) -> Result<Vec<Entry>, Failed> {
    let client = shared.client().await?;
    let drawn = shared.sql("SELECT last_value FROM @.log_position");
    let drawn = client.prepare_cached(&drawn).await?;
    let held = client
        .prepare_cached(
            "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
                 AND classid::bigint = $1 AND granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .await?;
    // Three statements, each of which sees what was committed when it begins: in one they could
    // look in another order.
    let drawn: i64 = client.query_one(&drawn, &[]).await?.try_get(0)?;
    let held = client
        .query(&held, &[&i64::from(shared.names.writers)])
        .await?;
    let held: Vec<i64> = held
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    let final_up_to = horizon(drawn, &held);
    let sql = shared.sql(
        "SELECT log.position, tenants.name, abouts.about, log.event
         FROM @.log JOIN @.tenants ON tenants.id = log.tenant
         JOIN @.abouts ON abouts.tenant = log.tenant AND abouts.digest = log.about_digest
         WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
    );
    let statement = client.prepare_cached(&sql).await?;
    let rows = client
        .query(&statement, &[&number(after.0), &final_up_to, &limit(count)])
        .await?;
    let entry = |row: &tokio_postgres::Row| {
        Ok((
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get(3)?,
        ))
    };
    rows.iter().map(entry).collect()
}

/// Up to which position nothing can come any more: the last one drawn, or the lowest above which
/// some writer draws. A writer that came after the question which was drawn last is above it.
fn horizon(drawn: i64, held: &[i64]) -> i64 {
    let behind = held.iter().map(|key| (drawn - key).rem_euclid(KEYS));
    // Past half of all keys it is ahead, not behind.
    let behind = behind.filter(|behind| *behind < KEYS / 2).max();
    drawn - behind.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_horizon_is_the_lowest_of_all_writers() {
        for (drawn, held, expected) in [
            (7, vec![], 7),
            (7, vec![7], 7),
            (7, vec![5, 6], 5),
            (7, vec![9], 7),
            (7, vec![9, 3], 3),
            (KEYS + 2, vec![KEYS - 1], KEYS - 1),
            (KEYS + 2, vec![1], KEYS + 1),
            (KEYS - 1, vec![1], KEYS - 1),
        ] {
            assert_eq!(horizon(drawn, &held), expected, "{drawn} {held:?}");
        }
    }
}
