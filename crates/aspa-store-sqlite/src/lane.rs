//! Which effects can be claimed once their time has come: the first that holds its conversation, if it
//! is ready and no pause covers it. A column says so, kept up by the commit that changes any of it,
//! so that a claim looks at nothing else.

use rusqlite::{Transaction, params};

use crate::batch::EffectRow;

/// Whether a pause covers an effect.
macro_rules! paused {
    () => {
        "EXISTS (SELECT 1 FROM pauses
         WHERE pauses.tenant = outbox.tenant AND pauses.account IN ('', outbox.account)
             AND pauses.kind IN ('', outbox.kind))"
    };
}

/// [`OutboxState::is_ready`](aspa_store::OutboxState::is_ready), as the index of states has it.
const READY: &str = "('undo_window', 'queued', 'sending', 'failed_retryable')";

/// Sees anew which effect of a lane can be claimed, after this one of it was written.
pub(crate) fn renew(
    tx: &Transaction<'_>,
    tenant: i64,
    row: &EffectRow,
) -> Result<(), rusqlite::Error> {
    let (key, account, conversation) = (row.key.as_str(), row.account.as_str(), &row.conversation);
    if row.holds && row.version > 0 {
        // It may stand before the one that was first.
        tx.prepare_cached(
            "UPDATE outbox SET open = 0 WHERE open = 1 AND seq = (
                 SELECT seq FROM outbox INDEXED BY outbox_lane
                 WHERE holds = 1 AND tenant = ?1 AND account = ?2 AND conversation = ?3
                     AND seq > (SELECT seq FROM outbox WHERE tenant = ?1 AND key = ?4)
                 ORDER BY seq LIMIT 1)",
        )?
        .execute(params![tenant, account, conversation, key])?;
    }
    tx.prepare_cached(concat!(
        "UPDATE outbox SET open = ready AND NOT ",
        paused!(),
        "WHERE seq = (
             SELECT seq FROM outbox INDEXED BY outbox_lane
             WHERE holds = 1 AND tenant = ?1 AND account = ?2 AND conversation = ?3
             ORDER BY seq LIMIT 1)",
    ))?
    .execute(params![tenant, account, conversation])
    .map(drop)
}

/// Sees anew which effects of a tenant can be claimed, after its pauses have changed.
pub(crate) fn pause(tx: &Transaction<'_>, tenant: i64) -> Result<(), rusqlite::Error> {
    tx.prepare_cached(concat!(
        "UPDATE outbox INDEXED BY outbox_turn SET open = 0 WHERE open = 1 AND tenant = ?1 AND ",
        paused!()
    ))?
    .execute([tenant])?;
    let sql = format!(
        "UPDATE outbox INDEXED BY outbox_state SET open = 1
         WHERE tenant = ?1 AND state IN {READY} AND ready = 1 AND open = 0 AND NOT {}
             AND NOT EXISTS (
                 SELECT 1 FROM outbox AS earlier INDEXED BY outbox_lane
                 WHERE earlier.holds = 1 AND earlier.tenant = outbox.tenant
                     AND earlier.account = outbox.account
                     AND earlier.conversation = outbox.conversation AND earlier.seq < outbox.seq)",
        paused!()
    );
    tx.prepare_cached(&sql)?.execute([tenant]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_store::OutboxState;

    #[test]
    fn what_is_ready_is_listed() {
        for word in OutboxState::KNOWN {
            let listed = READY.contains(&format!("'{word}'"));
            assert_eq!(OutboxState::from(*word).is_ready(), listed, "{word}");
        }
    }
}
