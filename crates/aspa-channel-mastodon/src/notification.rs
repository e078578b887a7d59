//! Notifications as events.

use aspa_channel::{Event, EventKind, Via};
use aspa_types::AccountId;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::account;
use crate::json;
use crate::server::Server;
use crate::status::Decoder;

/// What a notification is about (entities/Notification, `type`, read 2026-11-22).
#[derive(Debug)]
pub(crate) enum About<'a> {
    /// A post that is a message to us, or that may have been edited.
    Post(&'a Value),
    /// Somebody's reaction to a post.
    Reaction(&'a Value, &'a str),
    /// Anything else: kept as it came.
    Other,
}

impl Decoder<'_> {
    pub(crate) fn about<'v>(&self, notification: &'v Value) -> About<'v> {
        let status = &notification["status"];
        if !status.is_object() {
            return About::Other;
        }
        match json::text(notification, "type").unwrap_or_default() {
            "mention" | "quote" => About::Post(status),
            // Sent for whatever we had to do with: only what is of a conversation of ours is news.
            "update" | "quoted_update"
                if self.is_ours(status) || self.names_us(status) || self.answers_us(status) =>
            {
                About::Post(status)
            }
            kind @ ("favourite" | "reblog") => About::Reaction(status, kind),
            // Pleroma, Akkoma, glitch-soc and others.
            "pleroma:emoji_reaction" | "reaction" | "emoji_reaction" => {
                let emoji =
                    json::text(notification, "emoji").or_else(|| json::text(notification, "name"));
                About::Reaction(status, emoji.unwrap_or("reaction"))
            }
            _ => About::Other,
        }
    }

    /// Somebody reacted. None where nothing says who, or to what.
    pub(crate) fn reaction(
        &self,
        notification: &Value,
        status: &Value,
        reaction: &str,
    ) -> Option<Event> {
        let message = self.key(status)?;
        let by = account::key(&notification["account"], self.server)?;
        let kind = EventKind::reaction(message, by, reaction, false);
        Some(self.event(kind, &notification["account"], arrived(notification)))
    }

    /// What is not understood, as it came.
    pub(crate) fn unknown(&self, notification: &Value) -> Event {
        let kind = EventKind::Unknown(notification.clone());
        self.event(kind, &notification["account"], arrived(notification))
    }

    /// An event with the profile of whoever caused it.
    pub(crate) fn event(&self, kind: EventKind, by: &Value, at: Option<DateTime<Utc>>) -> Event {
        let mut event = Event::new(self.account.clone(), kind, Via::Poll);
        event.at = at;
        let seen = at.unwrap_or(DateTime::UNIX_EPOCH);
        event.handles.extend(account::handle(by, self.server, seen));
        event
    }
}

/// When the server that we asked made the notification, by its own clock.
pub(crate) fn arrived(notification: &Value) -> Option<DateTime<Utc>> {
    json::time(notification, "created_at")
}

/// That an account has moved; none where it has not.
///
/// The new key is the person's only where the new account links back to the old one: else anybody could pass
/// a stranger's account off as their new one. What the old one says alone is kept as `moved_to`.
pub(crate) fn moved(of: &AccountId, by: &Value, server: &Server) -> Option<Event> {
    let new = account::moved(by)?;
    let (from, to) = (account::key(by, server)?, account::key(new, server)?);
    if from == to {
        return None;
    }
    let kind = match account::links_to(new, by) {
        true => EventKind::handle(from, Some(to)),
        false => {
            let mut kind = EventKind::handle(from, None);
            if let EventKind::Handle { extra, .. } = &mut kind {
                extra.insert("moved_to".to_owned(), to.id().into());
            }
            kind
        }
    };
    let mut event = Event::new(of.clone(), kind, Via::Poll);
    // Without a time of its own, so that each sighting of the same move is the same event.
    let since = json::time(new, "created_at").unwrap_or(DateTime::UNIX_EPOCH);
    let handles = [by, new].map(|account| account::handle(account, server, since));
    event.handles.extend(handles.into_iter().flatten());
    Some(event)
}
