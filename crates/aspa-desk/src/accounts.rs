//! How the accounts of a desk are, by what their networks last said.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aspa_channel::{AccountHealth, Error, ErrorKind, Event, EventKind, Status};
use aspa_types::AccountId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::meter;

/// How one account is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AccountState {
    /// The account.
    pub account: AccountId,
    /// How it is, as far as this process has heard.
    pub health: AccountHealth,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when, where the network said.
    pub until: Option<DateTime<Utc>>,
    /// What the network last refused: the kind of the error.
    pub error: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl AccountState {
    fn live(account: &AccountId, now: DateTime<Utc>) -> Self {
        Self {
            account: account.clone(),
            health: AccountHealth::Live,
            since: now,
            until: None,
            error: None,
            remedy: None,
        }
    }
}

/// The accounts, by what was last heard.
#[derive(Debug, Default)]
pub(crate) struct Accounts(Mutex<BTreeMap<AccountId, AccountState>>);

impl Accounts {
    fn put(&self, state: AccountState) {
        let live = state.health == AccountHealth::Live;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&state.account);
        let same = before.is_some_and(|before| before.health == state.health);
        meter::account_live(state.account.as_str(), live);
        if !same && (before.is_some() || !live) {
            let (account, health, remedy) = (&state.account, &state.health, &state.remedy);
            match live {
                true => tracing::info!(%account, %health, "account"),
                false => {
                    tracing::warn!(%account, %health, ?remedy, error = ?state.error, "account")
                }
            }
        }
        let since = before.filter(|_| same).map(|before| before.since);
        let mut state = state;
        state.since = since.unwrap_or(state.since);
        all.insert(state.account.clone(), state);
    }

    /// The network did what it was asked.
    pub(crate) fn worked(&self, account: &AccountId, now: DateTime<Utc>) {
        self.put(AccountState::live(account, now));
    }

    /// The network did not. An error that says nothing about the account as a whole is left out.
    pub(crate) fn failed(&self, account: &AccountId, error: &Error, now: DateTime<Utc>) {
        let (health, remedy) = match error.kind() {
            // Renewed credentials mend it by themselves.
            ErrorKind::Unauthorized if error.status() == Status::Temporary => return,
            ErrorKind::Unauthorized => (
                AccountHealth::Unauthorized,
                "authorise the account again, and connect it with its new credentials",
            ),
            ErrorKind::Throttled => (
                AccountHealth::Throttled,
                "wait: the network takes no more for now",
            ),
            ErrorKind::Unavailable | ErrorKind::Protocol => (
                AccountHealth::Degraded,
                "wait for the network, or see what it says of its own state",
            ),
            _ => return,
        };
        let wait = error.retry_after().map(TimeDelta::from_std);
        let until = wait.and_then(Result::ok);
        self.put(AccountState {
            account: account.clone(),
            health,
            since: now,
            until: until.and_then(|wait| now.checked_add_signed(wait)),
            error: Some(error.kind().to_string()),
            remedy: Some(error.remedy().unwrap_or(remedy).to_owned()),
        });
    }

    /// What the network says of accounts by itself.
    pub(crate) fn heard(&self, events: &[Event], now: DateTime<Utc>) {
        for event in events {
            if let EventKind::Account {
                health,
                until,
                remedy,
                ..
            } = &event.kind
            {
                self.put(AccountState {
                    account: event.account.clone(),
                    health: health.clone(),
                    since: event.at.unwrap_or(now),
                    until: *until,
                    error: None,
                    remedy: remedy.clone(),
                });
            }
        }
    }

    /// How this account is; one that nothing was heard of is taken to be well.
    pub(crate) fn state(&self, account: &AccountId, now: DateTime<Utc>) -> AccountState {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(account)
            .cloned()
            .unwrap_or_else(|| AccountState::live(account, now))
    }
}
