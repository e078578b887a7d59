use aspa_channel::{DeliveryStatus, Message, MessageKey, Provenance, Visibility};
use aspa_types::{Extra, HandleKey};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A reaction to a message, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Reaction {
    /// Who.
    pub by: HandleKey,
    /// The emoji or the network's word.
    pub reaction: String,
    /// When it was made or taken back.
    pub at: DateTime<Utc>,
    /// Whether it was taken back.
    pub removed: bool,
}

impl Reaction {
    /// A reaction made or taken back at `at`.
    #[must_use]
    pub fn new(by: HandleKey, reaction: String, at: DateTime<Utc>, removed: bool) -> Self {
        Self {
            by,
            reaction,
            at,
            removed,
        }
    }
}

/// That a message was deleted, hidden, held or shown again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Shown {
    /// When.
    pub at: DateTime<Utc>,
    /// What it is since.
    pub visibility: Visibility,
    /// Who did it, where the network says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<HandleKey>,
}

impl Shown {
    /// It is this since `at`.
    #[must_use]
    pub fn new(at: DateTime<Utc>, visibility: Visibility, by: Option<HandleKey>) -> Self {
        Self { at, visibility, by }
    }
}

/// Everything that is known about one message key, whatever came first.
///
/// Each way of learning something is a merge: in any order and any number of times, the same record
/// comes out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageRecord {
    /// Its name.
    pub key: MessageKey,
    /// Its newest revision; none while only something about it has arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// Its earlier revisions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Message>,
    /// When it was deleted, hidden, held or shown again, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visibility: Vec<Shown>,
    /// How people reacted to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// How far it got, if it is ours, with when that was first said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<(DateTime<Utc>, DeliveryStatus)>,
    /// What it answers, while that has not arrived and is needed to tell whose ticket it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<MessageKey>,
    /// When it was erased, of which only its bare facts are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<DateTime<Utc>>,
    /// How its first sighting came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Where a message stands among those of its conversation: [when it counts
/// from](aspa_channel::Times::effective), then the source's clock, then the key.
///
/// Times are nanoseconds since 1970, [`UNKNOWN`](Self::UNKNOWN) where there is none; what lies outside
/// 1677 to 2262 stands at the end of that time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    clippy::exhaustive_structs,
    reason = "an order, which stores keep in columns"
)]
pub struct MessagePlace {
    /// When it counts from.
    pub at: i64,
    /// When it was written, by the source's clock.
    pub source: i64,
    /// Its name.
    pub key: MessageKey,
}

impl MessagePlace {
    /// Stands for a time that is not known: before all others.
    pub const UNKNOWN: i64 = i64::MIN;
}

impl MessageRecord {
    /// A key of which nothing is known yet.
    #[must_use]
    pub fn new(key: MessageKey) -> Self {
        Self {
            key,
            message: None,
            revisions: Vec::new(),
            visibility: Vec::new(),
            reactions: Vec::new(),
            statuses: Vec::new(),
            awaits: None,
            erased_at: None,
            provenance: None,
            extra: Extra::new(),
        }
    }

    /// Takes in a revision. Returns whether it is the first from which the message can be told: an
    /// edit that names no author says only what is written now, and keeps the rest of the original,
    /// also where it comes before it.
    ///
    /// Of a message that was erased nothing but its bare facts is taken in.
    pub fn write(&mut self, mut message: Message, provenance: &Provenance) -> bool {
        if self.erased_at.is_some() {
            bare(&mut message);
        }
        let was_known = self.message.is_some();
        if !was_known && self.revisions.is_empty() {
            self.provenance = Some(provenance.clone());
        }
        let mut all = std::mem::take(&mut self.revisions);
        all.extend(self.message.take());
        if all.iter().all(|known| known.revision != message.revision) {
            all.push(message);
        }
        all.sort_by_key(|m| m.revision);
        if let Some(original) = all.iter().find(|m| !is_partial(m)).cloned() {
            for m in all.iter_mut().filter(|m| is_partial(m)) {
                *m = edited(&original, m);
            }
            self.message = all.pop();
        }
        self.revisions = all;
        !was_known && self.message.is_some()
    }

    /// Takes out everything that was written, and all revisions but the newest. Who wrote it, where,
    /// when, to whom and what became of it stays.
    pub fn erase(&mut self, at: DateTime<Utc>) {
        self.revisions.clear();
        if let Some(message) = &mut self.message {
            bare(message);
        }
        for reaction in &mut self.reactions {
            reaction.reaction.clear();
        }
        if let Some(provenance) = &mut self.provenance {
            provenance.raw = None;
            provenance.extra = Extra::new();
        }
        self.extra = Extra::new();
        self.erased_at = Some(at);
    }

    /// Takes in that it was deleted, hidden, held or shown. Returns whether that is new.
    pub fn show(&mut self, shown: Shown) -> bool {
        insert(&mut self.visibility, shown)
    }

    /// Takes in a reaction.
    pub fn react(&mut self, reaction: Reaction) {
        let same = |r: &Reaction| r.by == reaction.by && r.reaction == reaction.reaction;
        match self.reactions.iter_mut().find(|r| same(r)) {
            Some(known) => *known = reaction.max(known.clone()),
            None => {
                insert(&mut self.reactions, reaction);
            }
        }
    }

    /// Takes in how far it got.
    pub fn reach(&mut self, at: DateTime<Utc>, status: DeliveryStatus) {
        match self.statuses.iter_mut().find(|(_, known)| *known == status) {
            Some((first, _)) => *first = at.min(*first),
            None => self.statuses.push((at, status)),
        }
        self.statuses.sort();
    }

    /// Where it stands in its conversation: what it was first written as says so, so that an edit moves
    /// nothing. None while the message has not arrived.
    #[must_use]
    pub fn place(&self) -> Option<MessagePlace> {
        let message = self.message.as_ref()?;
        let times = &self.revisions.first().unwrap_or(message).times;
        Some(MessagePlace {
            at: nanos(times.effective()),
            source: nanos(times.source),
            key: self.key.clone(),
        })
    }

    /// Whether it can be seen where it was written, as far as we know.
    #[must_use]
    pub fn visible(&self) -> &Visibility {
        let written = self
            .message
            .as_ref()
            .map_or(&Visibility::Visible, |m| &m.visibility);
        self.visibility
            .last()
            .map_or(written, |shown| &shown.visibility)
    }
}

fn nanos(at: Option<DateTime<Utc>>) -> i64 {
    let Some(at) = at else {
        return MessagePlace::UNKNOWN;
    };
    let end = match at.timestamp() < 0 {
        true => MessagePlace::UNKNOWN + 1,
        // Behind all of them there is one place left.
        false => i64::MAX - 1,
    };
    at.timestamp_nanos_opt().unwrap_or(end)
}

/// Leaves nothing that was written.
fn bare(message: &mut Message) {
    message.parts = Vec::new();
    message.subject = None;
    message.rating = None;
    message.url = None;
    message.asserted = None;
    message.times.extra = Extra::new();
    if let Some(campaign) = &mut message.campaign {
        campaign.extra = Extra::new();
    }
    message.extra = Extra::new();
}

/// Whether it is an edit that says only what is written now.
fn is_partial(message: &Message) -> bool {
    message.revision > 0 && message.author.is_none()
}

/// The original with what an edit says: content, revision and when, and whether it can be seen.
fn edited(original: &Message, edit: &Message) -> Message {
    let mut message = original.clone();
    message.parts.clone_from(&edit.parts);
    message.revision = edit.revision;
    message.edited_at = edit.edited_at;
    message.visibility = edit.visibility.clone();
    if edit.subject.is_some() {
        message.subject.clone_from(&edit.subject);
    }
    if edit.language.is_some() {
        message.language.clone_from(&edit.language);
    }
    let said = edit.extra.iter();
    message
        .extra
        .extend(said.map(|(name, value)| (name.clone(), value.clone())));
    message
}

/// Puts `new` in its place unless it is there.
fn insert<T: Ord>(sorted: &mut Vec<T>, new: T) -> bool {
    match sorted.binary_search(&new) {
        Ok(_) => false,
        Err(place) => {
            sorted.insert(place, new);
            true
        }
    }
}
