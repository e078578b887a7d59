//! Conversations, read from their end.

use aspa_channel::ConversationKey;
use aspa_store::{MessagePlace, MessageRecord};
use tokio_postgres::Row;

use crate::fault::Failed;
use crate::json::{decode, limit};
use crate::store::Shared;
use crate::write::conversation_digest;

const CONVERSATION: &str = "conversation";

/// The newest messages before a place, oldest first.
pub(crate) async fn page(
    shared: &Shared,
    tenant: i32,
    key: &ConversationKey,
    before: Option<&MessagePlace>,
    count: usize,
) -> Result<Vec<MessageRecord>, Failed> {
    place(shared, tenant, key).await?;
    // Behind every message, since none stands at the end of all numbers.
    let (at, source) = before.map_or((i64::MAX, i64::MAX), |place| (place.at, place.source));
    let key_before = before.map(|place| &place.key);
    let (account, id, part) = key_before.map_or(("", "", 0), |key| {
        (key.account.as_str(), &*key.id, i32::from(key.part))
    });
    let sql = "SELECT record FROM @.messages WHERE tenant = $1 AND conversation_digest = $2
                   AND (at, source, account, id, part) < ($3, $4, $5, $6, $7)
               ORDER BY at DESC, source DESC, account DESC, id DESC, part DESC LIMIT $8";
    let digest = conversation_digest(key);
    let (tenant, count) = (&tenant, limit(count));
    let rows = shared
        .query(
            sql,
            &[tenant, &digest, &at, &source, &account, &id, &part, &count],
        )
        .await?;
    rows.iter().rev().map(|row| record(key, row, 0)).collect()
}

/// Gives a place to the messages of a conversation that were written before messages had one, or by a
/// worker that knows of none.
async fn place(shared: &Shared, tenant: i32, key: &ConversationKey) -> Result<(), Failed> {
    let sql = "SELECT record, account, id, part FROM @.messages
               WHERE tenant = $1 AND conversation_digest = $2 AND at IS NULL";
    let unplaced = shared
        .query(sql, &[&tenant, &conversation_digest(key)])
        .await?;
    let (mut names, mut times) = (
        (Vec::new(), Vec::new(), Vec::new()),
        (Vec::new(), Vec::new()),
    );
    for row in &unplaced {
        if let Some(place) = record(key, row, 0)?.place() {
            names.0.push(row.try_get::<_, String>(1)?);
            names.1.push(row.try_get::<_, String>(2)?);
            names.2.push(row.try_get::<_, i32>(3)?);
            times.0.push(place.at);
            times.1.push(place.source);
        }
    }
    if names.0.is_empty() {
        return Ok(());
    }
    // What somebody wrote meanwhile has a place, or is given one when it is next read.
    let sql = "UPDATE @.messages AS m SET at = n.at, source = n.source
               FROM unnest($2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[])
                   AS n (account, id, part, at, source)
               WHERE m.tenant = $1 AND m.account = n.account AND m.id = n.id AND m.part = n.part
                   AND m.at IS NULL";
    shared
        .query(
            sql,
            &[&tenant, &names.0, &names.1, &names.2, &times.0, &times.1],
        )
        .await?;
    Ok(())
}

fn record(key: &ConversationKey, row: &Row, cell: usize) -> Result<MessageRecord, Failed> {
    let what = format_args!("message of {key}");
    Ok(decode(CONVERSATION, what, row.try_get(cell)?)?)
}
