use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::{
    Cursor, Direction, EffectName, ErrorKind, Event, EventKind, Message, MessageKey, Page,
};

use super::stage::{Stage, told};
use super::texts::AS_WRITTEN;
use crate::case::{Checked, fault, skip};

/// No test network has more pages.
pub(super) const MOST_PAGES: usize = 1_000;

pub(super) async fn poll(stage: &Stage, cursor: Option<&Cursor>) -> Checked<Page> {
    match stage.channel().poll(cursor).await {
        Ok(page) => Ok(page),
        Err(e) if *e.kind() == ErrorKind::Unsupported => skip("the network only pushes"),
        Err(e) => fault(
            "a page",
            told(&e),
            "a cursor that the adapter made itself is not taken back, or nothing new is turned \
             into an error",
        ),
    }
}

/// Polls until nothing is waiting; gives the events and where the next poll goes on.
pub(super) async fn drain(
    stage: &Stage,
    from: Option<Cursor>,
) -> Checked<(Vec<Event>, Option<Cursor>)> {
    let (mut events, mut cursor) = (Vec::new(), from);
    for _ in 0..MOST_PAGES {
        let page = poll(stage, cursor.as_ref()).await?;
        events.extend(page.events);
        let stuck = page.next.is_none() || page.next == cursor;
        cursor = page.next.or(cursor);
        if !page.more {
            return Ok((events, cursor));
        }
        if stuck {
            let came = "more of the same place";
            let cause = "`more` is set without a new `next`";
            return fault("a new cursor where more is waiting", came, cause);
        }
    }
    let came = format!("{MOST_PAGES} pages and still more");
    fault(
        "an end of the pages",
        came,
        "`more` is always set, or cursors go in a circle",
    )
}

pub(super) fn messages(events: &[Event]) -> impl Iterator<Item = &Message> {
    events.iter().filter_map(|event| match &event.kind {
        EventKind::Message(message) => Some(&**message),
        _ => None,
    })
}

pub(super) fn keys(events: &[Event]) -> BTreeSet<String> {
    events.iter().map(Event::key).collect()
}

/// Lets customers write `count` messages.
pub(super) async fn written(stage: &Stage, count: usize) -> Checked<Vec<(MessageKey, String)>> {
    let mut written = Vec::new();
    for _ in 0..count {
        let (text, conversation) = (stage.text(), &stage.fixture.conversation);
        match stage.far_side().customer_writes(conversation, &text).await {
            Some(key) => written.push((key, text)),
            None => return skip("FarSide::customer_writes gives no message"),
        }
    }
    Ok(written)
}

/// C6: everything customers write turns up, also across pages and between polls.
pub(super) async fn loses_nothing(stage: &Stage) -> Checked {
    poll(stage, None).await?;
    let mut expected = written(stage, stage.far_side().burst()).await?;
    let (mut events, mut cursor) = drain(stage, None).await?;
    for _ in 0..2 {
        expected.extend(written(stage, 2).await?);
        let (more, next) = drain(stage, cursor).await?;
        events.extend(more);
        cursor = next;
    }
    let total = expected.len();
    let came: BTreeMap<_, _> = messages(&events).map(|m| (&m.key, m)).collect();
    let lost = expected.iter().filter(|(key, _)| !came.contains_key(key));
    let lost: Vec<&str> = lost.map(|(key, _)| &*key.id).collect();
    if !lost.is_empty() {
        return fault(
            format!("all {total} messages that customers wrote, under the far side's keys"),
            format!("{} missing, among them {}", lost.len(), lost[0]),
            "the cursor steps over what shares its place, `next` is that of the wrong end of the \
             page, or pages shift while they are read",
        );
    }
    for (key, text) in &expected {
        let message = came[key];
        if message.direction != Direction::Inbound || message.text() != *text {
            return fault(
                format!("message {key} as inbound, with the text that was written"),
                format!(
                    "{:?} with {} bytes",
                    message.direction,
                    message.text().len()
                ),
                "the author is compared with the wrong id, or the text keeps its markup",
            );
        }
    }
    Ok(())
}

/// C6: the same cursor twice loses nothing.
pub(super) async fn same_cursor(stage: &Stage) -> Checked {
    poll(stage, None).await?;
    written(stage, 3).await?;
    let mut cursor = None;
    for place in ["no cursor", "the next cursor"] {
        let first = poll(stage, cursor.as_ref()).await?;
        let second = poll(stage, cursor.as_ref()).await?;
        let (before, again) = (keys(&first.events), keys(&second.events));
        let lost = before.difference(&again).count();
        if lost > 0 {
            return fault(
                format!("the same events or more from {place}, twice"),
                format!("{lost} of {} missing the second time", before.len()),
                "the adapter keeps a place or a set of seen ids of its own besides the cursor",
            );
        }
        cursor = first.next;
        if cursor.is_none() {
            break;
        }
        written(stage, 2).await?;
    }
    Ok(())
}

/// C6: nothing new is an empty page, time and again.
pub(super) async fn empty_poll(stage: &Stage) -> Checked {
    let (_, mut cursor) = drain(stage, None).await?;
    for _ in 0..2 {
        (_, cursor) = drain(stage, cursor).await?;
    }
    Ok(())
}

/// C7: what we sent comes back as outbound, under the key of its receipt.
pub(super) async fn own_are_ours(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    poll(stage, None).await?;
    let text = stage.text();
    let receipt = stage.perform(&stage.reply(&text).await).await?;
    let (events, _) = drain(stage, None).await?;
    let echo = |m: &&Message| m.text() == text || receipt.messages.contains(&m.key);
    for message in messages(&events).filter(echo) {
        let expected = "our message, if at all, as outbound and under the key of the receipt";
        if message.direction == Direction::Inbound {
            let cause = "the author is not compared with the account's own id, so that we would \
                         answer ourselves";
            return fault(expected, "our message as inbound", cause);
        }
        if !receipt.messages.is_empty() && !receipt.messages.contains(&message.key) {
            let came = format!("our message as {}", message.key);
            let cause = "the receipt and the decoder make the key from different fields";
            return fault(expected, came, cause);
        }
    }
    Ok(())
}

/// C8: everything bears the account of the channel.
pub(super) async fn labelled(stage: &Stage) -> Checked {
    poll(stage, None).await?;
    let account = stage.channel().account();
    stage.customer_message().await;
    if stage.does(&EffectName::Send) {
        stage.perform(&stage.reply(&stage.text()).await).await?;
    }
    let (events, _) = drain(stage, None).await?;
    if events.is_empty() {
        return skip("nothing can be made to happen that a poll would bring");
    }
    for event in &events {
        let wrong = match &event.kind {
            EventKind::Message(m) if m.key.account != *account => Some(&m.key.account),
            EventKind::Message(m) if m.conversation.account != *account => {
                Some(&m.conversation.account)
            }
            _ if event.account != *account => Some(&event.account),
            _ => None,
        };
        if let Some(wrong) = wrong {
            return fault(
                format!("events, message keys and conversations of account {account}"),
                format!("account {wrong}"),
                "keys are made with the network's account id instead of Channel::account",
            );
        }
    }
    Ok(())
}

/// C8: the same text twice is two things, and so is a text before and after an edit.
pub(super) async fn distinct_keys(stage: &Stage) -> Checked {
    poll(stage, None).await?;
    let (far_side, text) = (stage.far_side(), stage.text());
    let mut expected = BTreeSet::new();
    for _ in 0..2 {
        let conversation = &stage.fixture.conversation;
        match far_side.customer_writes(conversation, &text).await {
            Some(key) => expected.insert(key),
            None => return skip("FarSide::customer_writes gives no message"),
        };
    }
    let (mut events, cursor) = drain(stage, None).await?;
    let with_text = messages(&events).filter(|m| m.text() == text);
    let found: BTreeSet<_> = with_text.map(|m| m.key.clone()).collect();
    if found.len() < 2 {
        return fault(
            "two keys for two messages with the same text",
            format!("{}", found.len()),
            "keys are made from the text or the time instead of the network's id",
        );
    }
    let Some(edited) = expected.first() else {
        return Ok(());
    };
    if far_side.customer_edits(edited, &stage.text()).await {
        events.extend(drain(stage, cursor).await?.0);
    }
    let mut texts = BTreeMap::new();
    for event in &events {
        let EventKind::Message(message) = &event.kind else {
            continue;
        };
        let text = message.text();
        if *texts.entry(event.key()).or_insert_with(|| text.clone()) != text {
            return fault(
                format!("another revision of message {edited} after its edit"),
                "another text under the same event key",
                "Message::revision stays 0; without a count, use the milliseconds of the edit",
            );
        }
    }
    Ok(())
}

/// C8: what the adapter does not know is kept.
pub(super) async fn unknown_is_kept(stage: &Stage) -> Checked {
    poll(stage, None).await?;
    if !stage
        .far_side()
        .unheard_of(&stage.fixture.conversation)
        .await
    {
        return skip("FarSide::unheard_of does nothing");
    }
    let (events, _) = drain(stage, None).await?;
    if events
        .iter()
        .any(|e| matches!(e.kind, EventKind::Unknown(_)))
    {
        return Ok(());
    }
    fault(
        "what the adapter does not know as an event of kind unknown",
        format!("{} events, none of them unknown", events.len()),
        "the decoder skips what it does not know, with `_ => continue` or `filter_map`",
    )
}

/// C6: what customers write comes letter by letter.
pub(super) async fn as_written(stage: &Stage) -> Checked {
    let (_, cursor) = drain(stage, None).await?;
    let mut expected = Vec::new();
    for piece in AS_WRITTEN {
        let text = format!("{} {piece} .", stage.text());
        let place = &stage.fixture.conversation;
        match stage.far_side().customer_writes(place, &text).await {
            Some(key) => expected.push((key, text, piece)),
            None => return skip("FarSide::customer_writes gives no message"),
        }
    }
    let (events, _) = drain(stage, cursor).await?;
    for (key, text, piece) in expected {
        let cause = "entities are decoded twice or not at all, the text is normalised (NFC, NFD), or \
                     its lines are joined";
        match messages(&events).find(|message| message.key == key) {
            Some(message) if message.text() == text => {}
            Some(_) => {
                return fault(
                    format!("{piece:?} as it was written"),
                    "another text",
                    cause,
                );
            }
            None => return fault(format!("message {key}"), "none", cause),
        }
    }
    Ok(())
}

/// C8: what cannot be understood does not end a page, nor does the place move past what is beside it.
pub(super) async fn unknown_takes_nothing_along(stage: &Stage) -> Checked {
    let (_, cursor) = drain(stage, None).await?;
    let mut expected = written(stage, 2).await?;
    let place = &stage.fixture.conversation;
    if !stage.far_side().unheard_of(place).await {
        return skip("FarSide::unheard_of does nothing");
    }
    expected.extend(written(stage, 2).await?);
    let (mut events, cursor) = drain(stage, cursor).await?;
    expected.extend(written(stage, 1).await?);
    events.extend(drain(stage, cursor).await?.0);
    let came: BTreeSet<_> = messages(&events).map(|message| &message.key).collect();
    let lost = expected
        .iter()
        .filter(|(key, _)| !came.contains(key))
        .count();
    match lost {
        0 => Ok(()),
        _ => fault(
            format!(
                "{} messages before and after what the adapter does not know",
                expected.len()
            ),
            format!("{lost} missing"),
            "an entry that cannot be decoded ends the page, and the cursor moves past the rest",
        ),
    }
}
