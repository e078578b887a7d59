//! How far what we wrote to somebody in a conversation got, by when it was written: kept, since a network may
//! say so before we know of the message.

use aspa_channel::{DeliveryStatus, MessageKey};
use aspa_store::MessageRecord;
use aspa_ticket::TicketKey;
use aspa_types::DeliveryId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::world::{Missing, World};

/// Where a record keeps them.
const MARKS: &str = "until";
/// Where the record of a message that has not come keeps how far those before it got.
const AWAITED: &str = "watermarks";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Mark {
    status: DeliveryStatus,
    /// It holds for what was written until then.
    until: DateTime<Utc>,
    /// When that was said.
    at: DateTime<Utc>,
}

/// The record that stands for all messages of ours about `line`, whichever they are: the name is no message's.
#[expect(clippy::expect_used, reason = "a digest of 18 characters is an id")]
pub(crate) fn name(line: &TicketKey) -> MessageKey {
    let id = DeliveryId::derive(&["until", &line.to_string()]);
    MessageKey::new(line.conversation.account.clone(), id.as_str()).expect("is a valid id")
}

fn read(record: &MessageRecord) -> Vec<Mark> {
    let kept = record.extra.get(MARKS).cloned();
    let marks = kept.and_then(|kept| serde_json::from_value(kept).ok());
    marks.unwrap_or_default()
}

/// Keeps that what we wrote about `line` until then got that far, where nothing later is known.
pub(crate) fn keep(
    world: &mut World<'_>,
    line: &TicketKey,
    status: &DeliveryStatus,
    until: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<(), Missing> {
    let record = world.message(&name(line))?;
    let mut marks = read(record);
    if marks
        .iter()
        .any(|mark| mark.status == *status && mark.until >= until)
    {
        return Ok(());
    }
    marks.retain(|mark| mark.status != *status);
    marks.push(Mark {
        status: status.clone(),
        until,
        at,
    });
    record
        .extra
        .insert(MARKS.to_owned(), serde_json::json!(marks));
    Ok(())
}

/// Keeps that what we wrote before a message got that far, while nobody knows when that was written.
pub(crate) fn await_it(record: &mut MessageRecord, status: &DeliveryStatus, at: DateTime<Utc>) {
    let mut waiting = awaited(record);
    if waiting.iter().all(|(known, _)| known != status) {
        waiting.push((status.clone(), at));
        let waiting = serde_json::json!(waiting);
        record.extra.insert(AWAITED.to_owned(), waiting);
    }
}

/// What waited for a message to come: how far those before it got, and when that was first said.
pub(crate) fn awaited(record: &MessageRecord) -> Vec<(DeliveryStatus, DateTime<Utc>)> {
    let kept = record.extra.get(AWAITED).cloned();
    let waiting = kept.and_then(|kept| serde_json::from_value(kept).ok());
    waiting.unwrap_or_default()
}

/// It waits no longer.
pub(crate) fn came(record: &mut MessageRecord) {
    record.extra.remove(AWAITED);
}

/// Whether something was said before then.
pub(crate) fn are_older(record: &MessageRecord, before: DateTime<Utc>) -> bool {
    record.message.is_none() && read(record).iter().any(|mark| mark.at < before)
}

/// Forgets what was said before then.
pub(crate) fn forget(record: &mut MessageRecord, before: DateTime<Utc>) {
    let mut marks = read(record);
    marks.retain(|mark| mark.at >= before);
    match marks.is_empty() {
        true => record.extra.remove(MARKS),
        false => record
            .extra
            .insert(MARKS.to_owned(), serde_json::json!(marks)),
    };
}

/// Writes into the record of a message of ours about `line`, written at `written`, how far it is known to have
/// got. Returns whether anything is known.
pub(crate) fn catch_up(
    world: &mut World<'_>,
    line: &TicketKey,
    message: &MessageKey,
    written: DateTime<Utc>,
) -> Result<bool, Missing> {
    let mut marks = world.look(&name(line))?.map(read).unwrap_or_default();
    marks.retain(|mark| mark.until >= written);
    if marks.is_empty() {
        return Ok(false);
    }
    let record = world.message(message)?;
    for mark in marks {
        record.reach(mark.at, mark.status);
    }
    Ok(true)
}
