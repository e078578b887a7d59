use std::collections::BTreeSet;
use std::sync::Arc;

use aspa_channel::{Event, MessageKey};
use aspa_identity::LinkState;
use aspa_store::{
    Arrival, Changes, Clocks, Error, ErrorKind, PauseScope, RawDelivery, TicketRow, TicketSort,
    Versioned,
};
use aspa_ticket::{NoteId, TicketKey};
use aspa_types::{AccountId, CustomerId, EffectKey, Tag, TicketId};
use rusqlite::types::Value;

use crate::conversation::thread_text;
use crate::inbox::customer_text;
use crate::json::{digest, encode, nanos, time_text};
use crate::privacy::PrivacyRows;
use crate::search::said;

/// Event keys up to this many bytes are stored as they are: those of one time lie next to each
/// other, so that a batch touches few pages of the index.
const LONGEST_EVENT_KEY: usize = 64;

/// [`Changes`] as the tables want them: everything that needs no database is done, so that the
/// database's thread only writes.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) arrivals: Vec<ArrivalRows>,
    pub(crate) processed: Vec<u64>,
    pub(crate) kept: Vec<u64>,
    pub(crate) reopened: Vec<u64>,
    pub(crate) dropped: Vec<u64>,
    pub(crate) messages: Vec<MessageRow>,
    /// Key, version, JSON.
    pub(crate) handles: Vec<(String, i64, String)>,
    pub(crate) history: Vec<(TicketKey, String)>,
    pub(crate) tickets: Vec<TicketRows>,
    pub(crate) removed: Vec<(TicketId, i64)>,
    pub(crate) notes: Vec<(NoteId, String)>,
    /// Handles.
    pub(crate) forgotten: Vec<String>,
    /// Handle, digest, JSON.
    pub(crate) evidence: Vec<(String, Vec<u8>, String)>,
    pub(crate) links: Vec<LinkRow>,
    pub(crate) outbox: Vec<EffectRow>,
    pub(crate) attempts: Vec<(EffectKey, u32, String)>,
    pub(crate) customers: Vec<(CustomerId, String)>,
    pub(crate) gone: Vec<CustomerId>,
    pub(crate) cursors: Vec<(Arc<str>, String)>,
    /// Account, kind.
    pub(crate) resumed: Vec<(String, String)>,
    /// Account, kind, JSON.
    pub(crate) pauses: Vec<(String, String, String)>,
    pub(crate) privacy: PrivacyRows,
}

#[derive(Debug)]
pub(crate) struct ArrivalRows {
    pub(crate) delivery: Option<(RawDelivery, String)>,
    pub(crate) received_at: String,
    pub(crate) events: Vec<EventRow>,
    pub(crate) cursor: Option<(Arc<str>, String)>,
}

#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) account: AccountId,
    pub(crate) key: Value,
    pub(crate) json: String,
}

#[derive(Debug)]
pub(crate) struct MessageRow {
    pub(crate) key: MessageKey,
    pub(crate) version: i64,
    /// Its conversation, and where it stands in it.
    pub(crate) thread: Option<String>,
    pub(crate) place: Option<(i64, i64)>,
    pub(crate) awaits: Option<String>,
    /// What tells whether it says what it did, where it was there before.
    pub(crate) said: i64,
    pub(crate) json: String,
}

#[derive(Debug)]
pub(crate) struct LinkRow {
    pub(crate) handle: String,
    pub(crate) version: i64,
    pub(crate) state: String,
    /// Whom it is linked to.
    pub(crate) customer: Option<String>,
    pub(crate) json: String,
}

#[derive(Debug)]
pub(crate) struct TicketRows {
    pub(crate) id: TicketId,
    pub(crate) version: i64,
    pub(crate) about: TicketKey,
    pub(crate) ordinal: u32,
    pub(crate) opened: i64,
    pub(crate) touched: i64,
    pub(crate) category: String,
    pub(crate) active: bool,
    pub(crate) assignee: Option<String>,
    pub(crate) place: i64,
    pub(crate) wake: Option<i64>,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) json: String,
    pub(crate) clocks: Option<String>,
}

#[derive(Debug)]
pub(crate) struct EffectRow {
    pub(crate) key: EffectKey,
    pub(crate) version: i64,
    pub(crate) account: AccountId,
    pub(crate) conversation: Arc<str>,
    pub(crate) holds: bool,
    pub(crate) ready: bool,
    pub(crate) state: String,
    pub(crate) kind: String,
    pub(crate) next_at: i64,
    pub(crate) json: String,
}

impl Batch {
    /// Whether it is no more than a usual delivery of a webhook, which is written in less time than a
    /// thread takes to wake up.
    pub(crate) fn is_one_delivery(&self) -> bool {
        const EVENTS: usize = 8;
        const BYTES: usize = 16 * 1024;
        let [arrival] = &self.arrivals[..] else {
            return false;
        };
        let body = arrival
            .delivery
            .as_ref()
            .map_or(0, |(raw, _)| raw.body.len());
        let nothing_else = self.messages.is_empty()
            && self.tickets.is_empty()
            && self.processed.is_empty()
            && self.customers.is_empty();
        arrival.events.len() <= EVENTS && body <= BYTES && nothing_else
    }

    pub(crate) fn new(mut changes: Changes) -> Result<Self, Error> {
        let privacy = PrivacyRows::new(&mut changes)?;
        let guarded: BTreeSet<&TicketKey> = changes
            .tickets
            .iter()
            .map(|row| &row.value.ticket.key)
            .collect();
        if let Some((about, _)) = changes
            .history
            .iter()
            .find(|(about, _)| !guarded.contains(about))
        {
            return Err(Error::new(ErrorKind::Invalid, "commit")
                .with_detail(format_args!("history of {about} without its ticket")));
        }
        let mut batch = Self {
            processed: changes.processed,
            kept: changes.kept,
            reopened: changes.reopened,
            dropped: changes.dropped,
            gone: changes.gone,
            privacy,
            ..Self::default()
        };
        for arrival in changes.arrivals {
            batch.arrivals.push(ArrivalRows::new(arrival)?);
        }
        for row in changes.messages {
            let record = &row.value;
            batch.messages.push(MessageRow {
                version: version(row.version),
                thread: record
                    .message
                    .as_ref()
                    .map(|m| thread_text(&m.conversation)),
                place: record.place().map(|place| (place.at, place.source)),
                awaits: record.awaits.as_ref().map(encode).transpose()?,
                said: match row.version {
                    0 => 0,
                    _ => said(&record.searchable()),
                },
                json: encode(record)?,
                key: row.value.key,
            });
        }
        for row in changes.handles {
            let (key, json) = (row.value.key.to_string(), encode(&row.value)?);
            batch.handles.push((key, version(row.version), json));
        }
        for (about, event) in changes.history {
            batch.history.push((about, encode(&event)?));
        }
        for row in changes.tickets {
            batch.tickets.push(TicketRows::new(row)?);
        }
        for row in changes.removed {
            batch.removed.push((row.value, version(row.version)));
        }
        for note in changes.notes {
            let json = encode(&note)?;
            batch.notes.push((note.id, json));
        }
        let forgotten = changes.forgotten.iter().map(ToString::to_string);
        batch.forgotten.extend(forgotten);
        for (handle, evidence) in changes.evidence {
            let json = encode(&evidence)?;
            batch
                .evidence
                .push((handle.to_string(), digest(&json), json));
        }
        for row in changes.links {
            let link = &row.value;
            let is_linked = link.state == LinkState::Linked;
            let customer = link.customer.as_ref().filter(|_| is_linked);
            batch.links.push(LinkRow {
                handle: link.handle.to_string(),
                version: version(row.version),
                state: link.state.to_string(),
                customer: customer.map(customer_text),
                json: encode(link)?,
            });
        }
        for row in changes.outbox {
            batch.outbox.push(EffectRow::new(&row)?);
        }
        for (effect, attempt) in changes.attempts {
            batch
                .attempts
                .push((effect, attempt.number, encode(&attempt)?));
        }
        for customer in changes.customers {
            let json = encode(&customer)?;
            batch.customers.push((customer.id, json));
        }
        for (source, cursor) in changes.cursors {
            batch.cursors.push((source, cursor.0));
        }
        batch.resumed.extend(changes.resumed.iter().map(scope));
        for pause in &changes.pauses {
            let (account, kind) = scope(&pause.scope);
            batch.pauses.push((account, kind, encode(pause)?));
        }
        Ok(batch)
    }
}

/// A version that no table can hold is one that no row has.
pub(crate) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

impl ArrivalRows {
    fn new(arrival: Arrival) -> Result<Self, Error> {
        let events = arrival.events.into_iter().map(EventRow::new);
        Ok(Self {
            delivery: arrival.delivery.map(|delivery| {
                let at = time_text(delivery.received_at);
                (delivery, at)
            }),
            received_at: time_text(arrival.received_at),
            events: events.collect::<Result<_, _>>()?,
            cursor: arrival.cursor.map(|(source, cursor)| (source, cursor.0)),
        })
    }
}

/// An event's key as it is stored.
pub(crate) fn event_key(key: String) -> Value {
    if key.len() <= LONGEST_EVENT_KEY {
        Value::Text(key)
    } else {
        Value::Blob(digest(&key))
    }
}

impl EventRow {
    fn new(event: Event) -> Result<Self, Error> {
        Ok(Self {
            key: event_key(event.key()),
            json: encode(&event)?,
            account: event.account,
        })
    }
}

impl TicketRows {
    fn new(row: Versioned<TicketRow>) -> Result<Self, Error> {
        let touched = TicketSort::Activity.place(&row.value);
        let TicketRow {
            ticket,
            breach_at,
            timers,
            ..
        } = row.value;
        let wake = timers.iter().map(|timer| nanos(timer.at)).min();
        let place = breach_at.map_or(NEVER, nanos);
        let clocks = Clocks { breach_at, timers };
        let plain = clocks.breach_at.is_none() && clocks.timers.is_empty();
        Ok(Self {
            version: version(row.version),
            ordinal: ticket.ordinal,
            opened: nanos(ticket.opened_at),
            touched,
            category: ticket.category.to_string(),
            active: ticket.category.is_active(),
            assignee: ticket.assignee.as_ref().map(ToString::to_string),
            place,
            wake,
            tags: ticket.tags.iter().flat_map(levels).collect(),
            json: encode(&ticket)?,
            clocks: if plain { None } else { Some(encode(&clocks)?) },
            about: ticket.key,
            id: ticket.id,
        })
    }
}

/// As a pause is named: an empty text stands for every account or kind.
fn scope(scope: &PauseScope) -> (String, String) {
    let account = scope.account.as_ref().map(ToString::to_string);
    let kind = scope.effect.as_ref().map(ToString::to_string);
    (account.unwrap_or_default(), kind.unwrap_or_default())
}

/// Where tickets stand that have no time to sort by: last.
pub(crate) const NEVER: i64 = i64::MAX;

/// A tag and those that it is within: `delivery/late`, `delivery`.
pub(crate) fn levels(tag: &Tag) -> impl Iterator<Item = String> {
    let text = tag.as_str();
    let ends = text
        .match_indices('/')
        .map(|(end, _)| end)
        .chain([text.len()]);
    ends.map(|end| text[..end].to_owned())
}

impl EffectRow {
    pub(crate) fn new(row: &Versioned<aspa_store::OutboxRow>) -> Result<Self, Error> {
        let (effect, state) = (&row.value.effect, &row.value.state);
        Ok(Self {
            key: effect.key.clone(),
            version: version(row.version),
            account: effect.conversation.account.clone(),
            conversation: effect.conversation.id.clone(),
            holds: state.holds_lane(),
            ready: state.is_ready(),
            state: state.to_string(),
            kind: effect.kind.name().to_string(),
            next_at: nanos(row.value.next_at),
            json: encode(&row.value)?,
        })
    }
}
