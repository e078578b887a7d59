use std::collections::BTreeMap;

use aspa_channel::{
    Audience, EffectKind, EffectName, Event, Fetch, Fetched, Message, MessageKey, ReplyKind,
};
use aspa_types::Extra;

use super::polling::{drain, messages, written};
use super::stage::{Stage, told};
use crate::case::{Checked, fault, skip};

const FLAT: &str = "in_reply_to is not decoded, or every answer is hung under the root";
const TORN: &str = "the conversation is named after each message or its parent, instead of the root or the \
     network's thread";

/// Three messages of customers, each an answer to the one before.
async fn chain(stage: &Stage) -> Checked<[MessageKey; 3]> {
    let first = written(stage, 1).await?;
    let Some((first, _)) = first.into_iter().next() else {
        return skip("FarSide::customer_writes gives no message");
    };
    let answer = async |to: &MessageKey| stage.far_side().customer_answers(to, &stage.text()).await;
    let Some(second) = answer(&first).await else {
        return skip("FarSide::customer_answers gives no message");
    };
    match answer(&second).await {
        Some(third) => Ok([first, second, third]),
        None => skip("FarSide::customer_answers gives no message"),
    }
}

fn by_key(events: &[Event]) -> BTreeMap<&MessageKey, &Message> {
    messages(events)
        .map(|message| (&message.key, message))
        .collect()
}

/// C11: three levels come as three levels of one conversation.
pub(super) async fn keeps_its_shape(stage: &Stage) -> Checked {
    let (_, cursor) = drain(stage, None).await?;
    let keys = chain(stage).await?;
    let (events, _) = drain(stage, cursor).await?;
    let came = by_key(&events);
    let mut conversation = None;
    for (level, key) in keys.iter().enumerate() {
        let Some(message) = came.get(key) else {
            let cause = "only answers to us, or only the first level of a thread, are read";
            return fault(
                format!("message {key}, level {} of a thread", level + 1),
                "none",
                cause,
            );
        };
        let of = &message.conversation;
        if *conversation.get_or_insert(of) != of {
            let expected = format!("all of a thread in conversation {}", keys[0]);
            return fault(
                expected,
                format!("level {} in another one", level + 1),
                TORN,
            );
        }
        let parent = message.in_reply_to.as_ref();
        // The first may answer what the conversation is about.
        if level > 0 && parent != Some(&keys[level - 1]) {
            let parent = parent.map_or("nothing".to_owned(), ToString::to_string);
            let expected = format!("message {key} as an answer to {}", keys[level - 1]);
            return fault(expected, format!("as an answer to {parent}"), FLAT);
        }
    }
    let Some(conversation) = conversation else {
        return Ok(());
    };
    let expected = format!("the three messages of conversation {conversation}");
    let cause = "the look-up gives one page, one level or one author";
    match stage
        .channel()
        .fetch(&Fetch::Conversation(conversation.clone()))
        .await
    {
        Ok(Fetched::Conversation(all)) => {
            let is_there = |key: &MessageKey| all.iter().any(|message| message.key == *key);
            match keys.iter().all(is_there) {
                true => Ok(()),
                false => fault(
                    expected,
                    format!("{} messages without them", all.len()),
                    cause,
                ),
            }
        }
        // Not every network looks up threads.
        Ok(_) => Ok(()),
        Err(e) if *e.kind() == aspa_channel::ErrorKind::Unsupported => Ok(()),
        Err(e) => fault(expected, told(&e), cause),
    }
}

/// C11: what we answer at the third level is there, and comes back as such.
pub(super) async fn ours_is_in_it(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let (_, cursor) = drain(stage, None).await?;
    let keys = chain(stage).await?;
    let (events, cursor) = drain(stage, cursor).await?;
    let [.., last] = &keys;
    let Some(conversation) = by_key(&events).get(last).map(|m| m.conversation.clone()) else {
        return skip("the third level is not read");
    };
    let text = stage.text();
    let mut effect = stage.effect(EffectKind::Send {
        text: text.clone(),
        in_reply_to: Some(last.clone()),
        to: stage.fixture.to.clone(),
        media: Vec::new(),
        audience: None,
        reply: ReplyKind::Answer,
        extra: Extra::new(),
    });
    effect.conversation = conversation.clone();
    let receipt = stage.perform(&effect).await?;
    if stage.far_side().shows_replies() {
        let seen = stage.ours_with(&text).await;
        if seen
            .iter()
            .any(|m| m.in_reply_to.as_deref() != Some(&*last.id))
        {
            return fault(
                format!("our answer under message {last}"),
                "elsewhere",
                FLAT,
            );
        }
    }
    let (events, _) = drain(stage, cursor).await?;
    for message in messages(&events).filter(|message| receipt.messages.contains(&message.key)) {
        if message.conversation != conversation {
            let expected = format!("our answer in conversation {conversation}");
            return fault(expected, format!("in {}", message.conversation), TORN);
        }
        if message.in_reply_to.as_ref() != Some(last) {
            return fault(
                format!("our answer to {last}"),
                "to something else, or nothing",
                FLAT,
            );
        }
    }
    Ok(())
}

/// C11: what is said in two places is in two conversations.
pub(super) async fn two_are_two(stage: &Stage) -> Checked {
    let (_, cursor) = drain(stage, None).await?;
    let Some(other) = stage.far_side().other_conversation().await else {
        return skip("FarSide::other_conversation gives none");
    };
    let here = written(stage, 1).await?;
    let text = stage.text();
    let Some(there) = stage.far_side().customer_writes(&other, &text).await else {
        return skip("FarSide::customer_writes gives no message");
    };
    let (events, _) = drain(stage, cursor).await?;
    let came = by_key(&events);
    let of = |key: &MessageKey| came.get(key).map(|message| &message.conversation);
    let here = here.first().and_then(|(key, _)| of(key));
    match (here, of(&there)) {
        (Some(here), Some(there)) if here != there && *there == other => Ok(()),
        (Some(here), Some(there)) => fault(
            format!("two conversations, one of them {other}"),
            format!("{here} and {there}"),
            "the conversation is the account, the author or the page",
        ),
        _ => fault(
            "a message of each conversation",
            "one is missing",
            "only one place is read",
        ),
    }
}

/// C11: an answer of ours is read by nobody who could not read what it answers.
pub(super) async fn stays_private(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let Some((conversation, asked)) = stage
        .far_side()
        .customer_writes_privately(&stage.text())
        .await
    else {
        return skip("FarSide::customer_writes_privately does nothing");
    };
    let text = stage.text();
    let mut effect = stage.effect(EffectKind::Send {
        text: text.clone(),
        in_reply_to: Some(asked),
        to: stage.fixture.to.clone(),
        media: Vec::new(),
        audience: None,
        reply: ReplyKind::Answer,
        extra: Extra::new(),
    });
    effect.conversation = conversation;
    stage.perform(&effect).await?;
    let seen = stage.ours_with(&text).await;
    let expected = "one answer that only the customer can read";
    let cause = "the audience is a setting of the account instead of that of what is answered";
    match seen.as_slice() {
        [message] => match &message.audience {
            None | Some(Audience::Direct) => Ok(()),
            Some(other) => fault(expected, format!("one with audience {other}"), cause),
        },
        _ => fault(expected, stage.instead(&seen).await, cause),
    }
}
