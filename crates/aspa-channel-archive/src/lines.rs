//! JSON Lines, as FORMAT.md describes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use aspa_channel::{Event, EventKind, Message, MessageKey};
use aspa_types::{AccountId, Network};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::error::{ArchiveError, Fault};
use crate::fields::Fields;
use crate::line;
use crate::order::depths;
use crate::tweets::Outcome;

/// A file that was read and resolved whole: its events in their order.
pub(crate) struct Lines {
    events: Vec<Event>,
    messages: usize,
    newest: Option<DateTime<Utc>>,
    networks: BTreeSet<Network>,
}

impl Lines {
    pub(crate) fn read(
        account: &AccountId,
        bytes: &[u8],
        progress: &mut dyn FnMut(usize),
    ) -> Result<(Self, Outcome), ArchiveError> {
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if text.trim_ascii().is_empty() {
            return Err(ArchiveError::Empty);
        }
        let mut book = Book::default();
        let mut rejected = Vec::new();
        // What refers to messages waits until all of them are known.
        let mut later = Vec::new();
        let (mut done, mut reported) = (bytes.len() - text.len(), 0);
        for (number, raw) in (1..).zip(text.split(|&byte| byte == b'\n')) {
            done += raw.len() + 1;
            if done - reported >= 1 << 20 {
                reported = done;
                progress(done.min(bytes.len()));
            }
            let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
            if raw.trim_ascii().is_empty() {
                continue;
            }
            match parse(raw, account) {
                Ok(line) if line.word == "message" => {
                    let read = book.message(line);
                    rejected.extend(read.err().map(|fault| (number, fault)));
                }
                Ok(line) => later.push((number, line)),
                Err(fault) => rejected.push((number, fault)),
            }
        }
        for (number, line) in later {
            let read = book.other(line);
            rejected.extend(read.err().map(|fault| (number, fault)));
        }
        rejected.sort_by_key(|&(number, _)| number);
        let repeats = book.repeats;
        progress(bytes.len());
        Ok((book.close(), Outcome { rejected, repeats }))
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    pub(crate) fn newest(&self) -> Option<DateTime<Utc>> {
        self.newest
    }

    pub(crate) fn event(&self, place: usize) -> Option<Event> {
        self.events.get(place).cloned()
    }

    /// The network of all messages, where that is one.
    pub(crate) fn network(&self) -> Option<Network> {
        let mut networks = self.networks.iter();
        networks
            .next()
            .filter(|_| networks.next().is_none())
            .cloned()
    }
}

/// One line, its type and account taken out.
pub(crate) struct Line {
    pub(crate) word: String,
    pub(crate) account: AccountId,
    pub(crate) fields: Fields,
    pub(crate) raw: Arc<str>,
}

fn parse(raw: &[u8], account: &AccountId) -> Result<Line, Fault> {
    let raw = std::str::from_utf8(raw).map_err(|_| Fault::Utf8)?;
    let value: Value = serde_json::from_str(raw).map_err(|error| Fault::Json {
        column: error.column(),
    })?;
    let Value::Object(map) = value else {
        return Err(Fault::NotObject);
    };
    let mut fields = Fields(map);
    let own: Option<AccountId> = fields.optional("account")?;
    Ok(Line {
        word: fields.required("type")?,
        account: own.unwrap_or_else(|| account.clone()),
        fields,
        raw: raw.into(),
    })
}

/// Everything read so far.
#[derive(Default)]
struct Book {
    entries: Vec<Entry>,
    /// Where each revision of each message was first read.
    revisions: HashMap<MessageKey, BTreeMap<u64, usize>>,
    /// The events that are no messages, by account and key.
    seen: HashSet<(AccountId, String)>,
    /// On which network an account is.
    networks: BTreeMap<AccountId, Network>,
    all_networks: BTreeSet<Network>,
    repeats: usize,
    newest: Option<DateTime<Utc>>,
}

struct Entry {
    event: Event,
    /// When it is told. None: at the end.
    at: Option<DateTime<Utc>>,
}

impl Book {
    fn message(&mut self, line: Line) -> Result<(), Fault> {
        let (network, event) = line::message(line)?;
        let account = event.account.clone();
        self.add_message(event)?;
        self.all_networks.insert(network.clone());
        // The least name, so that the order of the lines does not matter.
        let known = self.networks.entry(account).or_insert(network.clone());
        if network < *known {
            *known = network;
        }
        Ok(())
    }

    fn other(&mut self, line: Line) -> Result<(), Fault> {
        if line.word == "edit" {
            let edit = line::edit(line)?;
            let known = self.revisions.get(&edit.message).ok_or(Fault::NoMessage)?;
            let below = known.range(..edit.revision).next_back();
            let (_, &base) = below.ok_or(Fault::OldRevision)?;
            let base = message(&self.entries[base].event).ok_or(Fault::NoMessage)?;
            return self.add_message(edit.of(base));
        }
        let network = self.networks.get(&line.account);
        let event = line::other(line, network)?;
        if !self.seen.insert((event.account.clone(), event.key())) {
            self.repeats += 1;
        }
        self.newest = self.newest.max(event.at);
        let at = event.at;
        self.entries.push(Entry { event, at });
        Ok(())
    }

    fn add_message(&mut self, event: Event) -> Result<(), Fault> {
        let Some(new) = message(&event) else {
            return Ok(());
        };
        let revisions = self.revisions.entry(new.key.clone()).or_default();
        match revisions.get(&new.revision) {
            Some(&first) => {
                if !message(&self.entries[first].event).is_some_and(|first| is_same(first, new)) {
                    return Err(Fault::Conflict);
                }
                self.repeats += 1;
            }
            None => {
                revisions.insert(new.revision, self.entries.len());
            }
        }
        self.newest = self.newest.max(new.times.source).max(new.edited_at);
        let written = new.times.effective().or(new.times.source);
        let at = written.max(new.edited_at);
        self.entries.push(Entry { event, at });
        Ok(())
    }

    /// Puts everything in order.
    fn close(self) -> Lines {
        let Self {
            entries, revisions, ..
        } = self;
        let depths = depths(entries.len(), |i| {
            let parent = message(&entries[i].event)?.in_reply_to.as_ref()?;
            let (_, &parent) = revisions.get(parent)?.first_key_value()?;
            (entries[parent].at == entries[i].at).then_some(parent)
        });
        let mut order: Vec<_> = entries
            .into_iter()
            .zip(depths)
            .map(|(Entry { event, at }, depth)| (Place::new(&event, at, depth), event))
            .collect();
        order.sort_by(|(a, _), (b, _)| a.cmp(b));
        Lines {
            events: order.into_iter().map(|(_, event)| event).collect(),
            messages: revisions.len(),
            newest: self.newest,
            networks: self.all_networks,
        }
    }
}

fn message(event: &Event) -> Option<&Message> {
    match &event.kind {
        EventKind::Message(message) => Some(message),
        _ => None,
    }
}

/// Whether two lines say the same, however and whenever it reached the company.
fn is_same(a: &Message, b: &Message) -> bool {
    let mut a = a.clone();
    a.times.received = b.times.received;
    a == *b
}

/// Where an event is told: by time, kind, depth of the answer, id, revision, and last by its text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    timeless: bool,
    at: Option<DateTime<Utc>>,
    no_message: bool,
    depth: u32,
    message: Option<MessageKey>,
    revision: u64,
    raw: Option<Arc<str>>,
}

impl Place {
    fn new(event: &Event, at: Option<DateTime<Utc>>, depth: u32) -> Self {
        let (message, revision) = match &event.kind {
            EventKind::Message(message) => (Some(&message.key), message.revision),
            EventKind::Visibility { message, .. }
            | EventKind::Reaction { message, .. }
            | EventKind::Status { message, .. } => (Some(message), 0),
            _ => (None, 0),
        };
        Self {
            timeless: at.is_none(),
            at,
            no_message: !matches!(event.kind, EventKind::Message(_)),
            depth,
            message: message.cloned(),
            revision,
            raw: event.provenance.raw.clone(),
        }
    }
}
