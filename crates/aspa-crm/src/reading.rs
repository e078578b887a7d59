//! Reading a system over and over, without losing anything: what to do next, and what came of it.

mod drive;
mod mirror;
mod recent;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use aspa_types::CustomerId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Capabilities, Change, Cursor, Customer, Deletes, Error, ErrorKind, Hint, Page};

pub use drive::{Done, StepError, catch_up, step};
pub use mirror::{MemoryMirror, Mirror};
use recent::Recent;

/// The first pause after a failure; each further one doubles it.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
/// The longest pause that nobody asked for.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// No pause that a system asks for is longer.
const LONGEST_PARK: TimeDelta = TimeDelta::days(31);

/// How a system is read. Plain data for a host's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ReadSettings {
    /// How many changes are asked for at once, where the system does not set less.
    pub page: usize,
    /// How long after everything was read the system is asked again.
    pub every: Duration,
    /// How long after a complete reading the next one begins, where the system does not tell of all
    /// deletes. Those of a [horizon](Deletes::Horizon) come at least twice in it.
    pub compare_every: Duration,
    /// The largest share of the known records that a complete reading may find gone, or the changes may
    /// remove until they are read to their end, from 0 to 1. More is taken for a fault of the system, and
    /// nobody else is removed until somebody [says so](Reading::allow_gone).
    pub most_gone: f64,
    /// So many gone are taken for true in any case.
    pub always_gone: u64,
}

impl Default for ReadSettings {
    /// 500 changes at once, each minute; compared each day; at most a fifth gone, 20 in any case.
    fn default() -> Self {
        Self {
            page: 500,
            every: Duration::from_secs(60),
            compare_every: Duration::from_secs(86_400),
            most_gone: 0.2,
            always_gone: 20,
        }
    }
}

/// How far the reading of one system is: stored in one commit with the rows it stands for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Where the changes go on; none before everything was read once.
    pub cursor: Option<Cursor>,
    /// The complete reading that is under way.
    pub pass: Option<Pass>,
    /// The number of the last complete reading that was begun.
    pub passes: u64,
    /// When the last complete reading ended.
    pub complete_at: Option<DateTime<Utc>>,
    /// When the changes were last read to their end.
    pub read_at: Option<DateTime<Utc>>,
    /// Until when the system is left alone: after a failure, or because it said so.
    pub parked_until: Option<DateTime<Utc>>,
    /// How many times in a row it failed.
    pub failures: u32,
    /// How many records the changes have removed since they were last read to their end.
    pub gone: u64,
    /// Whether somebody let unusually many go: until the next complete reading has ended, or else until the
    /// changes are read to their end.
    pub gone_allowed: bool,
}

/// A complete reading under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pass {
    /// Its number. A row that it brings is marked with it; what has a lower mark at its end is gone.
    pub number: u64,
    /// Where it goes on; none at its beginning.
    pub cursor: Option<Cursor>,
    /// Whether everything was read and only the sweep is left.
    pub swept_next: bool,
    /// How many records it has brought.
    pub rows: u64,
    /// How many it will bring, where the system tells.
    pub of: Option<u64>,
    /// When it began.
    pub since: DateTime<Utc>,
}

/// What is committed together.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Batch {
    /// What changed, at most one of each record.
    pub changes: Vec<Change>,
    /// Records that came as they were before: nothing to write but the mark.
    pub unchanged: Vec<CustomerId>,
    /// The mark of every row here, while a complete reading is under way.
    pub mark: Option<u64>,
    /// How far the reading is then.
    pub checkpoint: Checkpoint,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Ask for changes from here.
    Read {
        /// From where; none: from the start.
        cursor: Option<Cursor>,
        /// How many.
        limit: usize,
    },
    /// Ask for this record, since a webhook named it.
    Get(CustomerId),
    /// Everything was read: what is not marked is gone.
    Sweep {
        /// The mark.
        mark: u64,
    },
    /// Nothing before then.
    Wait {
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// More records are gone than a system loses: somebody has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{gone} of {known} records did not come: nothing is removed until somebody allows it")]
#[non_exhaustive]
pub struct TooManyGone {
    /// How many would be removed.
    pub gone: u64,
    /// Of how many.
    pub known: u64,
}

/// The reading of one system: what to do next, as a value without IO.
///
/// The first reading, and each after an expired cursor, is complete: its rows are marked, and what was
/// not marked at its end is gone ([mark and sweep](Step::Sweep)), never before the whole was read. It
/// goes on after a restart where it stood. Where the system does not tell of deletes, one comes again
/// [now and then](ReadSettings::compare_every), and the changes are read between its pages. A failure
/// repeats one page at most.
///
/// [`step`] does with a [`Crm`](crate::Crm) and a [`Mirror`] what this says.
#[derive(Debug)]
pub struct Reading {
    settings: ReadSettings,
    deletes: Deletes,
    page: usize,
    checkpoint: Checkpoint,
    recent: Recent,
    asked_for: VecDeque<CustomerId>,
    /// Whether the page asked for is one of the complete reading.
    of_pass: bool,
    /// When a sweep that would have removed too many is tried again.
    sweep_at: Option<DateTime<Utc>>,
}

/// How many records that webhooks named wait to be read; more than these are found by their changes.
const MOST_HINTS: usize = 1024;

impl Reading {
    /// Goes on where a checkpoint was left; none: from the start. [`resume`](Self::resume) does so later.
    #[must_use]
    pub fn new(
        checkpoint: Option<Checkpoint>,
        capabilities: &Capabilities,
        settings: ReadSettings,
    ) -> Self {
        let most = capabilities.max_page.unwrap_or(usize::MAX);
        Self {
            page: settings.page.min(most).max(1),
            deletes: capabilities.deletes,
            settings,
            checkpoint: checkpoint.unwrap_or_default(),
            recent: Recent::default(),
            asked_for: VecDeque::new(),
            of_pass: false,
            sweep_at: None,
        }
    }

    /// Goes on from where the checkpoint stands that is stored now: another process may have read on, or
    /// somebody allowed something there.
    pub fn resume(&mut self, checkpoint: Option<Checkpoint>) {
        let checkpoint = checkpoint.unwrap_or_default();
        if checkpoint != self.checkpoint {
            // What came last did not come here.
            self.recent = Recent::default();
        }
        self.checkpoint = checkpoint;
        self.of_pass = false;
    }

    /// How far it is.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// What to do next. Asked again without anything done, it says the same.
    pub fn next(&mut self, now: DateTime<Utc>) -> Step {
        if let Some(until) = self.checkpoint.parked_until.filter(|until| *until > now) {
            return Step::Wait { until };
        }
        if let Some(id) = self.asked_for.front() {
            return Step::Get(id.clone());
        }
        self.begin_pass(now);
        let limit = self.page;
        let due = self.due();
        if let (Some(cursor), true) = (&self.checkpoint.cursor, due <= now) {
            self.of_pass = false;
            let cursor = Some(cursor.clone());
            return Step::Read { cursor, limit };
        }
        let later = self.sweep_at.filter(|at| *at > now);
        let later = later.filter(|_| !self.checkpoint.gone_allowed);
        match (&self.checkpoint.pass, later) {
            (Some(pass), Some(later)) if pass.swept_next => Step::Wait {
                until: due.min(later),
            },
            (Some(pass), _) if pass.swept_next => Step::Sweep { mark: pass.number },
            (Some(pass), _) => {
                self.of_pass = true;
                let cursor = pass.cursor.clone();
                Step::Read { cursor, limit }
            }
            (None, _) => Step::Wait { until: due },
        }
    }

    /// Takes a page in, and says what to commit. The checkpoint holds once it is committed.
    pub fn took(&mut self, page: Page, now: DateTime<Utc>) -> Batch {
        let mut checkpoint = self.checkpoint.clone();
        (checkpoint.failures, checkpoint.parked_until) = (0, None);
        let mut batch = self.batch(page.changes);
        let is_gone = |change: &&Change| matches!(change, Change::Gone { .. });
        let gone = batch.changes.iter().filter(is_gone).count() as u64;
        checkpoint.gone = match page.done {
            true => 0,
            false => checkpoint.gone.saturating_add(gone),
        };
        checkpoint.gone_allowed &= !page.done || checkpoint.pass.is_some();
        match &mut checkpoint.pass {
            Some(pass) if self.of_pass => {
                let brought = batch.changes.len() + batch.unchanged.len();
                pass.rows = pass.rows.saturating_add(brought as u64);
                pass.of = page.total.or(pass.of);
                pass.swept_next = page.done;
                // The changes go on from where a complete reading ends, unless they are ahead of it.
                if page.done && checkpoint.cursor.is_none() {
                    checkpoint.cursor = Some(page.next.clone());
                    checkpoint.read_at = Some(now);
                }
                pass.cursor = Some(page.next);
            }
            _ => {
                checkpoint.cursor = Some(page.next);
                if page.done {
                    checkpoint.read_at = Some(now);
                }
            }
        }
        batch.checkpoint = checkpoint;
        batch
    }

    /// Takes one record in that was asked for by [`Step::Get`].
    pub fn got(&mut self, id: &CustomerId, record: Option<Customer>) -> Batch {
        let change = match record {
            Some(customer) => Change::Put(customer),
            None => Change::Gone { id: id.clone() },
        };
        let mut batch = self.batch(vec![change]);
        batch.checkpoint = self.checkpoint.clone();
        (batch.checkpoint.failures, batch.checkpoint.parked_until) = (0, None);
        self.asked_for.retain(|asked| asked != id);
        batch
    }

    /// Says whether the records without a mark may be removed: `gone` of `known`.
    ///
    /// # Errors
    ///
    /// [`TooManyGone`], until somebody [allows](Self::allow_gone) it.
    pub fn may_sweep(&self, gone: u64, known: u64) -> Result<(), TooManyGone> {
        let usual = gone <= self.settings.always_gone && gone < known;
        match usual || self.is_usual(gone, known) {
            true => Ok(()),
            false => Err(TooManyGone { gone, known }),
        }
    }

    /// How many records the changes will have removed with this batch of [`took`](Self::took), if they are
    /// so many that the known ones have to be counted for [`may_remove`](Self::may_remove).
    #[must_use]
    pub fn removes_many(&self, batch: &Batch) -> Option<u64> {
        let is_gone = |change: &&Change| matches!(change, Change::Gone { .. });
        let gone = batch.changes.iter().filter(is_gone).count() as u64;
        let all = self.checkpoint.gone.saturating_add(gone);
        (gone > 0 && all > self.settings.always_gone).then_some(all)
    }

    /// Says whether the changes may remove so many records, while `known` are there still.
    ///
    /// # Errors
    ///
    /// [`TooManyGone`], until somebody [allows](Self::allow_gone) it.
    pub fn may_remove(&self, gone: u64, known: u64) -> Result<(), TooManyGone> {
        let known = known.saturating_add(self.checkpoint.gone);
        match self.is_usual(gone, known) {
            true => Ok(()),
            false => Err(TooManyGone { gone, known }),
        }
    }

    fn is_usual(&self, gone: u64, known: u64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
        let share = gone as f64 / known.max(1) as f64;
        gone == 0 || self.checkpoint.gone_allowed || share <= self.settings.most_gone
    }

    /// The changes remove too many: says what to commit. They are read again after a quarter of an hour.
    #[must_use]
    pub fn refused(&self, now: DateTime<Utc>) -> Batch {
        let mut checkpoint = self.checkpoint.clone();
        checkpoint.parked_until = now.checked_add_signed(LONGEST_PAUSE);
        Batch {
            checkpoint,
            ..Batch::default()
        }
    }

    /// The sweep would remove too many: it comes again after a quarter of an hour, and until then the changes
    /// go on.
    pub fn sweep_later(&mut self, now: DateTime<Utc>) {
        self.sweep_at = now.checked_add_signed(LONGEST_PAUSE);
    }

    /// Takes some removed rows in; `last` where no other is left. Says what to commit.
    pub fn swept(&mut self, gone: Vec<CustomerId>, last: bool, now: DateTime<Utc>) -> Batch {
        let mut checkpoint = self.checkpoint.clone();
        if last {
            checkpoint.pass = None;
            checkpoint.complete_at = Some(now);
            checkpoint.gone_allowed = false;
        }
        Batch {
            changes: gone.into_iter().map(|id| Change::Gone { id }).collect(),
            checkpoint,
            ..Batch::default()
        }
    }

    /// The batch was committed: its checkpoint holds from now on.
    pub fn committed(&mut self, batch: &Batch) {
        self.checkpoint = batch.checkpoint.clone();
        for change in &batch.changes {
            match (change, change.id()) {
                (Change::Put(customer), _) => self.recent.remember(customer),
                (_, Some(id)) => self.recent.forget(id),
                _ => {}
            }
        }
    }

    /// Takes a failure in, and says what to commit: when to try again. An expired cursor begins a
    /// complete reading.
    pub fn failed(&mut self, error: &Error, now: DateTime<Utc>) -> Batch {
        let mut checkpoint = self.checkpoint.clone();
        // For one record that cannot be read nothing else has to wait: its changes tell of it.
        if error.is_of_record() && self.asked_for.pop_front().is_some() {
            return Batch {
                checkpoint,
                ..Batch::default()
            };
        }
        let first = checkpoint.failures == 0;
        checkpoint.failures = checkpoint.failures.saturating_add(1);
        let doubled = FIRST_PAUSE * 2_i32.saturating_pow(checkpoint.failures.min(12) - 1);
        let pause = match error.kind() {
            ErrorKind::Throttled(wait) => TimeDelta::from_std(*wait).unwrap_or(LONGEST_PARK),
            ErrorKind::QuotaUntil(until) => *until - now,
            ErrorKind::CursorExpired => {
                if self.of_pass {
                    checkpoint.pass = None;
                } else {
                    checkpoint.cursor = None;
                    // What the changes would have told is lost: only what is read from now on counts.
                    checkpoint.pass = None;
                }
                match first {
                    true => TimeDelta::zero(),
                    false => doubled,
                }
            }
            ErrorKind::Unavailable | ErrorKind::Protocol | ErrorKind::Conflict { .. } => doubled,
            // Somebody has to mend something first.
            _ => LONGEST_PAUSE,
        };
        let asked = matches!(
            error.kind(),
            ErrorKind::Throttled(_) | ErrorKind::QuotaUntil(_)
        );
        let most = match asked {
            true => LONGEST_PARK,
            false => LONGEST_PAUSE,
        };
        checkpoint.parked_until = now.checked_add_signed(pause.clamp(TimeDelta::zero(), most));
        Batch {
            checkpoint,
            ..Batch::default()
        }
    }

    /// A webhook says that something changed: it is read next, and no sooner than a pause ends.
    pub fn hinted(&mut self, hint: Hint) {
        match hint {
            Hint::Record(id) if self.asked_for.len() < MOST_HINTS => {
                if !self.asked_for.contains(&id) {
                    self.asked_for.push_back(id);
                }
            }
            _ => self.checkpoint.read_at = None,
        }
    }

    /// Lets the complete reading that is under way, or the changes up to their end, remove however many.
    pub fn allow_gone(&mut self) {
        self.checkpoint.gone_allowed = true;
        self.checkpoint.parked_until = None;
    }

    /// The system is asked next, whatever pause there was.
    pub fn ask_now(&mut self) {
        (self.checkpoint.read_at, self.checkpoint.parked_until) = (None, None);
        self.sweep_at = None;
    }

    /// Begins a complete reading as soon as possible.
    pub fn compare_now(&mut self) {
        self.checkpoint.complete_at = None;
    }

    fn due(&self) -> DateTime<Utc> {
        let every = TimeDelta::from_std(self.settings.every).unwrap_or(LONGEST_PARK);
        let read = self.checkpoint.read_at;
        let due = read.and_then(|read| read.checked_add_signed(every));
        due.unwrap_or(DateTime::UNIX_EPOCH)
    }

    fn begin_pass(&mut self, now: DateTime<Utc>) {
        let checkpoint = &mut self.checkpoint;
        let every = self.settings.compare_every;
        let late = TimeDelta::from_std(every).unwrap_or(LONGEST_PARK);
        // One that was refused its sweep for so long saw the system as it no longer is.
        let stale = |pass: &Pass| pass.swept_next && now - pass.since >= late;
        match &checkpoint.pass {
            Some(pass) if checkpoint.gone_allowed || !stale(pass) => return,
            _ => checkpoint.pass = None,
        }
        let every = match self.deletes {
            Deletes::InFeed => None,
            Deletes::Horizon { days } => {
                let half = Duration::from_secs(u64::from(days) * 43_200);
                Some(every.min(half))
            }
            Deletes::ScanOnly => Some(every),
        };
        let due = match (checkpoint.cursor.is_some(), checkpoint.complete_at, every) {
            (false, ..) | (true, None, _) => true,
            (true, Some(_), None) => false,
            (true, Some(last), Some(every)) => {
                let every = TimeDelta::from_std(every).unwrap_or(LONGEST_PARK);
                last.checked_add_signed(every).is_none_or(|due| due <= now)
            }
        };
        if due {
            checkpoint.passes = checkpoint.passes.saturating_add(1);
            checkpoint.pass = Some(Pass {
                number: checkpoint.passes,
                cursor: None,
                swept_next: false,
                rows: 0,
                of: None,
                since: now,
            });
        }
    }

    /// Of several changes of one record the last counts, and of what came before nothing is written
    /// again.
    fn batch(&self, changes: Vec<Change>) -> Batch {
        let mut last: BTreeMap<CustomerId, usize> = BTreeMap::new();
        for (place, change) in changes.iter().enumerate() {
            if let Some(id) = change.id() {
                last.insert(id.clone(), place);
            }
        }
        let kept: BTreeSet<usize> = last.into_values().collect();
        let mut batch = Batch {
            mark: self.checkpoint.pass.as_ref().map(|pass| pass.number),
            ..Batch::default()
        };
        for (place, change) in changes.into_iter().enumerate() {
            match change {
                Change::Case(_) => batch.changes.push(change),
                _ if !kept.contains(&place) => {}
                Change::Put(customer) if self.recent.holds(&customer) => {
                    batch.unchanged.push(customer.id);
                }
                change => batch.changes.push(change),
            }
        }
        batch
    }
}

#[cfg(test)]
mod tests;
