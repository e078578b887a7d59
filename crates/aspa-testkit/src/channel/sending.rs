use std::sync::Arc;

use aspa_channel::{
    EffectKind, EffectName, ErrorKind, Fetch, Fetched, Idempotency, Probe, TextUnit, Visibility,
};
use serde_json::json;

use super::stage::{Stage, listed, told};
use super::texts::{AS_WRITTEN, MARKED, of_length};
use crate::case::{Checked, Stop, fault, skip};

/// Longer limits are not tried: no person writes so much.
const LONGEST_TRIED: usize = 1_000_000;

const WITH_TEXT: [EffectName; 3] = [EffectName::Send, EffectName::Edit, EffectName::PrivateReply];

const CHECK_FIRST: &str = "perform does not start with Capabilities::check";

fn native(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    match stage.claims().idempotency {
        Idempotency::Native => Ok(()),
        other => skip(format!("idempotency is claimed as {other}, not native")),
    }
}

const KEY_NOT_SENT: &str = "Effect::key is not passed on as the network's idempotency key; where the network takes none, \
     idempotency is not native";

/// What cannot be tried among several effects is passed over.
fn unless_skipped<T>(checked: Checked<T>) -> Checked<Option<T>> {
    match checked {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Skip(_)) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// C2: twice the same effect is one message and the same receipt.
pub(super) async fn one_key(stage: &Stage) -> Checked {
    native(stage)?;
    let text = stage.text();
    let effect = stage.reply(&text).await;
    let first = stage.perform(&effect).await?;
    let second = stage.perform(&effect).await?;
    let seen = stage.ours_with(&text).await;
    if seen.len() != 1 {
        return fault(
            "one message after performing twice",
            listed(&seen),
            KEY_NOT_SENT,
        );
    }
    if (&first.effect, &first.messages) != (&second.effect, &second.messages) {
        let came = "another one for the repetition";
        let cause = "the receipt of a repetition is made up instead of taken from the answer";
        return fault("the same receipt twice", came, cause);
    }
    Ok(())
}

/// C2: the same, when two tasks perform it at once. One of them may be told to wait.
pub(super) async fn one_key_at_once(stage: &Stage) -> Checked {
    native(stage)?;
    let text = stage.text();
    let effect = stage.reply(&text).await;
    let tasks = [(), ()].map(|()| {
        let (channel, effect) = (Arc::clone(&stage.fixture.channel), effect.clone());
        tokio::spawn(async move { channel.perform(&effect).await })
    });
    let mut receipts = 0;
    for task in tasks {
        receipts += usize::from(matches!(task.await, Ok(Ok(_))));
    }
    let seen = stage.ours_with(&text).await;
    if seen.len() == 1 && receipts > 0 {
        return Ok(());
    }
    fault(
        "one message and at least one receipt when performed twice at the same time",
        format!("{} and {receipts} receipts", listed(&seen)),
        "the adapter looks whether the key is known and sends later: two tasks both find nothing",
    )
}

/// C2: two effects with the same text are two messages.
pub(super) async fn two_keys(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let text = stage.text();
    let (first, second) = (stage.reply(&text).await, stage.reply(&text).await);
    stage.perform(&first).await?;
    match stage.channel().perform(&second).await {
        Err(e) if *e.kind() == ErrorKind::Duplicate => return Ok(()),
        Err(e) => {
            let expected = "a second message, or an error of kind duplicate";
            let cause = "the network refuses a text it has seen, and its code is not mapped";
            return fault(expected, told(&e), cause);
        }
        Ok(_) => {}
    }
    let seen = stage.ours_with(&text).await;
    if seen.len() == 2 {
        return Ok(());
    }
    let cause = "the idempotency key is made from the text instead of Effect::key";
    fault(
        "two messages of two effects with the same text",
        listed(&seen),
        cause,
    )
}

/// C3: texts just below and at the limit arrive as they are, in every effect that bears a text.
pub(super) async fn at_the_limit(stage: &Stage) -> Checked {
    let claims = stage.claims();
    let mut tried = 0;
    for (turn, name) in WITH_TEXT.iter().enumerate() {
        if !stage.does(name) {
            continue;
        }
        let (lengths, unit) = match claims.text_of(name) {
            None => ([9_999, 10_000], &TextUnit::Scalars),
            Some(limit) if limit.max > LONGEST_TRIED => {
                return skip(format!("a limit over {LONGEST_TRIED} is not tried"));
            }
            Some(limit) => ([limit.max.saturating_sub(1).max(1), limit.max], &limit.unit),
        };
        for length in lengths {
            let Some(text) = &of_length(unit, length, turn) else {
                return skip(format!("the kit cannot measure in {unit}"));
            };
            let before = stage.ours_with(text).await.len();
            let Some(effect) = unless_skipped(stage.about(name, text).await)? else {
                continue;
            };
            stage.perform(&effect).await?;
            if stage.ours_with(text).await.len() != before + 1 {
                let seen = stage.far_side().seen().await;
                let longest = seen.iter().filter(|m| m.ours).map(|m| m.text.len()).max();
                return fault(
                    format!(
                        "customers see the whole text of {} bytes after {name}",
                        text.len()
                    ),
                    format!(
                        "the longest text of ours has {} bytes",
                        longest.unwrap_or(0)
                    ),
                    "the text is cut, split or measured in another unit than the one claimed; or \
                     the far side gives it with mentions, markup or escapes",
                );
            }
            tried += 1;
        }
    }
    if tried == 0 {
        return skip("the channel claims no effect with a text that can be tried");
    }
    Ok(())
}

/// C3: one over the limit is refused in every effect that bears a text.
pub(super) async fn over_the_limit(stage: &Stage) -> Checked {
    let claims = stage.claims();
    if claims.text.is_none() {
        return skip("the channel claims no text limit");
    }
    let mut tried = 0;
    for name in WITH_TEXT.iter().filter(|name| stage.does(name)) {
        let Some(limit) = claims.text_of(name) else {
            continue;
        };
        if limit.max > LONGEST_TRIED {
            return skip(format!("a limit over {LONGEST_TRIED} is not tried"));
        }
        let Some(text) = of_length(&limit.unit, limit.max + 1, 0) else {
            return skip(format!("the kit cannot measure in {}", limit.unit));
        };
        let Some(effect) = unless_skipped(stage.about(name, &text).await)? else {
            continue;
        };
        stage
            .refused(&effect, &ErrorKind::TooLong, CHECK_FIRST)
            .await?;
        tried += 1;
    }
    if tried == 0 {
        return skip("no effect with a text can be tried");
    }
    Ok(())
}

/// C4: what nobody knows is refused.
pub(super) async fn unknown_effects(stage: &Stage) -> Checked {
    let text = stage.text();
    for value in [
        json!({ "type": "kit_unheard_of", "text": text }),
        json!({ "text": text, "message": { "account": "kit", "id": "1" } }),
        json!(null),
    ] {
        let effect = stage.effect(EffectKind::Unknown(value));
        let cause = "an `_` arm in perform treats every effect alike";
        stage
            .refused(&effect, &ErrorKind::Unsupported, cause)
            .await?;
    }
    Ok(())
}

/// C5: after it landed, the probe finds it or cannot tell.
pub(super) async fn landed_is_not_absent(stage: &Stage) -> Checked {
    let mut tried = 0;
    for name in EffectName::KNOWN.iter().map(|word| EffectName::from(*word)) {
        if !stage.does(&name) {
            continue;
        }
        let Some(effect) = unless_skipped(stage.about(&name, &stage.text()).await)? else {
            continue;
        };
        let receipt = stage.perform(&effect).await?;
        let before = stage.far_side().seen().await;
        let expected = format!("{name}, which landed, found with its messages, or cannot_tell");
        let came = match stage.channel().probe(&effect).await {
            Ok(Probe::CannotTell) => String::new(),
            Ok(Probe::Found(found)) if found.messages == receipt.messages => String::new(),
            Ok(Probe::Found(_)) => "found with other messages than the receipt".to_owned(),
            Ok(Probe::Absent) => "absent".to_owned(),
            Err(e) => told(&e),
        };
        if !came.is_empty() {
            let cause = "the probe looks in the wrong place, too early, or takes an empty page \
                         for a no; a network that cannot be asked is cannot_tell";
            return fault(expected, came, cause);
        }
        if stage.far_side().seen().await != before {
            let came = "another view after the probe";
            return fault(
                "a probe that changes nothing",
                came,
                "the probe performs again",
            );
        }
        tried += 1;
    }
    if tried == 0 {
        return skip("the channel claims no effect that can be tried");
    }
    Ok(())
}

/// C5: what was never performed is absent or cannot be told, whatever else landed.
pub(super) async fn unperformed_is_not_found(stage: &Stage) -> Checked {
    let text = stage.text();
    let mut never = vec![stage.reply(&stage.text()).await];
    if stage.does(&EffectName::Send) {
        stage.perform(&stage.reply(&text).await).await?;
        // Who reads back compares texts, and may take one for the other.
        if matches!(
            stage.claims().idempotency,
            Idempotency::Native | Idempotency::ByEcho
        ) {
            never.push(stage.reply(&text).await);
        }
    }
    let before = stage.far_side().seen().await;
    for effect in never {
        let expected = "an effect that was never performed absent, or cannot_tell";
        let cause = "the probe takes any message of ours for the one it looks for, or performs";
        match stage.channel().probe(&effect).await {
            Ok(Probe::Absent | Probe::CannotTell) => {}
            Ok(Probe::Found(_)) => return fault(expected, "found", cause),
            Err(e) => return fault(expected, told(&e), cause),
        }
    }
    if stage.far_side().seen().await == before {
        return Ok(());
    }
    let came = "another view after the probe";
    fault(
        "a probe that changes nothing",
        came,
        "the probe performs what it does not find",
    )
}

/// C9: a receipt bears the key of its effect, and keys of our account.
pub(super) async fn receipts_name(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let effect = stage.reply(&stage.text()).await;
    let receipt = stage.perform(&effect).await?;
    if receipt.effect != effect.key {
        let came = format!("a receipt of effect {}", receipt.effect);
        let cause = "the receipt is made with another key than Effect::key";
        return fault(format!("a receipt of effect {}", effect.key), came, cause);
    }
    let account = stage.channel().account();
    match receipt.messages.iter().find(|key| key.account != *account) {
        None => Ok(()),
        Some(key) => fault(
            format!("message keys of account {account}"),
            format!("one of account {}", key.account),
            "the key is made with the network's account id instead of Channel::account",
        ),
    }
}

/// C9: what a receipt names can be fetched with its text, and is gone once deleted.
pub(super) async fn receipts_lead_back(stage: &Stage) -> Checked {
    let (key, text) = stage.own_message().await?;
    let cause = "the receipt's id is not the one that the look-up takes, or the text comes back \
                 with mentions, markup or escapes";
    let expected = format!("message {key} with the text that was given");
    match stage.channel().fetch(&Fetch::Message(key.clone())).await {
        Err(e) if *e.kind() == ErrorKind::Unsupported => {
            return skip("the channel fetches nothing");
        }
        Err(e) => return fault(expected, told(&e), cause),
        Ok(Fetched::Message(found)) if found.key != key => {
            return fault(expected, format!("message {}", found.key), cause);
        }
        Ok(Fetched::Message(found)) if found.text() != text => {
            let came = format!("another text, of {} bytes", found.text().len());
            return fault(expected, came, cause);
        }
        Ok(Fetched::Message(_)) => {}
        Ok(_) => return fault(expected, "no message", cause),
    }
    if !stage.does(&EffectName::Delete) {
        return Ok(());
    }
    let delete = stage.effect_on(&EffectName::Delete, key.clone(), "")?;
    stage.perform(&delete).await?;
    let expected = "nothing, or a message marked as deleted, once it is deleted";
    let cause = "a 404 is turned into an error, or the look-up reads a stale copy";
    match stage.channel().fetch(&Fetch::Message(key)).await {
        Ok(Fetched::Nothing) => Ok(()),
        Ok(Fetched::Message(found)) if found.visibility == Visibility::Deleted => Ok(()),
        Ok(_) => fault(expected, "the message as if nothing had happened", cause),
        Err(e) => fault(expected, told(&e), cause),
    }
}

/// C3: nothing is made prettier, escaped, joined or left out on the way.
pub(super) async fn as_written(stage: &Stage) -> Checked {
    let mut tried = 0;
    for name in WITH_TEXT.iter().filter(|name| stage.does(name)) {
        for piece in AS_WRITTEN.into_iter().chain([MARKED]) {
            let text = format!("{} {piece} .", stage.text());
            let claims = stage.claims();
            let is_short = claims
                .text_of(name)
                .is_none_or(|limit| limit.unit.measure(&text).is_some_and(|n| n <= limit.max));
            if !is_short {
                continue;
            }
            let Some(effect) = unless_skipped(stage.about(name, &text).await)? else {
                continue;
            };
            stage.perform(&effect).await?;
            if stage.ours_with(&text).await.is_empty() {
                return fault(
                    format!("customers see {piece:?} as it was written, after {name}"),
                    "another text",
                    "the text is normalised (NFC, NFD), escaped for HTML or for a form twice or not \
                     at all, or its lines are joined",
                );
            }
            tried += 1;
        }
    }
    match tried {
        0 => skip("the channel claims no effect with a text that can be tried"),
        _ => Ok(()),
    }
}
