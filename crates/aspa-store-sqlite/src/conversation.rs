//! Conversations, read from their end.

use aspa_channel::ConversationKey;
use aspa_store::{Error, MessagePlace, MessageRecord};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::claim::limit;
use crate::fault::During;
use crate::json::decode;
use crate::list::column;

const CONVERSATION: &str = "conversation";

/// As a column holds a conversation.
pub(crate) fn thread_text(key: &ConversationKey) -> String {
    format!("{}\u{1f}{}", key.id, key.account)
}

/// The newest messages before a place, newest first.
pub(crate) fn page(
    connection: &Connection,
    tenant: i64,
    thread: &str,
    before: Option<&MessagePlace>,
    count: usize,
) -> Result<Vec<String>, rusqlite::Error> {
    let key = before.map(|place| &place.key);
    // Behind every message, since none stands at the end of all numbers.
    let (at, source) = before.map_or((i64::MAX, i64::MAX), |place| (place.at, place.source));
    let (account, id, part) = key.map_or(("", "", 0), |key| {
        (key.account.as_str(), &*key.id, key.part)
    });
    let sql = "SELECT record FROM messages INDEXED BY messages_thread
               WHERE tenant = ?1 AND thread = ?2 AND (at, source, account, id, part) < (?3, ?4, ?5, ?6, ?7)
               ORDER BY at DESC, source DESC, account DESC, id DESC, part DESC LIMIT ?8";
    let values = params![tenant, thread, at, source, account, id, part, limit(count)];
    column(connection, sql, values)
}

/// Whether a conversation of this id has rows that have no place yet.
pub(crate) fn is_unplaced(
    connection: &Connection,
    tenant: i64,
    id: &str,
) -> Result<bool, rusqlite::Error> {
    let sql = "SELECT 1 FROM messages INDEXED BY messages_conversation
               WHERE tenant = ?1 AND conversation = ?2 LIMIT 1";
    let mut find = connection.prepare_cached(sql)?;
    let found = find.query_row(params![tenant, id], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// Gives a place to the messages of a conversation that were written before messages had one.
pub(crate) fn place(tx: &Transaction<'_>, tenant: i64, id: &str) -> Result<(), Error> {
    let sql = "SELECT number, record FROM messages INDEXED BY messages_conversation
               WHERE tenant = ?1 AND conversation = ?2";
    let mut unplaced = tx.prepare(sql).during(CONVERSATION)?;
    let rows = unplaced.query_map(params![tenant, id], |row| Ok((row.get(0)?, row.get(1)?)));
    let rows: Result<Vec<(i64, String)>, _> = rows.during(CONVERSATION)?.collect();
    let sql = "UPDATE messages SET conversation = NULL, thread = ?2, at = ?3, source = ?4
               WHERE number = ?1";
    let mut update = tx.prepare(sql).during(CONVERSATION)?;
    for (number, json) in rows.during(CONVERSATION)? {
        let record: MessageRecord = decode(CONVERSATION, format_args!("message {number}"), &json)?;
        let thread = record
            .message
            .as_ref()
            .map(|m| thread_text(&m.conversation));
        let place = record.place();
        let (at, source) = (
            place.as_ref().map(|p| p.at),
            place.as_ref().map(|p| p.source),
        );
        let written = update.execute(params![number, thread, at, source]);
        written.during(CONVERSATION)?;
    }
    Ok(())
}
