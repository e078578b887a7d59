//! What outlives a restart of what networks said: until when they take no more, and what channels keep.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aspa_channel::{Channel, Cursor, Error as ChannelError, ErrorKind, Landed};
use aspa_store::Changes;
use aspa_types::AccountId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::error::Error;

/// What polls are held under; effects are held under the names of their kinds.
pub(crate) const POLL: &str = "poll";
/// How often at most what a channel keeps is written while nothing is refused.
const WRITE_EVERY: TimeDelta = TimeDelta::seconds(10);
/// No longer wait than this is believed.
const LONGEST: TimeDelta = TimeDelta::days(31);

/// What is kept of an account, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// Until when the network takes no more of what.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    until: BTreeMap<String, DateTime<Utc>>,
    /// What the channel keeps itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
}

#[derive(Debug, Default)]
struct Account {
    until: BTreeMap<String, DateTime<Utc>>,
    stored: Kept,
    /// When it was stored by this process.
    stored_at: Option<DateTime<Utc>>,
    /// Whether the network refused something since.
    urgent: bool,
}

/// The accounts whose state was taken up.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    accounts: Mutex<BTreeMap<AccountId, Account>>,
    /// One writes at a time, so that the newest is written last.
    turn: tokio::sync::Mutex<()>,
}

impl Holds {
    fn accounts(&self) -> MutexGuard<'_, BTreeMap<AccountId, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the network takes no more of this.
    pub(crate) fn until(
        &self,
        account: &AccountId,
        what: &str,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let accounts = self.accounts();
        let until = accounts.get(account)?.until.get(what).copied();
        until.filter(|until| *until > now)
    }

    /// Takes down that the network refused this for a time, where that is why it failed.
    pub(crate) fn failed(
        &self,
        account: &AccountId,
        what: &str,
        error: &ChannelError,
        now: DateTime<Utc>,
    ) {
        let wait = error.retry_after().filter(|_| is_throttled(error));
        let Some(wait) = wait else { return };
        let wait = TimeDelta::from_std(wait).unwrap_or(LONGEST).min(LONGEST);
        let until = now.checked_add_signed(wait).unwrap_or(now);
        let mut accounts = self.accounts();
        let entry = accounts.entry(account.clone()).or_default();
        entry.until.insert(what.to_owned(), until);
        entry.urgent = true;
    }
}

/// The network takes no more for now, and did nothing.
pub(crate) fn is_throttled(error: &ChannelError) -> bool {
    *error.kind() == ErrorKind::Throttled && error.landed() == Landed::No
}

fn source(account: &AccountId) -> Arc<str> {
    format!("kept {account}").into()
}

impl Desk {
    /// Takes up what an earlier process kept of this account, once. This desk is the owner's.
    pub(crate) async fn take_up(&self, channel: &dyn Channel) -> Result<(), Error> {
        let account = channel.account();
        if self.parts.holds.accounts().contains_key(account) {
            return Ok(());
        }
        let stored = self.store().cursor(&source(account)).await?;
        // What another version wrote in another way is as if nothing had been kept.
        let stored: Kept = stored
            .and_then(|stored| serde_json::from_str(&stored.0).ok())
            .unwrap_or_default();
        let latest = self.now().checked_add_signed(LONGEST).unwrap_or_default();
        let mut accounts = self.parts.holds.accounts();
        if accounts.contains_key(account) {
            return Ok(());
        }
        if let Some(kept) = &stored.channel {
            channel.restore(kept);
        }
        let until = stored.until.iter();
        let until = until.map(|(what, until)| (what.clone(), (*until).min(latest)));
        let entry = Account {
            until: until.collect(),
            stored,
            ..Account::default()
        };
        accounts.insert(account.clone(), entry);
        Ok(())
    }

    /// Writes what is to be kept of an account, where it has changed: a refusal at once, what the channel
    /// keeps now and then, or all of it where a worker `ends`.
    pub(crate) async fn write_down(&self, channel: &dyn Channel, ends: bool) {
        let (account, now) = (channel.account(), self.now());
        let due = |entry: &Account| {
            let early = |at: DateTime<Utc>| (now - at).abs() < WRITE_EVERY;
            ends || entry.urgent || !entry.stored_at.is_some_and(early)
        };
        if !self.parts.holds.accounts().get(account).is_some_and(due) {
            return;
        }
        let _turn = self.parts.holds.turn.lock().await;
        let kept = {
            let mut accounts = self.parts.holds.accounts();
            let Some(entry) = accounts.get_mut(account) else {
                return;
            };
            entry.urgent = false;
            entry.until.retain(|_, until| *until > now);
            let kept = Kept {
                until: entry.until.clone(),
                channel: channel.snapshot(),
            };
            if kept == entry.stored {
                return;
            }
            kept
        };
        let Ok(text) = serde_json::to_string(&kept) else {
            return;
        };
        let mut changes = Changes::default();
        changes.cursors.push((source(account), Cursor(text)));
        match self.store().commit(changes).await {
            Ok(_) => {
                if let Some(entry) = self.parts.holds.accounts().get_mut(account) {
                    (entry.stored, entry.stored_at) = (kept, Some(now));
                }
            }
            // Nothing is lost but what a restart would know.
            Err(error) => tracing::warn!(%account, %error, "what the account keeps is not stored"),
        }
    }

    /// Writes what is to be kept of every account, before a worker ends.
    pub(crate) async fn write_all_down(&self) {
        for channel in self.parts.channels.values() {
            let owner = self.tenant(self.tenant_of(channel.account()));
            owner.write_down(channel.as_ref(), true).await;
        }
    }
}
