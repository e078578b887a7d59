use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::purpose::Purpose;
use crate::signals::Signals;

/// The wait after a refusal without a hint; it doubles with each.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(30);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(15);
/// The wait after a refusal that asks for none.
const LEAST_WAIT: TimeDelta = TimeDelta::seconds(1);
/// For how long usage holds that was reported. Meta counts over a rolling hour, and each answer tells.
const USAGE_HOLDS: TimeDelta = TimeDelta::minutes(5);
/// From which usage on reads are spaced, in percent.
const USAGE_SLOW: u16 = 75;
/// No longer wait than this is believed.
const BELIEVED: TimeDelta = TimeDelta::days(31);

/// A limit that a network documents: `burst` at once, then one in each `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit {
    burst: i32,
    interval: TimeDelta,
}

impl Limit {
    /// Any time of this length sees at most `burst + time / interval`, which is the limit (the generic
    /// cell rate algorithm: ITU-T I.371, annex A).
    pub(super) fn new(limit: u32, time: Duration) -> Self {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX).max(1);
        let time = TimeDelta::from_std(time).unwrap_or(BELIEVED).min(BELIEVED);
        let burst = (limit / 4).max(1);
        // One alone has all of the time, both ends included.
        let interval = match limit - burst {
            0 => time,
            steady => time / steady,
        };
        Self {
            burst,
            interval: interval + TimeDelta::microseconds(1),
        }
    }

    pub(super) fn slower(self, other: Self) -> Self {
        match self.interval >= other.interval {
            true => self,
            false => other,
        }
    }
}

/// What the network says is left until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Quota {
    limit: u64,
    remaining: u64,
    reset: DateTime<Utc>,
}

impl Quota {
    /// What is for effects alone.
    fn reserve(&self) -> u64 {
        match self.limit {
            0..3 => 0,
            limit => (limit / 10).max(1),
        }
    }
}

/// What is known of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Lane {
    /// Nothing before: the network refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    /// Refusals without a hint since something went through.
    #[serde(skip_serializing_if = "is_zero")]
    refusals: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<Quota>,
    /// In percent, and when it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<(u16, DateTime<Utc>)>,
    /// The latest instant that a read was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_read: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_effect: Option<DateTime<Utc>>,
    /// When a documented limit would be wholly free again.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_at: Option<DateTime<Utc>>,
    /// Sent, and not answered yet. Of this process alone.
    #[serde(skip)]
    under_way: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn add(at: DateTime<Utc>, wait: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(wait).unwrap_or(at)
}

impl Lane {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// Whether it can hold anything back, now or later.
    pub(super) fn matters(&self, now: DateTime<Utc>) -> bool {
        let waits = [
            self.until,
            self.free_at,
            self.quota.map(|quota| quota.reset),
            self.last_read,
            self.last_effect,
        ];
        self.under_way > 0
            || self.refusals > 0
            || waits.into_iter().flatten().any(|at| at > now)
            || self.used(now).is_some()
    }

    fn used(&self, now: DateTime<Utc>) -> Option<u16> {
        let (percent, told) = self.usage?;
        (percent >= USAGE_SLOW && now < add(told, USAGE_HOLDS)).then_some(percent)
    }

    /// When such a request may be sent at the earliest.
    pub(super) fn earliest(
        &self,
        purpose: Purpose,
        now: DateTime<Utc>,
        limit: Option<Limit>,
    ) -> DateTime<Utc> {
        let is_read = purpose == Purpose::Read;
        let last = match is_read {
            true => self.last_read,
            false => self.last_effect,
        };
        // Whoever came before waits for this one.
        let mut at = now.max(self.until.max(last).unwrap_or(now));
        if let Some(percent) = self.used(now).filter(|_| is_read)
            && let Some(last) = last
        {
            let steps = (percent.min(99) - USAGE_SLOW) / 5;
            at = at.max(add(last, TimeDelta::seconds(1) * (1 << steps)));
        }
        if let Some(quota) = self.quota.filter(|quota| quota.reset > now) {
            let reserve = quota.reserve();
            let spread = match is_read {
                true => quota.remaining <= quota.limit / 2,
                false => quota.remaining <= reserve,
            };
            let usable = match is_read {
                true => quota.remaining.saturating_sub(reserve),
                false => quota.remaining,
            };
            if usable == 0 {
                at = at.max(quota.reset);
            } else if spread && let Some(last) = last {
                let parts = i32::try_from(usable).unwrap_or(i32::MAX);
                let left = quota.reset - last.clamp(now.min(quota.reset), quota.reset);
                at = at.max(add(last, left / parts)).min(quota.reset.max(at));
            }
        } else if let (Some(limit), Some(free_at)) = (limit, self.free_at) {
            let reserve = if is_read { limit.burst / 4 } else { 0 };
            let ahead = limit.interval * (limit.burst - 1 - reserve);
            at = at.max(free_at.checked_sub_signed(ahead).unwrap_or(now));
        }
        at
    }

    /// Somebody sends at this instant.
    pub(super) fn take(&mut self, purpose: Purpose, at: DateTime<Utc>, limit: Option<Limit>) {
        if let Some(quota) = &mut self.quota {
            quota.remaining = quota.remaining.saturating_sub(1);
        }
        if let Some(limit) = limit {
            let from = self.free_at.map_or(at, |free_at| free_at.max(at));
            self.free_at = Some(add(from, limit.interval));
        }
        let last = match purpose {
            Purpose::Read => &mut self.last_read,
            Purpose::Effect => &mut self.last_effect,
        };
        *last = (*last).max(Some(at));
        self.under_way += 1;
    }

    /// What was sent has been answered, or will not be.
    pub(super) fn landed(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Takes down a refusal, or that there was none.
    pub(super) fn wait(&mut self, signals: &Signals, now: DateTime<Utc>) {
        // Those that were under way together are refused together.
        let is_fresh = self.until.is_none_or(|until| until <= now);
        let until = match signals.wait_until {
            Some(until) if signals.refused => Some(until.max(add(now, LEAST_WAIT))),
            Some(until) => Some(until),
            None if signals.refused && is_fresh => {
                let doubled = FIRST_WAIT * 2_i32.pow(self.refusals.min(10));
                self.refusals = self.refusals.saturating_add(1);
                Some(add(now, doubled.min(LONGEST_WAIT)))
            }
            None => None,
        };
        if !signals.refused {
            self.refusals = 0;
        }
        self.until = self.until.max(until.map(|until| believe(until, now)));
    }

    /// Takes down what is left.
    pub(super) fn report(&mut self, signals: &Signals, now: DateTime<Utc>) {
        if let (Some(remaining), Some(reset)) = (signals.remaining, signals.reset) {
            let before = self.quota.map_or(0, |quota| quota.limit);
            let limit = signals.limit.unwrap_or_else(|| before.max(remaining));
            self.quota = Some(Quota {
                limit: limit.max(remaining),
                // What is under way is not counted there yet.
                remaining: remaining.saturating_sub(self.under_way),
                reset: believe(reset, now),
            });
        }
        if let Some(percent) = signals.usage {
            self.usage = Some((percent, now));
            if percent >= 100 && signals.wait_until.is_none() {
                self.until = self.until.max(Some(add(now, USAGE_HOLDS)));
            }
        }
    }

    /// Of what both know, the later instant and the smaller rest.
    pub(super) fn join(&mut self, other: &Self) {
        self.until = self.until.max(other.until);
        self.refusals = self.refusals.max(other.refusals);
        self.usage = [self.usage, other.usage]
            .into_iter()
            .flatten()
            .max_by_key(|(_, told)| *told);
        self.last_read = self.last_read.max(other.last_read);
        self.last_effect = self.last_effect.max(other.last_effect);
        self.free_at = self.free_at.max(other.free_at);
        self.under_way += other.under_way;
        self.quota = match (self.quota, other.quota) {
            (Some(ours), Some(theirs)) if ours.reset == theirs.reset => Some(Quota {
                remaining: ours.remaining.min(theirs.remaining),
                ..ours
            }),
            (ours, theirs) => [ours, theirs].into_iter().flatten().max_by_key(|q| q.reset),
        };
    }

    /// As it can be meant at `now`: no instant is further off than is believed.
    pub(super) fn believed(mut self, now: DateTime<Utc>) -> Self {
        let near = |at: DateTime<Utc>| believe(at, now);
        self.until = self.until.map(near);
        self.last_read = self.last_read.map(near);
        self.last_effect = self.last_effect.map(near);
        self.free_at = self.free_at.map(near);
        self.quota = self.quota.map(|quota| Quota {
            reset: near(quota.reset),
            ..quota
        });
        self.usage = self.usage.map(|(percent, told)| (percent, told.min(now)));
        self
    }
}

fn believe(at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    at.min(add(now, BELIEVED))
}
