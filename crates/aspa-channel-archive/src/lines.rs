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

/// A file that was read and resolved whole. Lines are kept as text and become events when asked
/// for.
pub(crate) struct Lines {
    source: Source,
    /// In the order of their events.
    items: Vec<Item>,
    messages: usize,
    newest: Option<DateTime<Utc>>,
    networks: BTreeSet<Network>,
}

impl Lines {
    /// Reads a file of at most 4 GiB: offsets have 32 bits.
    pub(crate) fn read(
        account: AccountId,
        bytes: &[u8],
        progress: &mut dyn FnMut(usize),
    ) -> Result<(Self, Outcome), ArchiveError> {
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if text.trim_ascii().is_empty() {
            return Err(ArchiveError::Empty);
        }
        let mut book = Book::new(account, text.len());
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
            match book.source.parse(raw) {
                Ok(line) if line.word == "message" => {
                    let read = book.message(line);
                    rejected.extend(read.err().map(|fault| (number, fault)));
                }
                Ok(_) => later.push((number, raw)),
                Err(fault) => rejected.push((number, fault)),
            }
        }
        for (number, raw) in later {
            let read = book.source.parse(raw).and_then(|line| book.other(line));
            rejected.extend(read.err().map(|fault| (number, fault)));
        }
        rejected.sort_by_key(|&(number, _)| number);
        let repeats = book.repeats;
        let lines = book.close();
        progress(bytes.len());
        Ok((lines, Outcome { rejected, repeats }))
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    pub(crate) fn newest(&self) -> Option<DateTime<Utc>> {
        self.newest
    }

    /// The event at a place of the order.
    pub(crate) fn event(&self, place: usize) -> Option<Event> {
        self.source.event(self.items.get(place)?).ok()
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

/// What is needed to make an event of a line.
struct Source {
    /// The account of lines that name none.
    account: AccountId,
    /// On which network the other accounts are, by their messages.
    networks: BTreeMap<AccountId, Network>,
    /// Every line that counts, one after the other.
    text: String,
}

/// A line that counts.
#[derive(Clone, Copy)]
struct Item {
    /// Where it is in the text.
    line: (u32, u32),
    /// Of an edit, where the line of its message is.
    base: Option<(u32, u32)>,
}

impl Source {
    fn parse(&self, raw: &[u8]) -> Result<Line, Fault> {
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
            account: own.unwrap_or_else(|| self.account.clone()),
            fields,
            raw: raw.into(),
        })
    }

    fn slice(&self, (start, end): (u32, u32)) -> &str {
        &self.text[start as usize..end as usize]
    }

    fn event(&self, item: &Item) -> Result<Event, Fault> {
        let line = self.parse(self.slice(item.line).as_bytes())?;
        match (line.word.as_str(), item.base) {
            ("message", _) => Ok(line::message(line)?.1),
            ("edit", Some(base)) => self.edited(line::edit(line)?, base),
            _ => self.other(line),
        }
    }

    fn other(&self, line: Line) -> Result<Event, Fault> {
        let network = self.networks.get(&line.account);
        line::other(line, network)
    }

    /// What an edit makes of the message on line `base`.
    fn edited(&self, edit: line::Edit, base: (u32, u32)) -> Result<Event, Fault> {
        let line = self.parse(self.slice(base).as_bytes())?;
        let (_, base) = line::message(line)?;
        let base = message(&base).ok_or(Fault::NoMessage)?;
        Ok(edit.of(base))
    }
}

/// Everything read so far.
struct Book {
    source: Source,
    entries: Vec<Entry>,
    /// For each message the revisions in their order, and the entry that had it first.
    revisions: HashMap<MessageKey, Vec<(u64, usize)>>,
    /// The events that are no messages, by account and key.
    seen: HashSet<(AccountId, String)>,
    networks: BTreeSet<Network>,
    repeats: usize,
    newest: Option<DateTime<Utc>>,
}

struct Entry {
    item: Item,
    /// When it is told. None: at the end.
    at: Option<DateTime<Utc>>,
    is_message: bool,
    /// The message that it is or is about.
    message: Option<MessageKey>,
    parent: Option<MessageKey>,
    revision: u64,
}

impl Book {
    fn new(account: AccountId, bytes: usize) -> Self {
        Self {
            source: Source {
                account,
                networks: BTreeMap::new(),
                text: String::with_capacity(bytes),
            },
            entries: Vec::new(),
            revisions: HashMap::new(),
            seen: HashSet::new(),
            networks: BTreeSet::new(),
            repeats: 0,
            newest: None,
        }
    }

    fn message(&mut self, line: Line) -> Result<(), Fault> {
        let (network, event) = line::message(line)?;
        let account = event.account.clone();
        self.add_message(&event, None)?;
        if !self.networks.contains(&network) {
            self.networks.insert(network.clone());
        }
        // The least name, so that the order of the lines does not matter.
        match self.source.networks.get_mut(&account) {
            Some(known) if *known <= network => {}
            Some(known) => *known = network,
            None => {
                self.source.networks.insert(account, network);
            }
        }
        Ok(())
    }

    fn other(&mut self, line: Line) -> Result<(), Fault> {
        if line.word == "edit" {
            let edit = line::edit(line)?;
            let known = self.revisions.get(&edit.message).ok_or(Fault::NoMessage)?;
            let below = known.partition_point(|&(revision, _)| revision < edit.revision);
            let (_, base) = *known[..below].last().ok_or(Fault::OldRevision)?;
            // An edit of an edit: what it leaves as it was is as in the message.
            let base = self.entries[base].item;
            let base = base.base.unwrap_or(base.line);
            let event = self.source.edited(edit, base)?;
            return self.add_message(&event, Some(base));
        }
        let event = self.source.other(line)?;
        if !self.seen.insert((event.account.clone(), event.key())) {
            self.repeats += 1;
        }
        self.newest = self.newest.max(event.at);
        self.add(&event, event.at, None);
        Ok(())
    }

    fn add_message(&mut self, event: &Event, base: Option<(u32, u32)>) -> Result<(), Fault> {
        let Some(new) = message(event) else {
            return Ok(());
        };
        if !self.revisions.contains_key(&new.key) {
            self.revisions
                .insert(new.key.clone(), Vec::with_capacity(1));
        }
        let known = self.revisions.get_mut(&new.key).ok_or(Fault::NoMessage)?;
        match known.binary_search_by_key(&new.revision, |&(revision, _)| revision) {
            Ok(first) => {
                let (_, first) = known[first];
                let first = self.source.event(&self.entries[first].item)?;
                if !message(&first).is_some_and(|first| is_same(first, new)) {
                    return Err(Fault::Conflict);
                }
                self.repeats += 1;
            }
            Err(place) => known.insert(place, (new.revision, self.entries.len())),
        }
        self.newest = self.newest.max(new.times.source).max(new.edited_at);
        let written = new.times.effective().or(new.times.source);
        self.add(event, written.max(new.edited_at), base);
        Ok(())
    }

    fn add(&mut self, event: &Event, at: Option<DateTime<Utc>>, base: Option<(u32, u32)>) {
        let start = self.source.text.len() as u32;
        self.source
            .text
            .push_str(event.provenance.raw.as_deref().unwrap_or_default());
        let line = (start, self.source.text.len() as u32);
        let (message, parent, revision) = match &event.kind {
            EventKind::Message(new) => {
                (Some(new.key.clone()), new.in_reply_to.clone(), new.revision)
            }
            EventKind::Visibility { message, .. }
            | EventKind::Reaction { message, .. }
            | EventKind::Status { message, .. } => (Some(message.clone()), None, 0),
            _ => (None, None, 0),
        };
        self.entries.push(Entry {
            item: Item { line, base },
            at,
            is_message: matches!(event.kind, EventKind::Message(_)),
            message,
            parent,
            revision,
        });
    }

    /// Puts everything in order: by time, messages before other things, what is answered before
    /// what answers it, by id and revision, last by the text of the line.
    fn close(self) -> Lines {
        let Self {
            source,
            entries,
            revisions,
            ..
        } = self;
        let depths = depths(entries.len(), |i| {
            let parent = revisions.get(entries[i].parent.as_ref()?)?;
            let &(_, parent) = parent.first()?;
            (entries[parent].at == entries[i].at).then_some(parent)
        });
        let place = |i: usize| {
            let entry = &entries[i];
            (
                (entry.at.is_none(), entry.at, !entry.is_message, depths[i]),
                (
                    &entry.message,
                    entry.revision,
                    source.slice(entry.item.line),
                ),
            )
        };
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|&a, &b| place(a).cmp(&place(b)));
        let items = order.into_iter().map(|i| entries[i].item).collect();
        Lines {
            items,
            source,
            messages: revisions.len(),
            newest: self.newest,
            networks: self.networks,
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
