//! What colleagues follow, and what they have been told of.

use std::collections::BTreeMap;

use aspa_hours::Hours;
use aspa_store::{Changes, Document, Position, Purge, Versioned};
use aspa_ticket::{Follow, Mentions, Notice, Priority, mentions};
use aspa_types::AgentId;
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::Error;

/// What each person follows.
pub(crate) const FOLLOWING: &str = "following";
/// What people were told of and have not read.
pub(crate) const NOTICE: &str = "notice";
/// How far the log has been looked through for news.
pub(crate) const PLACE: (&str, &str) = ("noticed", "log");
/// The longest key of a document, in bytes.
pub(crate) const LONGEST_KEY: usize = 1024;
/// Documents that are read together.
pub(crate) const PAGE: usize = 500;

/// What somebody follows, and how they want to hear of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Following {
    /// What they follow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<Follow>,
    /// When they may be disturbed; at other times what they are to hear is held back, and told as one
    /// summary when they may be again. None: at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// News of tickets that are at least so urgent disturb them at any time; none: no news do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<Priority>,
    /// Where they are told: by name of a [notifier](crate::DeskBuilder::notifier), their address there.
    /// Whether or not there is any, what they are told stands in their [notices](Desk::notices).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tell: BTreeMap<String, String>,
}

impl Following {
    /// Follows these, tells at any time, and nowhere but in the desk.
    #[must_use]
    pub fn new(follows: impl IntoIterator<Item = Follow>) -> Self {
        Self {
            follows: follows.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The same, told by this notifier at this address too.
    #[must_use]
    pub fn told_by(mut self, notifier: impl Into<String>, address: impl Into<String>) -> Self {
        self.tell.insert(notifier.into(), address.into());
        self
    }

    /// The same, disturbed within these hours only.
    #[must_use]
    pub fn within(mut self, hours: Hours) -> Self {
        self.hours = Some(hours);
        self
    }

    /// The same, disturbed at any time by news of tickets at least so urgent.
    #[must_use]
    pub fn through(mut self, priority: Priority) -> Self {
        self.through = Some(priority);
        self
    }
}

impl Desk {
    /// What somebody follows; nothing, in version 0, until they have said.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn following(&self, agent: &AgentId) -> Result<Versioned<Following>, Error> {
        let known = self.read((FOLLOWING, agent.as_str())).await?;
        Ok(known.unwrap_or_else(|| Versioned::new(Following::default())))
    }

    /// Keeps what somebody follows; `version` is the one that was read. It holds for what happens from
    /// now on.
    ///
    /// # Errors
    ///
    /// When the hours make no sense; a conflict when somebody else has written it meanwhile; else when
    /// the store fails.
    pub async fn save_following(
        &self,
        agent: &AgentId,
        following: &Following,
        version: u64,
    ) -> Result<(), Error> {
        if let Some(hours) = &following.hours {
            hours.build()?;
        }
        self.begin_noticing().await?;
        let value = Document::new(FOLLOWING, agent.as_str(), serde_json::json!(following));
        self.save(Versioned { value, version }).await
    }

    /// What somebody has been told of and has not [read](Self::read_notices), oldest first: those after
    /// this number, at most so many. Quiet hours hold back nothing here. A notice that nobody reads goes
    /// a month after it came.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn notices(
        &self,
        agent: &AgentId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Notice>, Error> {
        let rows = self.notice_rows(agent, after, limit).await?;
        let read = rows
            .into_iter()
            .map(|row| Notice::deserialize(row.value.body));
        Ok(read.filter_map(Result::ok).collect())
    }

    /// Somebody has read their notices up to this number: those go.
    ///
    /// # Errors
    ///
    /// When the store fails; what was taken away by then is gone.
    pub async fn read_notices(&self, agent: &AgentId, up_to: u64) -> Result<(), Error> {
        loop {
            let rows = self.notice_rows(agent, 0, PAGE).await?;
            let full = rows.len() == PAGE;
            let last = notice_key(agent, up_to);
            let read = rows.into_iter().filter(|row| *row.value.key <= *last);
            let mut changes = Changes::default();
            changes.purged.extend(read.map(|row| {
                let value = (row.value.kind, row.value.key);
                Purge::Document(Versioned { value, version: 0 })
            }));
            let some = changes.purged.len();
            if some > 0 {
                self.store().commit(changes).await?;
            }
            if !full || some < PAGE {
                return Ok(());
            }
        }
    }

    /// Follows what somebody is told of, from this number on: what is there, then what comes, for as long
    /// as it is asked. What they have read meanwhile is not said again.
    #[must_use]
    pub fn watch_notices(&self, agent: &AgentId, after: u64) -> NoticeStream {
        NoticeStream {
            desk: self.clone(),
            agent: agent.clone(),
            after,
        }
    }

    /// Whom a text names with an `@`, among the [agents](Self::agents) and their teams, and which names
    /// nobody has. Who is named in a note is told; ask before it is written, or beside it, so that
    /// whoever writes learns that nobody was.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn mentions(&self, text: &str) -> Result<Mentions, Error> {
        let agents = self.agents().await?;
        let agents: Vec<_> = agents.into_iter().map(|row| row.value).collect();
        Ok(mentions(text, &agents))
    }

    pub(crate) async fn notice_rows(
        &self,
        agent: &AgentId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Versioned<Document>>, Error> {
        let (store, after) = (self.store(), notice_key(agent, after));
        let rows = store.privacy().documents(NOTICE, Some(&after), limit);
        let mut rows = rows.await?;
        let own = keys_of(agent);
        rows.retain(|row| row.value.key.starts_with(&own));
        Ok(rows)
    }

    /// From now on somebody is told of something: what happened before is no news.
    pub(crate) async fn begin_noticing(&self) -> Result<(), Error> {
        self.begin_at_newest(PLACE).await
    }

    /// Keeps a place in the log, at its end, unless it is kept already.
    pub(crate) async fn begin_at_newest(&self, (kind, key): (&str, &str)) -> Result<(), Error> {
        if self.read::<Position>((kind, key)).await?.is_some() {
            return Ok(());
        }
        let newest = self.newest().await?;
        let place = Document::new(kind, key, serde_json::json!(newest));
        match self.save(Versioned::new(place)).await {
            // Somebody else has begun.
            Err(error) if error.is_conflict() => Ok(()),
            done => done,
        }
    }
}

/// What the keys of somebody's notices begin with.
fn keys_of(agent: &AgentId) -> String {
    format!("[{},", serde_json::Value::from(agent.as_str()))
}

/// Where a notice stands among those of a person: in the order of its number.
pub(crate) fn notice_key(agent: &AgentId, number: u64) -> String {
    format!("{}{number:020}]", keys_of(agent))
}

/// Follows what somebody is told of.
#[derive(Debug)]
pub struct NoticeStream {
    desk: Desk,
    agent: AgentId,
    after: u64,
}

impl NoticeStream {
    /// The number of the notice that was given last: kept by whoever watches, to go on after it.
    #[must_use]
    pub fn after(&self) -> u64 {
        self.after
    }

    /// The next notice; waits until there is one. Safe to drop and call again.
    ///
    /// # Errors
    ///
    /// When the store fails; calling again goes on at the same place.
    pub async fn next(&mut self) -> Result<Notice, Error> {
        loop {
            let news = self.desk.parts.news.notified();
            let mut news = std::pin::pin!(news);
            news.as_mut().enable();
            let changed = self.desk.parts.store.changed();
            let next = self.desk.notices(&self.agent, self.after, 1).await?;
            if let Some(notice) = next.into_iter().next() {
                self.after = notice.number;
                return Ok(notice);
            }
            tokio::select! {
                () = news => {}
                () = changed => {}
                () = tokio::time::sleep(crate::run::LOOK_AGAIN) => {}
            }
        }
    }
}
