//! How a desk is, in figures and in words.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aspa_channel::AccountHealth;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout};

use crate::accounts::AccountState;
use crate::desk::Desk;
use crate::meter;

/// How long a store may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// A loop of [`Desk::run`] that has not come round for so long hangs.
const HANGS: Duration = Duration::from_secs(600);
/// What is due for so long is late, in seconds.
const LATE: u64 = 300;

/// How a desk is. Serialisable, for a health endpoint of the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Health {
    /// When it was asked, by the desk's clock.
    pub at: DateTime<Utc>,
    /// Whether this process works. False: start it anew.
    pub live: bool,
    /// Whether it can take in deliveries now. False: send them elsewhere, or let the networks wait.
    pub ready: bool,
    /// Whether the store answers.
    pub store: StoreState,
    /// Events that wait to be decided, over all tenants; counted up to one more than the desk takes.
    pub backlog: u64,
    /// For how many seconds the first of them has waited.
    pub backlog_seconds: u64,
    /// Effects that are not at an end, by how they stand, over all tenants.
    pub effects: BTreeMap<String, u64>,
    /// For how many seconds the effect that has been due longest has been due.
    pub effects_late_seconds: u64,
    /// The same of timers.
    pub timers_late_seconds: u64,
    /// How each account of this desk is.
    pub accounts: Vec<AccountState>,
    /// What to do, most urgent first; empty where all is well.
    pub remedies: Vec<String>,
}

/// Whether a store answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StoreState {
    /// Whether it answered just now.
    pub reachable: bool,
    /// How long the answer took.
    pub microseconds: u64,
    /// For how many seconds it has been away.
    pub away_seconds: u64,
    /// The error, in one line without content.
    pub error: Option<String>,
}

/// When a loop last came round.
#[derive(Debug, Default)]
pub(crate) struct Beats(std::sync::Mutex<BTreeMap<&'static str, Instant>>);

impl Beats {
    pub(crate) fn beat(&self, name: &'static str) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.insert(name, Instant::now());
    }

    pub(crate) fn end(&self, name: &'static str) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.remove(name);
    }

    fn hangs(&self) -> Option<&'static str> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut late = beats.iter().filter(|(_, at)| at.elapsed() > HANGS);
        late.next().map(|(name, _)| *name)
    }
}

fn seconds(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> u64 {
    let age = at.map_or(0, |at| (now - at).num_seconds());
    u64::try_from(age).unwrap_or_default()
}

impl Desk {
    /// How this desk is: one look at the store, which counts no further than it has to, and what the
    /// networks last said to this process. Ends within two seconds, also where the store does not
    /// answer; cheap enough to be asked each second. It is of all tenants, and holds no content.
    pub async fn health(&self) -> Health {
        let now = self.now();
        let pressure = &self.parts.pressure;
        let most = pressure.backlog.saturating_add(1);
        let began = Instant::now();
        let asked = timeout(PATIENCE, self.parts.store.vitals(most)).await;
        let took = began.elapsed();
        let (vitals, error) = match asked {
            Ok(Ok(vitals)) => (Some(vitals), None),
            Ok(Err(error)) => (None, Some(error.to_string())),
            Err(_) => (None, Some("no answer within 2 s".to_owned())),
        };
        if let Some(vitals) = &vitals {
            pressure.counted(vitals.backlog);
            meter::vitals(vitals, now);
        }
        let reachable = vitals.is_some();
        let vitals = vitals.unwrap_or_default();
        let away = self.parts.watch.is_away();
        let accounts = self.parts.channels.keys();
        let accounts = accounts.map(|account| self.parts.accounts.state(account, now));
        let stopping = self.parts.stopping.load(Ordering::SeqCst);
        let hangs = self.parts.beats.hangs();
        let mut health = Health {
            at: now,
            live: hangs.is_none(),
            ready: reachable && away.is_none() && !stopping && vitals.backlog < pressure.backlog,
            store: StoreState {
                reachable,
                microseconds: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                away_seconds: away.map_or(0, |(since, _)| since.as_secs()),
                error,
            },
            backlog: vitals.backlog,
            backlog_seconds: seconds(vitals.oldest, now),
            effects: vitals.effects,
            effects_late_seconds: seconds(vitals.effect_due, now),
            timers_late_seconds: seconds(vitals.timer_due, now),
            accounts: accounts.collect(),
            remedies: Vec::new(),
        };
        health.advise(hangs, away.is_some(), pressure.backlog, self.parts.dry_run);
        health
    }
}

impl Health {
    fn advise(&mut self, hangs: Option<&str>, away: bool, most: u64, dry_run: bool) {
        let mut say = |words: String| self.remedies.push(words);
        if !self.store.reachable || away {
            say("the store does not answer: see that the database runs, that its disk has room and that it can be \
                 written to; nothing that was acknowledged is lost, and work goes on by itself when it is back"
                .to_owned());
        }
        if let Some(name) = hangs {
            say(format!("the {name} loop hangs: start this process anew"));
        }
        if self.backlog >= most {
            say(format!(
                "{most} events or more wait: deliveries are refused until workers have caught up; start \
                 more workers"
            ));
        } else if self.backlog_seconds > LATE {
            say("events wait long to be decided: see that a worker runs, and the log for one that cannot be read"
                .to_owned());
        }
        let effects = |word: &str| self.effects.get(word).copied().unwrap_or_default();
        let uncertain = effects("uncertain");
        if uncertain > 0 {
            say(format!(
                "{uncertain} effects may have happened: look on the network and settle each"
            ));
        }
        let decide = effects("awaiting_approval") + effects("blocked");
        if decide > 0 {
            say(format!(
                "{decide} effects wait for a person to approve or mend them"
            ));
        }
        if self.effects_late_seconds > LATE && !dry_run {
            say("effects are late: see that a worker with their account runs, and that nothing is paused".to_owned());
        }
        if self.timers_late_seconds > LATE {
            say("timers are late: see that a worker runs".to_owned());
        }
        for state in &self.accounts {
            if state.health != AccountHealth::Live {
                let (account, health) = (&state.account, &state.health);
                let remedy = state.remedy.as_deref().unwrap_or("see the network");
                say(format!("account {account} is {health}: {remedy}"));
            }
        }
    }
}
