//! What is told outside the desk: gathered by person and way, held back in quiet hours, tried again.

use std::time::Duration;

use aspa_channel::{Notification, Status};
use aspa_hours::Hours;
use aspa_store::{Changes, Document, Purge, Versioned};
use aspa_ticket::{Notice, is_as_urgent};
use aspa_types::{AgentId, DeliveryId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::desk::Desk;
use crate::error::Error;
use crate::following::{FOLLOWING, Following, LONGEST_KEY};
use crate::run::together;

/// What waits to be told: one document for each person and notifier.
pub(crate) const TRAY: &str = "telling";
/// How many notices wait at most; of more it is only said how many there were.
const MOST: usize = 500;
/// How many lines a summary has at most.
const LINES: usize = 50;
/// The first wait after a failure; it doubles with each, up to the longest.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);
/// After so many failures, about nine hours, it is given up: it still stands in the desk.
const GIVEN_UP: u32 = 18;
/// How often something is written again when others keep being first.
const TRIES: usize = 32;
/// How long a notifier may take: those who are told with it wait as long.
const PATIENCE: Duration = Duration::from_secs(10);
/// For how long nobody else tries what somebody is at.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// How many are told at the same time.
const AT_ONCE: usize = 32;

/// What waits to be told to somebody in one way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Tray {
    /// Whose it is, and by which notifier it goes. Where to is looked up when it goes.
    agent: Option<AgentId>,
    notifier: String,
    waiting: Vec<Waiting>,
    /// How many there were besides.
    left_out: u64,
    sending: Option<Sending>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Waiting {
    /// Not before.
    at: DateTime<Utc>,
    notice: Notice,
}

/// What is under way: the first so many that wait, under a name that stays until it is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sending {
    id: DeliveryId,
    count: usize,
    left_out: u64,
    tries: u32,
    /// Not tried again before: somebody is at it, or it has failed.
    next_at: DateTime<Utc>,
}

fn tray_key(agent: &AgentId, notifier: &str) -> String {
    serde_json::json!([agent, notifier]).to_string()
}

impl Desk {
    /// Puts what somebody is to hear into their trays, in the commit that brings it.
    pub(crate) async fn hold(
        &self,
        agent: &AgentId,
        following: &Following,
        notices: &[&Notice],
        now: DateTime<Utc>,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        for notifier in following.tell.keys() {
            let key = tray_key(agent, notifier);
            if key.len() > LONGEST_KEY {
                continue;
            }
            let known = self.read::<Tray>((TRAY, &key)).await?;
            let mut tray = known.unwrap_or_else(|| Versioned::new(Tray::default()));
            tray.value.agent = Some(agent.clone());
            notifier.clone_into(&mut tray.value.notifier);
            for notice in notices {
                let at = may_disturb(following, notice, now);
                if tray.value.waiting.len() >= MOST {
                    tray.value.left_out += 1;
                    // What may be told now takes the place of what came last and has to wait.
                    let held = |one: &Waiting| one.at > now;
                    let last = tray.value.waiting.iter().rposition(held);
                    let sending = tray.value.sending.as_ref().map_or(0, |some| some.count);
                    match last.filter(|place| at <= now && *place >= sending) {
                        Some(place) => drop(tray.value.waiting.remove(place)),
                        None => continue,
                    }
                }
                let notice = Notice::clone(notice);
                tray.value.waiting.push(Waiting { at, notice });
            }
            changes.documents.push(Versioned {
                value: Document::new(TRAY, key, serde_json::json!(tray.value)),
                version: tray.version,
            });
        }
        Ok(())
    }

    /// Tells what is due.
    pub(crate) async fn tell_waiting(&self) -> Result<(), Error> {
        if self.parts.notifiers.is_empty() {
            return Ok(());
        }
        let (now, mut due) = (self.now(), Vec::new());
        for row in self.all_rows(TRAY).await? {
            if let Ok(tray) = Tray::deserialize(&row.value.body)
                && tray.is_due(now)
                && self.parts.notifiers.contains_key(&tray.notifier)
            {
                due.push(row.value.key);
            }
        }
        for some in due.chunks(AT_ONCE) {
            let told = some.iter().map(|key| self.tell_one(key));
            for done in together(told).await {
                done?;
            }
        }
        Ok(())
    }

    /// Tells what is due of one tray, also what came while some of it was under way.
    async fn tell_one(&self, key: &str) -> Result<(), Error> {
        while self.tell_batch(key).await? {}
        Ok(())
    }

    /// Tells a batch and settles what became of it; whether it was told, so that the next may follow.
    async fn tell_batch(&self, key: &str) -> Result<bool, Error> {
        let now = self.now();
        let taken = self.change_tray(key, |tray| tray.take(now)).await?;
        let Some(Some((tray, sending))) = taken else {
            return Ok(false);
        };
        let Some(notifier) = self.parts.notifiers.get(&tray.notifier) else {
            return Ok(false);
        };
        let Some(to) = self.address(&tray).await? else {
            // They are told in another way now, or of nothing.
            self.change_tray(key, |tray| *tray = Tray::default())
                .await?;
            return Ok(false);
        };
        let notification = tray.notification(&sending, &to, now);
        let told = timeout(PATIENCE, notifier.notify(&notification)).await;
        let (agent, way) = (&tray.agent, &tray.notifier);
        let failed = match &told {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some((error.to_string(), error.status() == Status::Permanent)),
            Err(_) => Some(("no answer in time".to_owned(), false)),
        };
        let wait = match &told {
            Ok(Err(error)) => error.retry_after(),
            _ => None,
        };
        let over = failed.as_ref().is_none_or(|(error, permanent)| {
            let over = *permanent || sending.tries + 1 >= GIVEN_UP;
            match over {
                true => tracing::error!(?agent, way, error, "told in the desk only: given up"),
                false => tracing::warn!(?agent, way, error, "not told yet, tried again later"),
            }
            over
        });
        let now = self.now();
        let settle = |tray: &mut Tray| tray.settle(&sending, over, wait, now);
        self.change_tray(key, settle).await?;
        Ok(failed.is_none())
    }

    /// Where its person is told by its notifier today.
    async fn address(&self, tray: &Tray) -> Result<Option<String>, Error> {
        let Some(agent) = &tray.agent else {
            return Ok(None);
        };
        let row = self.read::<Following>((FOLLOWING, agent.as_str())).await?;
        Ok(row.and_then(|mut row| row.value.tell.remove(&tray.notifier)))
    }

    /// Changes a tray as it stands, and takes it away where it is empty; none where it is not there.
    async fn change_tray<T>(
        &self,
        key: &str,
        change: impl Fn(&mut Tray) -> T,
    ) -> Result<Option<T>, Error> {
        let mut tries = 0;
        loop {
            let Some(mut row) = self.read::<Tray>((TRAY, key)).await? else {
                return Ok(None);
            };
            let before = row.value.clone();
            let done = change(&mut row.value);
            if row.value == before {
                return Ok(Some(done));
            }
            let mut changes = Changes::default();
            row.value.put(key, row.version, &mut changes);
            match self.store().commit(changes).await.map_err(Error::from) {
                Ok(_) => return Ok(Some(done)),
                Err(error) if error.is_conflict() && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Tray {
    /// Takes out what waits of this; whether there was any. A batch that is under way goes on with what is
    /// left of it.
    pub(crate) fn forget(&mut self, of: impl Fn(&Notice) -> bool) -> bool {
        let before = self.waiting.len();
        if let Some(sending) = &mut self.sending {
            let begun = self.waiting.iter().take(sending.count);
            sending.count -= begun.filter(|one| of(&one.notice)).count();
        }
        self.sending.take_if(|sending| sending.count == 0);
        self.waiting.retain(|one| !of(&one.notice));
        self.waiting.len() < before
    }

    /// Writes it, or takes it away where nothing waits.
    pub(crate) fn put(&self, key: &str, version: u64, changes: &mut Changes) {
        if self.waiting.is_empty() {
            let value = (TRAY.into(), key.into());
            let gone = Purge::Document(Versioned { value, version });
            changes.purged.push(gone);
        } else {
            let value = Document::new(TRAY, key, serde_json::json!(self));
            changes.documents.push(Versioned { value, version });
        }
    }

    fn is_due(&self, now: DateTime<Utc>) -> bool {
        match &self.sending {
            Some(sending) => sending.next_at <= now,
            None => self.waiting.iter().any(|one| one.at <= now),
        }
    }

    /// Takes what is due, so that nobody else does so for the time of the lease; none where nothing is.
    fn take(&mut self, now: DateTime<Utc>) -> Option<(Self, Sending)> {
        if !self.is_due(now) {
            return None;
        }
        let mut sending = self.sending.take().or_else(|| {
            let (due, rest): (Vec<_>, Vec<_>) =
                self.waiting.drain(..).partition(|one| one.at <= now);
            let count = due.len();
            self.waiting = due;
            self.waiting.extend(rest);
            let first = self.waiting.first()?.notice.number.to_string();
            let agent = self.agent.as_ref().map_or("", AgentId::as_str);
            Some(Sending {
                id: DeliveryId::derive(&["notices", agent, &self.notifier, &first]),
                count,
                left_out: self.left_out,
                tries: 0,
                next_at: now,
            })
        })?;
        sending.next_at = now + LEASE;
        self.sending = Some(sending.clone());
        Some((self.clone(), sending))
    }

    /// What was under way is over, or is tried again later; nothing where somebody else has settled it.
    fn settle(&mut self, sent: &Sending, over: bool, wait: Option<Duration>, now: DateTime<Utc>) {
        let Some(sending) = self.sending.as_mut().filter(|one| one.id == sent.id) else {
            return;
        };
        if over {
            self.waiting.drain(..sending.count.min(self.waiting.len()));
            self.left_out = self.left_out.saturating_sub(sending.left_out);
            self.sending = None;
            return;
        }
        let doubled = 2_i32.saturating_pow(sent.tries.min(20));
        let wait = wait.and_then(|wait| TimeDelta::from_std(wait).ok());
        let own = FIRST_WAIT.checked_mul(doubled).unwrap_or(LONGEST_WAIT);
        let wait = own.max(wait.unwrap_or_default()).min(LONGEST_WAIT);
        sending.tries = sent.tries + 1;
        sending.next_at = now + wait;
    }

    fn notification(&self, sending: &Sending, to: &str, now: DateTime<Utc>) -> Notification {
        let told = self.waiting.iter().take(sending.count);
        let notices: Vec<&Notice> = told.map(|one| &one.notice).collect();
        let all = u64::try_from(notices.len()).unwrap_or(u64::MAX);
        let all = all.saturating_add(sending.left_out);
        let lines = notices.iter().take(LINES);
        let mut lines: Vec<String> = lines.map(|notice| one_line(&notice.to_string())).collect();
        let subject = match lines.as_slice() {
            [only] if all == 1 => only.clone(),
            _ => format!("{all} notices"),
        };
        let shown = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        if all > shown {
            lines.push(format!("and {} more", all - shown));
        }
        let text = lines.join("\n");
        let mut told = Notification::new(sending.id.clone(), now, to, subject, text);
        told.data = serde_json::json!({
            "type": "notices",
            "to": self.agent,
            "notices": notices,
            "left_out": sending.left_out,
        });
        told
    }
}

/// Names of campaigns come from outside.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// From when on somebody may be told.
fn may_disturb(following: &Following, notice: &Notice, now: DateTime<Utc>) -> DateTime<Utc> {
    let urgent = following.through.as_ref();
    if urgent.is_some_and(|least| is_as_urgent(notice.priority.as_ref(), least)) {
        return now;
    }
    let calendar = following.hours.as_ref().map(Hours::build);
    let Some(Ok(calendar)) = calendar else {
        return now;
    };
    match calendar.is_open(now) {
        true => now,
        // Who is never to be disturbed is not.
        false => calendar.next_open(now).unwrap_or(DateTime::<Utc>::MAX_UTC),
    }
}
