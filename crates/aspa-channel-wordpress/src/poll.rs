//! What a page of the list tells, beside what was known. No IO.
//!
//! The list is read by place and never by time: `after` compares with the site's local time, times are
//! whole seconds, and many comments share one. A page overlaps the one before it; where it does not,
//! comments were deleted meanwhile, and it is read again from further back.

use std::collections::BTreeSet;

use aspa_channel::{Act, Event, EventKind, Via, Visibility};
use aspa_types::DeliveryId;
use serde_json::Value;

use crate::comment::{Comment, shown, unknown};
use crate::cursor::{Known, Place, Round, Seen};
use crate::site::Site;

/// How far it steps back at first.
const STEP: u64 = 10;

/// It has stepped back far enough and goes forward through what the site leaves out of its lists.
const FORWARD: u64 = u64::MAX;

/// What decides what comes of a page.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) site: &'a Site,
    pub(crate) via: Via,
    /// How many comments to ask for.
    pub(crate) page: u64,
    /// How many comments are watched.
    pub(crate) watched: usize,
    /// Whether what was spam or in the trash from the start is told of.
    pub(crate) spam: bool,
}

/// Takes in the page that `round` asked for, of a list of `total`. Gives what happened, oldest comment
/// first; whether more is waiting is in `place.round`.
pub(crate) fn take(
    place: &mut Place,
    reading: &Reading<'_>,
    round: Round,
    page: &[Value],
    total: u64,
) -> Vec<Event> {
    let ids: Vec<u64> = page.iter().filter_map(id).collect();
    let (first, last) = (ids.iter().copied().min(), ids.iter().copied().max());
    let end = round.offset.saturating_add(round.size);
    let more = end < total;
    let late = |anchor| first.is_none_or(|first| first > anchor);
    if round.offset > 0 && round.back != FORWARD && round.anchor.is_some_and(late) {
        let back = if round.back == 0 {
            STEP
        } else {
            round.back.saturating_mul(2)
        };
        let offset = round.offset.saturating_sub(back);
        place.round = Some(Round {
            offset,
            back,
            ..round
        });
        return Vec::new();
    }
    // The site leaves out of a page what may not be shown, such as comments on posts of a plugin that
    // was turned off: what is missing then is not gone.
    let complete = page.len() as u64 == total.saturating_sub(round.offset).min(round.size);
    let before: BTreeSet<u64> = place.known.iter().map(|known| known.id).collect();
    let mut events = Vec::new();
    for value in page {
        events.extend(one(place, reading, value));
    }
    if complete {
        let from = if round.offset == 0 {
            0
        } else {
            first.unwrap_or(u64::MAX)
        };
        let to = if more { last.unwrap_or(0) } else { u64::MAX };
        let there: BTreeSet<u64> = ids.iter().copied().collect();
        for known in &mut place.known {
            let within = (from..=to).contains(&known.id) && before.contains(&known.id);
            if within && !there.contains(&known.id) {
                events.extend(gone(known, reading));
            }
        }
    }
    let watched = place.known.iter().find(|known| known.seen != Seen::Gone);
    let place_of = |known: &Known| ids.iter().position(|id| *id == known.id);
    match watched.and_then(place_of).filter(|_| complete) {
        Some(i) => place.base = round.offset + i as u64,
        None => place.base = place.base.min(round.offset),
    }
    trim(place, reading.watched);
    if !more {
        place.whole = true;
        return events;
    }
    let reached = last > round.anchor;
    place.round = Some(Round {
        offset: end - u64::from(round.size > 1),
        anchor: last.max(round.anchor),
        size: round.size.saturating_mul(4).min(reading.page),
        back: if round.back == 0 || reached {
            0
        } else {
            FORWARD
        },
    });
    events
}

fn id(value: &Value) -> Option<u64> {
    value.get("id")?.as_u64().filter(|id| *id > 0)
}

/// What one comment of the page tells.
fn one(place: &mut Place, reading: &Reading<'_>, value: &Value) -> Vec<Event> {
    let read = Comment::read(value);
    let Some(id) = id(value) else {
        let problem = read.err().unwrap_or_else(|| "id is missing".to_owned());
        return vec![unknown(
            reading.site,
            "comment",
            value,
            &problem,
            reading.via.clone(),
        )];
    };
    if id <= place.floor {
        return Vec::new();
    }
    let found = place.known.binary_search_by_key(&id, |known| known.id);
    let told = read.and_then(|comment| match found {
        Ok(i) => changed(&mut place.known[i], reading, &comment),
        Err(i) => {
            let (known, events) = new(reading, &comment)?;
            place.known.insert(i, known);
            Ok(events)
        }
    });
    told.unwrap_or_else(|problem| {
        // Told once.
        if let Err(i) = found {
            let seen = Seen::As("unread".into());
            let known = Known {
                id,
                print: "-".to_owned(),
                seen,
                revision: 0,
                turns: 0,
            };
            place.known.insert(i, known);
            return vec![unknown(
                reading.site,
                "comment",
                value,
                &problem,
                reading.via.clone(),
            )];
        }
        Vec::new()
    })
}

fn new(reading: &Reading<'_>, comment: &Comment) -> Result<(Known, Vec<Event>), String> {
    let visibility = comment.visibility();
    let revision = comment.edited().unwrap_or(0);
    let mut known = Known {
        id: comment.id,
        print: comment.print(),
        seen: Seen::As(visibility.clone()),
        revision,
        turns: 0,
    };
    let away = matches!(visibility, Visibility::Hidden | Visibility::Deleted);
    let ours = comment.is_ours(reading.site);
    if away && !reading.spam && !ours {
        known.seen = Seen::LeftOut;
        return Ok((known, Vec::new()));
    }
    Ok((known, first(reading.site, comment, revision, &reading.via)?))
}

/// A comment that was not known before. What the site itself took for spam comes dismissed as that;
/// what a moderator put into the trash before we came is not taken for withdrawn by its author.
pub(crate) fn first(
    site: &Site,
    comment: &Comment,
    revision: u64,
    via: &Via,
) -> Result<Vec<Event>, String> {
    let mut event = comment.event(site, revision, via.clone())?;
    let mut events = Vec::with_capacity(2);
    let EventKind::Message(message) = &mut event.kind else {
        return Ok(vec![event]);
    };
    let (key, conversation) = (message.key.clone(), message.conversation.clone());
    let author = message.author.clone();
    let at = message.times.source;
    match message.visibility {
        Visibility::Deleted => {
            message.visibility = Visibility::Hidden;
            let mut trashed = shown(site, key, Visibility::Deleted, via.clone());
            trashed.at = comment.turned().or(at);
            events.push(trashed);
        }
        Visibility::Hidden if !comment.is_ours(site) => {
            if let Some(author) = author {
                let dismiss = Act::dismiss(key, "spam");
                let kind = EventKind::action(conversation, author, None, dismiss);
                let mut dismissed = Event::new(site.account.clone(), kind, via.clone());
                dismissed.at = at;
                events.push(dismissed);
            }
        }
        _ => {}
    }
    events.insert(0, event);
    Ok(events)
}

fn changed(
    known: &mut Known,
    reading: &Reading<'_>,
    comment: &Comment,
) -> Result<Vec<Event>, String> {
    let (site, now) = (reading.site, comment.visibility());
    let left_out = known.seen == Seen::LeftOut;
    if left_out && matches!(now, Visibility::Hidden | Visibility::Deleted) {
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    let print = comment.print();
    if left_out {
        // A moderator has taken it out of there.
        events = first(site, comment, known.revision, &reading.via)?;
    } else if known.print != print {
        let revision = comment.edited().unwrap_or(0).max(known.revision + 1);
        events.push(comment.event(site, revision, reading.via.clone())?);
        known.revision = revision;
    }
    known.print = print;
    let seen = Seen::As(now.clone());
    if known.seen.word() != seen.word() && !left_out {
        known.turns += 1;
        let mut event = shown(
            site,
            site.message(known.id).map_err(|e| e.to_string())?,
            now,
            reading.via.clone(),
        );
        event.at = comment.turned();
        name(&mut event, site, known);
        events.push(event);
    }
    known.seen = seen;
    Ok(events)
}

fn gone(known: &mut Known, reading: &Reading<'_>) -> Option<Event> {
    let was = std::mem::replace(&mut known.seen, Seen::Gone);
    if matches!(was, Seen::Gone | Seen::LeftOut) {
        return None;
    }
    known.turns += 1;
    let key = reading.site.message(known.id).ok()?;
    let mut event = shown(reading.site, key, Visibility::Deleted, reading.via.clone());
    name(&mut event, reading.site, known);
    Some(event)
}

/// Nobody says when it happened, so that how often it has tells one change from the next: the same
/// reading twice gives the same event.
fn name(event: &mut Event, site: &Site, known: &Known) {
    let (id, turns) = (known.id.to_string(), known.turns.to_string());
    let parts = [
        "wordpress",
        site.scope.as_str(),
        id.as_str(),
        turns.as_str(),
    ];
    event.provenance.delivery = Some(DeliveryId::derive(&parts));
}

/// Forgets the oldest, so that as many are left as are watched.
fn trim(place: &mut Place, watched: usize) {
    let over = place.known.len().saturating_sub(watched);
    for known in place.known.drain(..over) {
        place.floor = known.id;
        place.base += u64::from(known.seen != Seen::Gone);
    }
}
