//! Who is at a ticket now: told to each other, and never in anybody's way.

use std::collections::BTreeMap;

use aspa_store::{Changes, Document, Purge, Versioned};
use aspa_types::{AgentId, TicketId, text_enum};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::Error;

/// Who is at each ticket.
pub(crate) const PRESENCE: &str = "presence";
/// How long somebody counts as there who has not said so again.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// What was said so short a time ago is not written again.
const FRESH: TimeDelta = TimeDelta::seconds(20);
/// How often it is begun again when others keep being first.
const TRIES: usize = 16;

text_enum! {
    /// What somebody does at a ticket.
    pub enum Doing {
        /// They have it open.
        Looks = "looks",
        /// They write a reply or a note.
        Writes = "writes",
    }
}

/// Somebody who is at a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Present {
    /// What they do.
    pub doing: Doing,
    /// Since when they do that.
    pub since: DateTime<Utc>,
    /// Until when they count as there, unless they say so again.
    pub until: DateTime<Utc>,
}

/// Who is at a ticket, by name.
type Presence = BTreeMap<AgentId, Present>;

impl Desk {
    /// Somebody is at a ticket, for a minute from now: an interface says so every half a minute for as long
    /// as it shows the ticket, and at once when they begin or stop to write. Returns who else is there.
    ///
    /// It forbids nobody anything. What keeps two from answering the same is what a reply says that its
    /// writer [has seen](crate::Reply::newest_seen).
    ///
    /// # Errors
    ///
    /// When there is no such ticket, or the store fails.
    pub async fn attend(
        &self,
        ticket: &TicketId,
        agent: &AgentId,
        doing: Doing,
    ) -> Result<BTreeMap<AgentId, Present>, Error> {
        self.ticket(ticket).await?;
        let now = self.now();
        let mut all = self
            .change_presence(ticket, |all| {
                let since = match all.get(agent) {
                    Some(known) if known.doing == doing => {
                        if known.until - now >= LEASE - FRESH {
                            return;
                        }
                        known.since
                    }
                    _ => now,
                };
                let present = Present {
                    doing: doing.clone(),
                    since,
                    until: now + LEASE,
                };
                all.insert(agent.clone(), present);
            })
            .await?;
        all.remove(agent);
        Ok(all)
    }

    /// Somebody is at a ticket no longer.
    ///
    /// # Errors
    ///
    /// When the store fails; they count as there until their minute is over.
    pub async fn leave(&self, ticket: &TicketId, agent: &AgentId) -> Result<(), Error> {
        let gone = self.change_presence(ticket, |all| drop(all.remove(agent)));
        gone.await?;
        Ok(())
    }

    /// Who is at a ticket now.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn present(&self, ticket: &TicketId) -> Result<BTreeMap<AgentId, Present>, Error> {
        let known = self.read::<Presence>((PRESENCE, ticket.as_str())).await?;
        let mut all = known.map(|row| row.value).unwrap_or_default();
        let now = self.now();
        all.retain(|_, present| now < present.until);
        Ok(all)
    }

    async fn change_presence(
        &self,
        ticket: &TicketId,
        change: impl Fn(&mut Presence),
    ) -> Result<Presence, Error> {
        let (key, mut tries) = (ticket.as_str(), 0);
        loop {
            let known = self.read::<Presence>((PRESENCE, key)).await?;
            let row = known.unwrap_or_else(|| Versioned::new(Presence::new()));
            let (mut all, version, now) = (row.value.clone(), row.version, self.now());
            all.retain(|_, present| now < present.until);
            change(&mut all);
            if all == row.value {
                return Ok(all);
            }
            let mut changes = Changes::default();
            if all.is_empty() {
                let value = (PRESENCE.into(), key.into());
                let gone = Purge::Document(Versioned { value, version });
                changes.purged.push(gone);
            } else {
                let value = Document::new(PRESENCE, key, serde_json::json!(all));
                changes.documents.push(Versioned { value, version });
            }
            match self.store().commit(changes).await.map_err(Error::from) {
                Ok(_) => {
                    self.parts.news.notify_waiters();
                    return Ok(all);
                }
                Err(error) if error.is_conflict() && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes away where everybody has gone without a word.
    pub(crate) async fn tidy_presence(&self) -> Result<(), Error> {
        let now = self.now();
        let mut changes = Changes::default();
        for row in self.all_rows(PRESENCE).await? {
            let all = Presence::deserialize(&row.value.body).unwrap_or_default();
            if all.values().all(|present| present.until <= now) {
                let (value, version) = ((row.value.kind, row.value.key), row.version);
                let gone = Purge::Document(Versioned { value, version });
                changes.purged.push(gone);
            }
        }
        if changes.purged.is_empty() {
            return Ok(());
        }
        match self.store().commit(changes).await.map_err(Error::from) {
            // Somebody has come back: the next time.
            Err(error) if error.is_conflict() => Ok(()),
            done => done.map(drop),
        }
    }
}
