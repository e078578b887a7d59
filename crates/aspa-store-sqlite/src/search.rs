//! What was written, by words: taken in after the commit that wrote it, taken out within the commit
//! that changed it.

use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::MessageKey;
use aspa_store::{Analyzer, Clause, Error, MessageRecord, Note, Search, Words};
use aspa_ticket::{NoteId, Ticket};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::fault::During;
use crate::json::{decode, digest};

/// So many bits of a text's number tell it from others of its ticket. Of a ticket with more texts, a
/// million, the first are found.
const BITS: u32 = 20;

/// What changes while texts are taken in.
const READ: &str = "search";

/// How many tickets are read in one transaction.
const STEP: usize = 100;

/// The ticket of a text.
pub(crate) fn ticket_of(text: i64) -> i64 {
    text >> BITS
}

pub(crate) fn message_source(number: i64) -> i64 {
    number * 2
}

pub(crate) fn note_source(number: i64) -> i64 {
    number * 2 + 1
}

/// What tells whether texts are still the same; 0: there are none.
pub(crate) fn said(texts: &[String]) -> i64 {
    if texts.is_empty() {
        return 0;
    }
    let bytes = digest(&texts.join("\0")).first_chunk().copied();
    // Of 2^64 texts one is taken for none.
    i64::from_be_bytes(bytes.unwrap_or_default())
}

/// Notes that a ticket was written, so that its texts are looked at.
pub(crate) fn mark(tx: &Transaction<'_>, ticket: i64) -> Result<(), rusqlite::Error> {
    tx.prepare_cached("INSERT INTO unread (ticket) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([ticket])
        .map(drop)
}

/// Takes a message or note out where it no longer says what was taken in, in the commit that changes
/// it: what is erased is gone with it. What it says now is taken in later.
pub(crate) fn changed(tx: &Transaction<'_>, source: i64, said: i64) -> Result<(), rusqlite::Error> {
    let mut find =
        tx.prepare_cached("SELECT number FROM texts WHERE source = ?1 AND digest <> ?2")?;
    let texts: Vec<i64> = find
        .query_map([source, said], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for text in texts {
        take_out(tx, text)?;
        mark(tx, ticket_of(text))?;
    }
    Ok(())
}

/// Takes a message out that goes for good.
pub(crate) fn forget_message(
    tx: &Transaction<'_>,
    tenant: i64,
    key: &MessageKey,
) -> Result<(), rusqlite::Error> {
    match message_number(tx, tenant, key)? {
        Some(number) => forget(tx, message_source(number)),
        None => Ok(()),
    }
}

/// Takes a note out that goes for good.
pub(crate) fn forget_note(
    tx: &Transaction<'_>,
    tenant: i64,
    id: &NoteId,
) -> Result<(), rusqlite::Error> {
    match note_number(tx, tenant, id)? {
        Some(number) => forget(tx, note_source(number)),
        None => Ok(()),
    }
}

fn forget(tx: &Transaction<'_>, source: i64) -> Result<(), rusqlite::Error> {
    let mut find = tx.prepare_cached("SELECT number FROM texts WHERE source = ?1")?;
    let texts: Vec<i64> = find
        .query_map([source], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    texts.into_iter().try_for_each(|text| take_out(tx, text))
}

/// Takes a ticket out that is removed.
pub(crate) fn remove(tx: &Transaction<'_>, ticket: i64) -> Result<(), rusqlite::Error> {
    let range = [ticket << BITS, (ticket + 1) << BITS];
    let mut find =
        tx.prepare_cached("SELECT number FROM texts WHERE number >= ?1 AND number < ?2")?;
    let texts: Vec<i64> = find
        .query_map(range, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    texts.into_iter().try_for_each(|text| take_out(tx, text))
}

fn message_number(
    connection: &Connection,
    tenant: i64,
    key: &MessageKey,
) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT number FROM messages WHERE tenant = ?1 AND account = ?2 AND id = ?3 AND part = ?4",
        )?
        .query_row(params![tenant, key.account.as_str(), key.id, key.part], |row| row.get(0))
        .optional()
}

fn note_number(
    connection: &Connection,
    tenant: i64,
    id: &NoteId,
) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT number FROM notes WHERE tenant = ?1 AND id = ?2")?
        .query_row(params![tenant, id], |row| row.get(0))
        .optional()
}

fn take_out(tx: &Transaction<'_>, text: i64) -> Result<(), rusqlite::Error> {
    for sql in [
        "DELETE FROM search WHERE rowid = ?1",
        "DELETE FROM texts WHERE number = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([text])?;
    }
    Ok(())
}

/// Whether some ticket's texts are still to be taken in.
pub(crate) fn is_behind(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection
        .prepare_cached("SELECT 1 FROM unread LIMIT 1")?
        .exists([])
}

/// Takes in the texts of some tickets. Returns whether there may be more of them.
pub(crate) fn catch_up(tx: &Transaction<'_>, analyzer: &mut Analyzer) -> Result<bool, Error> {
    let tickets: Vec<i64> = tx
        .prepare_cached("DELETE FROM unread WHERE ticket IN (SELECT ticket FROM unread ORDER BY ticket LIMIT ?1) RETURNING ticket")
        .and_then(|mut take| take.query_map([STEP], |row| row.get(0))?.collect())
        .during(READ)?;
    let full = tickets.len() == STEP;
    // In the order of their numbers, in which the index is written at once.
    for ticket in tickets.into_iter().collect::<BTreeSet<i64>>() {
        read(tx, ticket, analyzer)?;
    }
    Ok(full)
}

/// Brings the texts of one ticket up to date.
fn read(tx: &Transaction<'_>, number: i64, analyzer: &mut Analyzer) -> Result<(), Error> {
    let found: Option<(i64, Option<String>)> = tx
        .prepare_cached("SELECT tenant, ticket FROM tickets WHERE number = ?1")
        .and_then(|mut find| {
            find.query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .during(READ)?;
    let Some((tenant, json)) = found else {
        return Ok(());
    };
    // One that this version cannot read is found by its conditions alone.
    let ticket: Option<Ticket> = json.and_then(|json| decode(READ, "ticket", &json).ok());
    let sources = match &ticket {
        Some(ticket) => sources(tx, tenant, ticket).during(READ)?,
        None => BTreeSet::new(),
    };
    let range = [number << BITS, (number + 1) << BITS];
    let known: BTreeMap<i64, i64> = tx
        .prepare_cached("SELECT source, number FROM texts WHERE number >= ?1 AND number < ?2")
        .and_then(|mut find| {
            find.query_map(range, |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .during(READ)?;
    for (_, text) in known.iter().filter(|(source, _)| !sources.contains(source)) {
        take_out(tx, *text).during(READ)?;
    }
    let mut next = known.values().max().map_or(range[0], |last| last + 1);
    for source in sources
        .into_iter()
        .filter(|source| !known.contains_key(source))
    {
        if next < range[1] {
            let texts = texts(tx, source)?;
            write(tx, tenant, next, source, &texts, analyzer).during(READ)?;
            next += 1;
        }
    }
    Ok(())
}

/// The messages and notes of a ticket.
fn sources(
    tx: &Transaction<'_>,
    tenant: i64,
    ticket: &Ticket,
) -> Result<BTreeSet<i64>, rusqlite::Error> {
    let mut all = BTreeSet::new();
    for attached in &ticket.messages {
        let number = message_number(tx, tenant, &attached.message)?;
        all.extend(number.map(message_source));
    }
    for id in &ticket.notes {
        all.extend(note_number(tx, tenant, id)?.map(note_source));
    }
    Ok(all)
}

fn texts(tx: &Transaction<'_>, source: i64) -> Result<Vec<String>, Error> {
    let sql = match source % 2 {
        0 => "SELECT record FROM messages WHERE number = ?1",
        _ => "SELECT note FROM notes WHERE number = ?1",
    };
    let json: Option<String> = tx
        .prepare_cached(sql)
        .and_then(|mut find| find.query_row([source / 2], |row| row.get(0)).optional())
        .during(READ)?;
    let Some(json) = json else {
        return Ok(Vec::new());
    };
    // What this version cannot read is not found by what it says.
    Ok(match source % 2 {
        0 => decode(READ, "message", &json).map(|record: MessageRecord| record.searchable()),
        _ => decode(READ, "note", &json).map(|note: Note| note.searchable()),
    }
    .unwrap_or_default())
}

fn write(
    tx: &Transaction<'_>,
    tenant: i64,
    number: i64,
    source: i64,
    texts: &[String],
    analyzer: &mut Analyzer,
) -> Result<(), rusqlite::Error> {
    tx.prepare_cached("INSERT INTO texts (number, source, digest) VALUES (?1, ?2, ?3)")?
        .execute([number, source, said(texts)])?;
    let Words { words, stems, .. } = analyzer.read(texts.iter().map(String::as_str));
    if words.is_empty() {
        return Ok(());
    }
    tx.prepare_cached("INSERT INTO search (rowid, words, stems) VALUES (?1, ?2, ?3)")?
        .execute(params![
            number,
            marked(tenant, &words),
            marked(tenant, &stems)
        ])
        .map(drop)
}

/// Words as the index takes them, each behind its tenant's number. They are letters and digits alone,
/// so that nothing in them means anything to the index.
fn marked(tenant: i64, words: &[String]) -> String {
    let mut text = String::with_capacity(words.iter().map(|word| word.len() + 5).sum());
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&token(tenant, word));
    }
    text
}

/// No number holds an `x`, so that tenant 1 and `2x` are not tenant `12` and `x`.
fn token(tenant: i64, word: &str) -> String {
    format!("{tenant}x{word}")
}

/// The tickets that a search finds, each once, in the order of their numbers.
pub(crate) fn hits(
    connection: &Connection,
    tenant: i64,
    search: &Search,
) -> Result<Vec<i64>, rusqlite::Error> {
    let mut found: Option<Vec<i64>> = None;
    for clause in search.clauses() {
        let tickets = tickets_with(connection, &expression(tenant, clause))?;
        found = Some(match found {
            None => tickets,
            Some(before) => common(&before, &tickets),
        });
        if found.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
    }
    Ok(found.unwrap_or_default())
}

fn tickets_with(connection: &Connection, expression: &str) -> Result<Vec<i64>, rusqlite::Error> {
    let mut find = connection
        .prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid")?;
    let mut rows = find.query([expression])?;
    let mut tickets = Vec::new();
    while let Some(row) = rows.next()? {
        let ticket = ticket_of(row.get(0)?);
        if tickets.last() != Some(&ticket) {
            tickets.push(ticket);
        }
    }
    Ok(tickets)
}

/// What two ascending lists have in common.
fn common(one: &[i64], other: &[i64]) -> Vec<i64> {
    let mut rest = other;
    let has = |ticket: &&i64| {
        rest = &rest[rest.partition_point(|next| next < *ticket)..];
        rest.first() == Some(*ticket)
    };
    one.iter().filter(has).copied().collect()
}

/// A clause in the language of FTS5, where each word stands between quotes.
fn expression(tenant: i64, clause: &Clause) -> String {
    let quoted = |word: &String| format!("\"{}\"", token(tenant, word));
    match clause {
        Clause::Any(words) => words.iter().map(quoted).collect::<Vec<_>>().join(" OR "),
        Clause::Prefix(start) => format!("words : {} *", quoted(start)),
        Clause::Phrase(words) => {
            let words: Vec<_> = words.iter().map(quoted).collect();
            format!("words : {}", words.join(" + "))
        }
        // A later kind of clause finds nothing rather than everything.
        _ => quoted(&String::new()) + " AND \"x\"",
    }
}
