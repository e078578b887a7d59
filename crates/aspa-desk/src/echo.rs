//! Which effect of ours made a message that the network shows under a name of its own and without our
//! key.

use aspa_channel::{Direction, Effect, EffectKind, Message, MessageKey, Part, Receipt, ReplyKind};
use aspa_store::{OutboxRow, OutboxState};
use aspa_ticket::{Actor, Event, TicketKey};
use aspa_types::EffectKey;
use chrono::{DateTime, TimeDelta, Utc};

use crate::act::sent;
use crate::outbox::stand_in;
use crate::world::{Missing, World};

/// By how much the network's clock may be behind ours.
const BEHIND: TimeDelta = TimeDelta::minutes(5);
/// How many of the latest effects on a ticket are looked through for one without a name.
const LATEST: usize = 16;

/// Since when a message can have been made that was asked for then.
pub(crate) fn since(queued_at: DateTime<Utc>) -> DateTime<Utc> {
    queued_at.checked_sub_signed(BEHIND).unwrap_or(queued_at)
}

/// Whether a message of ours can be what an effect made, by what both say: the same words in answer to
/// the same message, not before they were asked for.
pub(crate) fn can_be(effect: &Effect, queued_at: DateTime<Utc>, message: &Message) -> bool {
    let EffectKind::Send {
        text,
        in_reply_to,
        media,
        ..
    } = &effect.kind
    else {
        return false;
    };
    let answers = [in_reply_to, &message.in_reply_to];
    let same_parent = match answers.map(Option::as_ref) {
        [Some(wanted), Some(there)] => wanted == there,
        _ => true,
    };
    let there = message.text();
    let same_words = there.split_whitespace().eq(text.split_whitespace());
    // Of a text some networks make a preview of what it links to: media tell where there is no text.
    let pictures = message.parts.iter();
    let pictures = pictures.filter(|part| matches!(part, Part::Media(_)));
    let same_media = !media.is_empty() && pictures.count() == media.len();
    let says_enough = !there.trim().is_empty() || same_media;
    let at = message.times.effective();
    message.direction == Direction::Outbound
        && message.conversation == effect.conversation
        && same_parent
        && same_words
        && says_enough
        && at.is_none_or(|at| at >= since(queued_at))
}

/// The first message on the ticket of an effect that can be what it makes now, and that no effect is
/// known to have made.
pub(crate) fn seen(world: &mut World<'_>, row: &OutboxRow) -> Result<Option<MessageKey>, Missing> {
    let is_made = matches!(row.turn().kind, EffectKind::Send { .. });
    let Some((_, line)) = row.ticket.as_ref().filter(|_| is_made) else {
        return Ok(None);
    };
    let mut ours = world.outbound(line)?;
    ours.retain(|one| one.effect.is_none() && one.at >= since(row.queued_at));
    // All of them are asked for before it gives up.
    for one in &ours {
        let _ = world.look(&one.message);
    }
    for one in ours {
        let message = world.look(&one.message)?.and_then(|r| r.message.as_ref());
        if message.is_some_and(|message| can_be(row.turn(), row.queued_at, message)) {
            return Ok(Some(one.message));
        }
    }
    Ok(None)
}

/// Finds the effect that made a message of ours which nobody knew, on the tickets that it is for: one that
/// landed and whose message the network had not named, else one of which nobody can tell whether it
/// landed. Returns what it is to the tickets: with the key of the effect where it is new to them; nothing
/// where they know it, and it has only got its name.
pub(crate) fn recognise(
    world: &mut World<'_>,
    lines: &[TicketKey],
    mut message: Message,
    at: DateTime<Utc>,
) -> Result<Option<Message>, Missing> {
    for line in lines {
        for whole in latest(world, line)? {
            let Some(row) = world.effect(&whole)? else {
                continue;
            };
            if let Some(unnamed) = name(row, &message) {
                return unnamed.becomes(world, line, &message, at).map(|()| None);
            }
        }
        for whole in world.queued(line)? {
            let Some(row) = world.effect(&whole)? else {
                continue;
            };
            let turn = row.turn();
            if row.state == OutboxState::Uncertain && can_be(turn, row.queued_at, &message) {
                let (turn, effect) = (turn.key.clone(), row.effect.clone());
                claim(world, &message.key, &effect)?;
                adopt(&mut message, &effect);
                message.effect = Some(turn);
                return Ok(Some(message));
            }
        }
    }
    Ok(Some(message))
}

/// Writes down which effect made a message, unless that is known.
pub(crate) fn claim(
    world: &mut World<'_>,
    key: &MessageKey,
    effect: &Effect,
) -> Result<(), Missing> {
    let record = world.message(key)?;
    if let Some(message) = record.message.as_mut().filter(|m| m.effect.is_none()) {
        adopt(message, effect);
    }
    Ok(())
}

fn adopt(message: &mut Message, effect: &Effect) {
    message.effect = Some(effect.key.clone());
    if effect.by.is_some() {
        message.agent.clone_from(&effect.by);
    }
    if let EffectKind::Send { reply, .. } = &effect.kind {
        message.reply = Some(reply.clone());
    }
}

/// The latest effects that wrote on the tickets about `line`, first to last.
fn latest(world: &mut World<'_>, line: &TicketKey) -> Result<Vec<EffectKey>, Missing> {
    let ours = world.outbound(line)?.into_iter().rev();
    let mut effects: Vec<EffectKey> = ours.filter_map(|one| one.effect).take(LATEST).collect();
    effects.reverse();
    Ok(effects)
}

/// A message that went by a name of ours.
struct Unnamed {
    stand_in: MessageKey,
    effect: Effect,
    /// Whether the tickets know it: of several parts they know the first.
    is_first: bool,
}

/// Gives the message its name, if it is what an effect, or a part of one, made and the network had not
/// named.
fn name(row: &mut OutboxRow, message: &Message) -> Option<Unnamed> {
    let is_it = |effect: &Effect, receipt: Option<&Receipt>| {
        receipt.is_some_and(|receipt| receipt.messages.is_empty())
            && can_be(effect, row.queued_at, message)
    };
    let (effect, place) = if row.parts.is_empty() {
        is_it(&row.effect, row.receipt.as_ref()).then(|| (row.effect.clone(), 0))
    } else {
        let place = row
            .parts
            .iter()
            .position(|part| is_it(&part.effect, part.receipt.as_ref()));
        place.and_then(|place| Some((row.parts.get(place)?.effect.clone(), place)))
    }?;
    let stand_in = stand_in(row, &effect);
    let part = row.parts.get_mut(place).and_then(|p| p.receipt.as_mut());
    if let Some(receipt) = part {
        receipt.messages.push(message.key.clone());
    }
    if let Some(whole) = &mut row.receipt {
        match whole.messages.iter_mut().find(|name| **name == stand_in) {
            Some(name) => *name = message.key.clone(),
            None => whole.messages.push(message.key.clone()),
        }
    }
    Some(Unnamed {
        stand_in,
        effect: row.effect.clone(),
        is_first: place == 0,
    })
}

impl Unnamed {
    fn becomes(
        self,
        world: &mut World<'_>,
        line: &TicketKey,
        message: &Message,
        at: DateTime<Utc>,
    ) -> Result<(), Missing> {
        claim(world, &message.key, &self.effect)?;
        let record = world.message(&message.key)?;
        if let Some(message) = &mut record.message {
            message.same_as.push(self.stand_in.clone());
        }
        world.purge(&self.stand_in)?;
        if !self.is_first {
            return Ok(());
        }
        let reply = match &self.effect.kind {
            EffectKind::Send { reply, .. } => reply.clone(),
            _ => ReplyKind::Answer,
        };
        let event = sent(message.key.clone(), reply, self.effect.key.clone());
        world.happen(line, Event::new(at, Actor::Us(self.effect.by), event))
    }
}
