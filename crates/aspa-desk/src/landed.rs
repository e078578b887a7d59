//! What an effect that landed did to the message it was done to, known before any echo says so.

use aspa_channel::{
    Direction, Effect, EffectKind, Message, MessageKey, Part, Provenance, Receipt, Via, Visibility,
};
use aspa_store::{MessageRecord, Shown};
use aspa_types::{AccountId, HandleKey, Network};
use chrono::{DateTime, Utc};

use crate::world::{Missing, World};

/// Writes it into the message's record. Where nothing is known of the message, nothing is written: the
/// network's own word will tell.
pub(crate) fn change(
    world: &mut World<'_>,
    effect: &Effect,
    receipt: &Receipt,
    now: DateTime<Utc>,
) -> Result<(), Missing> {
    let at = receipt.at.unwrap_or(now);
    let ours = own_handle(effect.account());
    match &effect.kind {
        EffectKind::Edit { message, text, .. } => {
            if let Some(record) = known(world, message)? {
                rewrite(record, text, at);
            }
        }
        EffectKind::Delete { message, .. } => {
            if let Some(record) = known(world, message)? {
                record.show(Shown::new(at, Visibility::Deleted, ours));
            }
        }
        EffectKind::Hide {
            message, hidden, ..
        } => {
            if let Some(record) = known(world, message)? {
                let shown = match hidden {
                    true => Visibility::Hidden,
                    false => Visibility::Visible,
                };
                record.show(Shown::new(at, shown, ours));
            }
        }
        _ => {}
    }
    Ok(())
}

fn known<'w>(
    world: &'w mut World<'_>,
    key: &MessageKey,
) -> Result<Option<&'w mut MessageRecord>, Missing> {
    let record = world.message(key)?;
    Ok(Some(record).filter(|record| record.message.is_some()))
}

/// The next revision, with the new text and the media that were there. An echo that was here first is
/// left as it is.
fn rewrite(record: &mut MessageRecord, text: &str, at: DateTime<Utc>) {
    let Some(before) = &record.message else {
        return;
    };
    if before.text() == text {
        return;
    }
    let (key, conversation) = (before.key.clone(), before.conversation.clone());
    let mut edit = Message::new(key, conversation, Direction::Outbound);
    edit.revision = before.revision + 1;
    edit.edited_at = Some(at);
    edit.visibility = before.visibility.clone();
    edit.parts.push(Part::text(text));
    let media = before.parts.iter();
    let media = media.filter(|part| !matches!(part, Part::Text { .. }));
    edit.parts.extend(media.cloned());
    record.write(edit, &Provenance::new(Via::Own));
}

/// Who we are where an account of ours did something: networks seldom say under which of their ids.
fn own_handle(account: &AccountId) -> Option<HandleKey> {
    HandleKey::new(Network::API, Some("own-account"), account.as_str()).ok()
}

/// Whether we made the message so ourselves: the network's word for it, without a name, is no news of
/// the customer.
pub(crate) fn is_our_doing(record: &MessageRecord, shown: &Shown) -> bool {
    let ours = own_handle(&record.key.account);
    let did = |known: &Shown| known.visibility == shown.visibility && known.by == ours;
    shown.by.is_none() && ours.is_some() && record.visibility.iter().any(did)
}
