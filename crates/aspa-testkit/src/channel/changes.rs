use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::{Cursor, Event, EventKind, Fetch, Fetched, Message, MessageKey, Visibility};
use chrono::{DateTime, TimeDelta, Utc};

use super::polling::{drain, messages, written};
use super::stage::Stage;
use crate::case::{Checked, fault, skip};

/// What came, and when it was received.
type Arrived = (Event, DateTime<Utc>);

/// What is left of events when each key counts once: of every message the newest revision, and how it
/// was shown last.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    keys: BTreeSet<String>,
    messages: BTreeMap<MessageKey, Now>,
}

/// One message.
#[derive(Debug, Default, PartialEq)]
struct Now {
    written: Option<(u64, String, Visibility)>,
    shown: BTreeSet<(DateTime<Utc>, Visibility)>,
}

impl Now {
    fn text(&self) -> Option<&str> {
        self.written.as_ref().map(|(_, text, _)| text.as_str())
    }

    fn visibility(&self) -> Option<&Visibility> {
        let written = self.written.as_ref().map(|(_, _, visibility)| visibility);
        self.shown.last().map(|(_, shown)| shown).or(written)
    }
}

impl Kept {
    fn of<'a>(arrived: impl IntoIterator<Item = &'a Arrived>) -> Self {
        let mut kept = Self::default();
        for (event, received) in arrived {
            kept.take(event, *received);
        }
        kept
    }

    fn take(&mut self, event: &Event, received: DateTime<Utc>) {
        if !self.keys.insert(event.key()) {
            return;
        }
        match &event.kind {
            EventKind::Message(message) => {
                let now = self.messages.entry(message.key.clone()).or_default();
                let known = now.written.as_ref().map(|(revision, ..)| *revision);
                if known.is_none_or(|known| known < message.revision) {
                    let (text, shown) = (message.text(), message.visibility.clone());
                    now.written = Some((message.revision, text, shown));
                }
            }
            EventKind::Visibility {
                message,
                visibility,
                ..
            } => {
                let now = self.messages.entry(message.clone()).or_default();
                let at = event.at.unwrap_or(received);
                now.shown.insert((at, visibility.clone()));
            }
            _ => {}
        }
    }
}

/// A host that polls again and again and keeps what came.
struct Host<'a> {
    stage: &'a Stage,
    cursor: Option<Cursor>,
    arrived: Vec<Arrived>,
    polls: i32,
}

impl<'a> Host<'a> {
    async fn start(stage: &'a Stage) -> Checked<Self> {
        let (_, cursor) = drain(stage, None).await?;
        Ok(Self {
            stage,
            cursor,
            arrived: Vec::new(),
            polls: 0,
        })
    }

    async fn poll(&mut self) -> Checked<Kept> {
        let (events, cursor) = drain(self.stage, self.cursor.take()).await?;
        self.cursor = cursor;
        self.polls += 1;
        // Later than any time of the network's own.
        let received =
            DateTime::<Utc>::MAX_UTC - TimeDelta::days(1) + TimeDelta::seconds(self.polls.into());
        let arrived = events.into_iter().map(|event| (event, received));
        self.arrived.extend(arrived);
        Ok(Kept::of(&self.arrived))
    }

    /// A message that a customer wrote and that was read.
    async fn message(&mut self) -> Checked<MessageKey> {
        let some = written(self.stage, 1).await?;
        let Some((key, _)) = some.into_iter().next() else {
            return skip("FarSide::customer_writes gives no message");
        };
        if self.poll().await?.messages.contains_key(&key) {
            return Ok(key);
        }
        let cause = "see C6; changes can only be told of what was read";
        fault(format!("message {key} before it changes"), "none", cause)
    }
}

/// C10: an edit comes as another revision under the same key, also one back to the first text.
pub(super) async fn edited(stage: &Stage) -> Checked {
    let mut host = Host::start(stage).await?;
    let key = host.message().await?;
    let (first, second) = (stage.text(), stage.text());
    for text in [&first, &second, &first] {
        if !stage.far_side().customer_edits(&key, text).await {
            return skip("FarSide::customer_edits does nothing");
        }
        let kept = host.poll().await?;
        let now = kept.messages.get(&key).and_then(Now::text);
        if now != Some(text.as_str()) {
            return fault(
                format!("the new text as the largest revision of message {key}"),
                format!("another text after {} events", host.arrived.len()),
                "edits are not looked for, come under another key, or their revision does not grow",
            );
        }
    }
    Ok(())
}

/// C10: two edits between two polls: the text that stands is the largest revision.
pub(super) async fn edited_in_a_row(stage: &Stage) -> Checked {
    let mut host = Host::start(stage).await?;
    let key = host.message().await?;
    let mut text = String::new();
    for _ in 0..3 {
        text = stage.text();
        if !stage.far_side().customer_edits(&key, &text).await {
            return skip("FarSide::customer_edits does nothing");
        }
    }
    let kept = host.poll().await?;
    if kept.messages.get(&key).and_then(Now::text) == Some(text.as_str()) {
        return Ok(());
    }
    fault(
        format!("the last of three texts as the largest revision of message {key}"),
        "another text",
        "edits of one page are numbered in the order of the page, newest first, instead of by the \
         network's count or time",
    )
}

/// C10: what is taken back is told, and does not just stop to come.
pub(super) async fn deleted(stage: &Stage) -> Checked {
    let mut host = Host::start(stage).await?;
    let key = host.message().await?;
    if !stage.far_side().customer_deletes(&key).await {
        return skip("FarSide::customer_deletes does nothing");
    }
    let kept = host.poll().await?;
    let now = kept.messages.get(&key).and_then(Now::visibility);
    if now == Some(&Visibility::Deleted) {
        return Ok(());
    }
    fault(
        format!("message {key} told to be deleted"),
        now.map_or("nothing".to_owned(), ToString::to_string),
        "a message that is listed no more is left out instead of told by EventKind::Visibility",
    )
}

/// C10: each turn of hiding and showing is told, the second hiding too.
pub(super) async fn hidden(stage: &Stage) -> Checked {
    let mut host = Host::start(stage).await?;
    let key = host.message().await?;
    for hidden in [true, false, true] {
        if !stage.far_side().moderator_hides(&key, hidden).await {
            return skip("FarSide::moderator_hides does nothing");
        }
        let kept = host.poll().await?;
        let now = kept.messages.get(&key).and_then(Now::visibility);
        if now.is_none_or(|now| (*now == Visibility::Visible) == hidden) {
            let expected = if hidden { "hidden" } else { "visible again" };
            return fault(
                format!("message {key} told to be {expected}"),
                now.map_or("nothing".to_owned(), ToString::to_string),
                "visibility is not compared, or the event has neither a time nor a delivery, so that \
                 hiding it again has the key of hiding it before",
            );
        }
    }
    Ok(())
}

fn author_of(events: &[Event], key: &MessageKey) -> Option<aspa_types::HandleKey> {
    let mut found = messages(events).filter(|message: &&Message| message.key == *key);
    found.next().and_then(|message| message.author.clone())
}

/// C10: another name is the same handle, and the name comes along.
pub(super) async fn renamed(stage: &Stage) -> Checked {
    let (_, cursor) = drain(stage, None).await?;
    let before = written(stage, 1).await?;
    let name = format!("Aino {}", stage.text());
    if !stage.far_side().customer_renames(&name).await {
        return skip("FarSide::customer_renames does nothing");
    }
    let after = written(stage, 1).await?;
    let (events, _) = drain(stage, cursor).await?;
    let [author, same] = [before, after].map(|some| {
        let key = some.first().map(|(key, _)| key);
        key.and_then(|key| author_of(&events, key))
    });
    if author.is_none() || author != same {
        return fault(
            "the same author before and after another name",
            match (author, same) {
                (None, _) | (_, None) => "no author",
                _ => "two authors",
            },
            "handles are keyed by what people call themselves instead of the network's id",
        );
    }
    let mut handles = events.iter().flat_map(|event| &event.handles);
    let is_told = handles.any(|handle| {
        Some(&handle.key) == author.as_ref()
            && handle.attributes.iter().any(|said| said.value == name)
    });
    match is_told {
        true => Ok(()),
        false => fault(
            "the new name among the attributes of the author's handle",
            "no such attribute",
            "Event::handles is left empty, or filled from a profile that is read once",
        ),
    }
}

/// C10: where the network gives somebody another id, the event says which became which.
pub(super) async fn moved(stage: &Stage) -> Checked {
    let (_, cursor) = drain(stage, None).await?;
    written(stage, 1).await?;
    let Some((old, new)) = stage.far_side().customer_moves().await else {
        return skip("FarSide::customer_moves moves nobody");
    };
    written(stage, 1).await?;
    let (events, _) = drain(stage, cursor).await?;
    let is_told = events.iter().any(|event| match &event.kind {
        EventKind::Handle { handle, became, .. } => *handle == old && became.as_ref() == Some(&new),
        _ => false,
    });
    match is_told {
        true => Ok(()),
        false => fault(
            "an event of kind handle that says which key became which",
            format!("{} events without it", events.len()),
            "the network's notice of a move is not decoded; the same person becomes two",
        ),
    }
}

/// C10: the same events twice, backwards, or again from the middle come to the same.
pub(super) async fn any_order(stage: &Stage) -> Checked {
    let mut host = Host::start(stage).await?;
    let far_side = stage.far_side();
    let some = written(stage, 4).await?;
    host.poll().await?;
    // What cannot be done on this network is left out.
    for (turn, (key, _)) in some.iter().enumerate() {
        match turn {
            0 => drop(far_side.customer_edits(key, &stage.text()).await),
            1 => drop(far_side.customer_deletes(key).await),
            2 => drop(far_side.moderator_hides(key, true).await),
            _ => {}
        }
        host.poll().await?;
    }
    if let Some((key, _)) = some.get(2) {
        far_side.moderator_hides(key, false).await;
    }
    if let Some((key, _)) = some.first() {
        far_side.customer_edits(key, &stage.text()).await;
    }
    let kept = host.poll().await?;
    let arrived = &host.arrived;
    let half = arrived.len() / 2;
    let orders: [(&str, Vec<&Arrived>); 4] = [
        ("twice", arrived.iter().chain(arrived).collect()),
        ("backwards", arrived.iter().rev().collect()),
        (
            "again from the middle after a crash",
            arrived[..half].iter().chain(arrived).collect(),
        ),
        (
            "by turns from both ends",
            arrived
                .iter()
                .zip(arrived.iter().rev())
                .flat_map(|(a, b)| [a, b])
                .collect(),
        ),
    ];
    for (order, events) in orders {
        if Kept::of(events) != kept {
            return fault(
                format!("the same state from the same events {order}"),
                "another state",
                "two events have one key and say different things, or a later one says less",
            );
        }
    }
    newest_is_true(stage, &kept, &some).await
}

/// What is kept of a message is what a look-up gives, where there is one.
async fn newest_is_true(stage: &Stage, kept: &Kept, some: &[(MessageKey, String)]) -> Checked {
    for (key, _) in some {
        let Ok(Fetched::Message(found)) = stage.channel().fetch(&Fetch::Message(key.clone())).await
        else {
            continue;
        };
        let gone = found.visibility == Visibility::Deleted;
        let now = kept.messages.get(key).and_then(Now::text);
        if !gone && now != Some(&found.text()) {
            return fault(
                format!("message {key} as the events left it, when it is looked up"),
                "another text",
                "events and look-ups decode a message differently",
            );
        }
    }
    Ok(())
}
