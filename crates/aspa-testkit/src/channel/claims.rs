use aspa_channel::{Audience, Effect, EffectKind, EffectName, ErrorKind, MessageKey, Support};

use super::stage::{Stage, listed, told};
use crate::case::{Checked, fault, skip};

const CLAIMS_TOO_MUCH: &str = "capabilities claim an effect whose request is missing, goes to the wrong place or is not \
     waited for";

/// The same question, the same answer.
pub(super) async fn steady(stage: &Stage) -> Checked {
    let channel = stage.channel();
    for place in [None, Some(&stage.fixture.conversation)] {
        let first = channel.capabilities(place).into_owned();
        stage.far_side().seen().await;
        if *channel.capabilities(place) != first {
            let came = "another answer to the same question";
            let cause = "capabilities are computed from something that changes, such as a clock";
            return fault("the same capabilities twice", came, cause);
        }
    }
    Ok(())
}

/// What is claimed is done, what is dropped changes nothing, the rest is refused.
pub(super) async fn hold(stage: &Stage, name: EffectName) -> Checked {
    let support = stage.claims().support(&name).clone();
    match support {
        Support::Full | Support::Emulated | Support::Partial => done(stage, &name, &support).await,
        Support::Dropped => dropped(stage, &name).await,
        _ => {
            let effect = some_effect(stage, &name).await?;
            let cause = "perform does not start with Capabilities::check, or an `_` arm treats \
                         every effect alike; what can be done has to be claimed";
            stage.refused(&effect, &ErrorKind::Unsupported, cause).await
        }
    }
}

/// An effect about a message that exists, or about an invented one where none can be had.
async fn some_effect(stage: &Stage, name: &EffectName) -> Checked<Effect> {
    let text = stage.text();
    if let Ok(effect) = stage.about(name, &text).await {
        return Ok(effect);
    }
    match MessageKey::new(stage.channel().account().clone(), "1") {
        Ok(key) => stage.effect_on(name, key, &text),
        Err(e) => skip(e.to_string()),
    }
}

async fn dropped(stage: &Stage, name: &EffectName) -> Checked {
    let effect = some_effect(stage, name).await?;
    let before = stage.view().await.seen;
    if let Err(e) = stage.channel().perform(&effect).await {
        let expected = format!("{name} accepted, since it is claimed as dropped");
        return fault(
            expected,
            told(&e),
            "what is refused is `rejected`, not `dropped`",
        );
    }
    let after = stage.view().await.seen;
    if before == after {
        return Ok(());
    }
    let expected = format!("{name} without effect, since it is claimed as dropped");
    fault(
        expected,
        listed(&after),
        "what has an effect is `full`, `partial` or `emulated`",
    )
}

async fn done(stage: &Stage, name: &EffectName, support: &Support) -> Checked {
    // What is partial may have no way back.
    let both_ways = *support != Support::Partial;
    match name {
        EffectName::Send => send(stage).await,
        EffectName::PrivateReply => private_reply(stage).await,
        EffectName::Edit => edit(stage).await,
        EffectName::Delete => delete(stage).await,
        EffectName::Hide => hide(stage, both_ways).await,
        EffectName::React => react(stage, both_ways).await,
        EffectName::MarkRead => mark_read(stage).await,
        other => skip(format!("the kit knows no effect {other}")),
    }
}

async fn send(stage: &Stage) -> Checked {
    let text = stage.text();
    let effect = stage.reply(&text).await;
    let receipt = stage.perform(&effect).await?;
    let seen = stage.ours_with(&text).await;
    let [message] = seen.as_slice() else {
        let came = stage.instead(&seen).await;
        return fault("customers see the text once", came, CLAIMS_TOO_MUCH);
    };
    if !receipt.messages.is_empty() && receipt.messages.iter().all(|key| *key.id != *message.id) {
        let named: Vec<&str> = receipt.messages.iter().map(|key| &*key.id).collect();
        return fault(
            format!("a receipt that names message {}", message.id),
            format!("one that names {}", named.join(", ")),
            "the receipt holds the id of a request or of a container, not that of the message",
        );
    }
    let EffectKind::Send {
        in_reply_to: Some(asked),
        ..
    } = &effect.kind
    else {
        return Ok(());
    };
    if stage.far_side().shows_replies() && message.in_reply_to.as_deref() != Some(&*asked.id) {
        return fault(
            format!("an answer to message {}", asked.id),
            format!(
                "an answer to {}",
                message.in_reply_to.as_deref().unwrap_or("nothing")
            ),
            "in_reply_to is not passed on, or the root of the thread is answered instead",
        );
    }
    Ok(())
}

async fn private_reply(stage: &Stage) -> Checked {
    let text = stage.text();
    let effect = stage.about(&EffectName::PrivateReply, &text).await?;
    stage.perform(&effect).await?;
    let seen = stage.ours_with(&text).await;
    let [message] = seen.as_slice() else {
        let came = stage.instead(&seen).await;
        return fault(
            "the customer sees the private text once",
            came,
            CLAIMS_TOO_MUCH,
        );
    };
    match &message.audience {
        None | Some(Audience::Direct) => Ok(()),
        Some(other) => fault(
            "a private reply that only the customer can read",
            format!("one with audience {other}"),
            "the private reply is sent as a comment",
        ),
    }
}

async fn edit(stage: &Stage) -> Checked {
    let (message, old) = stage.own_message().await?;
    let new = stage.text();
    let effect = stage.effect_on(&EffectName::Edit, message, &new)?;
    stage.perform(&effect).await?;
    let (olds, news) = (stage.ours_with(&old).await, stage.ours_with(&new).await);
    if olds.is_empty() && news.len() == 1 {
        return Ok(());
    }
    fault(
        "customers see the new text once and the old one no more",
        format!(
            "the new text {} times, the old one {} times",
            news.len(),
            olds.len()
        ),
        CLAIMS_TOO_MUCH,
    )
}

async fn delete(stage: &Stage) -> Checked {
    let (message, text) = stage.own_message().await?;
    let effect = stage.effect_on(&EffectName::Delete, message, "")?;
    stage.perform(&effect).await?;
    let seen = stage.ours_with(&text).await;
    if seen.is_empty() {
        return Ok(());
    }
    fault(
        "customers see the deleted message no more",
        listed(&seen),
        CLAIMS_TOO_MUCH,
    )
}

/// A customer's message, which several effects need.
async fn customer_message(stage: &Stage) -> Checked<MessageKey> {
    match stage.customer_message().await {
        Some(key) => Ok(key),
        None => skip("FarSide::customer_writes gives no message"),
    }
}

async fn hide(stage: &Stage, both_ways: bool) -> Checked {
    let message = customer_message(stage).await?;
    for hidden in [true, false] {
        let message = message.clone();
        let is_seen = async |id: &str| stage.far_side().seen().await.iter().any(|m| m.id == id);
        let id = message.id.clone();
        if hidden && !is_seen(&id).await {
            return skip("FarSide::seen does not show what customers write");
        }
        stage
            .perform(&stage.effect(EffectKind::hide(message, hidden)))
            .await?;
        if is_seen(&id).await == hidden {
            let (expected, came) = if hidden {
                (
                    "customers see the hidden message no more",
                    "they still see it",
                )
            } else {
                ("customers see the message again", "it is still hidden")
            };
            return fault(expected, came, CLAIMS_TOO_MUCH);
        }
        if !both_ways {
            break;
        }
    }
    Ok(())
}

async fn react(stage: &Stage, both_ways: bool) -> Checked {
    let message = customer_message(stage).await?;
    let far_side = stage.far_side();
    for removed in [false, true] {
        let reaction = far_side.reaction().to_owned();
        let react = EffectKind::react(message.clone(), reaction.clone(), removed);
        let effect = stage.effect(react);
        stage.perform(&effect).await?;
        let Some(reactions) = far_side.reactions(&message).await else {
            return skip("FarSide::reactions cannot tell");
        };
        if reactions.contains(&reaction) == removed {
            let expected = if removed {
                "no reaction"
            } else {
                "our reaction"
            };
            let came = format!("{} reactions of ours", reactions.len());
            return fault(format!("{expected} on the message"), came, CLAIMS_TOO_MUCH);
        }
        if !both_ways {
            break;
        }
    }
    Ok(())
}

async fn mark_read(stage: &Stage) -> Checked {
    let message = customer_message(stage).await?;
    let effect = stage.effect_on(&EffectName::MarkRead, message.clone(), "")?;
    stage.perform(&effect).await?;
    match stage.far_side().is_read(&message).await {
        None => skip("FarSide::is_read cannot tell"),
        Some(true) => Ok(()),
        Some(false) => fault("the message marked as read", "it is not", CLAIMS_TOO_MUCH),
    }
}
