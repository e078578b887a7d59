//! What reading and writing costs. X is paid by use.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aspa_channel::{Audience, Event, EventKind};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What one of each costs, in millionths of a dollar. The defaults are X's pay-per-use prices of 2026-04-20
/// (docs.x.com, "Pricing", read 2026-11-22); `read`, `delivered` and those of direct messages are from memory
/// and not verified.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Prices {
    /// A post read that is ours or names us.
    pub owned_read: u64,
    /// Another post read: of a conversation, or looked up.
    pub read: u64,
    /// A profile looked up.
    pub user_read: u64,
    /// A direct message read.
    pub direct_read: u64,
    /// A post written.
    pub post: u64,
    /// A post written with a link in it.
    pub post_with_link: u64,
    /// A reply written to somebody who named or quoted us.
    pub reply: u64,
    /// A direct message written.
    pub direct: u64,
    /// A post that X delivered, by webhook or stream: it counts as one read.
    pub delivered: u64,
    /// Something hidden, shown or deleted.
    pub change: u64,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            owned_read: 1_000,
            read: 5_000,
            user_read: 10_000,
            direct_read: 10_000,
            post: 15_000,
            post_with_link: 200_000,
            reply: 10_000,
            direct: 15_000,
            delivered: 5_000,
            change: 5_000,
        }
    }
}

/// How much may be spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Budget {
    /// What one of each costs.
    pub prices: Prices,
    /// The most in a calendar month (UTC), in millionths of a dollar; none: it is counted and not capped.
    /// Reads stop at nine tenths of it, so that answers can still be sent.
    pub monthly: Option<u64>,
}

/// What was spent in a calendar month (UTC).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Spent {
    /// Its first day.
    pub month: NaiveDate,
    /// How many posts, profiles and direct messages were read.
    pub read: u64,
    /// How many things were written, changed or deleted, also where the answer was lost.
    pub written: u64,
    /// What that costs, in millionths of a dollar.
    pub cost: u64,
}

impl Spent {
    /// Of the month of `now`: what was spent before is over.
    pub(crate) fn at(self, now: DateTime<Utc>) -> Self {
        let month = now.date_naive().with_day(1).unwrap_or_default();
        match self.month == month {
            true => self,
            false => Self {
                month,
                ..Self::default()
            },
        }
    }

    pub(crate) fn add_read(&mut self, many: usize, price: u64) {
        let many = u64::try_from(many).unwrap_or(u64::MAX);
        self.read = self.read.saturating_add(many);
        self.cost = self.cost.saturating_add(many.saturating_mul(price));
    }

    pub(crate) fn add_written(&mut self, price: u64) {
        self.written = self.written.saturating_add(1);
        self.cost = self.cost.saturating_add(price);
    }

    /// When the next month begins.
    pub(crate) fn until(&self) -> DateTime<Utc> {
        let next = self.month.checked_add_months(chrono::Months::new(1));
        let next = next
            .unwrap_or(NaiveDate::MAX)
            .and_time(chrono::NaiveTime::MIN);
        next.and_utc()
    }
}

/// Counts what X's deliveries to a webhook cost, into what [the channel](crate::XChannel) of the same account
/// spends. Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    spent: Arc<Mutex<Spent>>,
    price: u64,
}

impl Meter {
    pub(crate) fn new(spent: &Arc<Mutex<Spent>>, prices: &Prices) -> Self {
        let spent = Arc::clone(spent);
        let price = prices.delivered;
        Self { spent, price }
    }

    /// Counts the posts among these events, which X counts: what it delivers of direct messages and profiles
    /// is not known to cost.
    pub(crate) fn count<'a>(
        &self,
        events: impl IntoIterator<Item = &'a Event>,
        now: DateTime<Utc>,
    ) {
        let is_post = |event: &&Event| match &event.kind {
            EventKind::Message(message) => message.audience != Audience::Direct,
            EventKind::Reaction { reaction, .. } => reaction == "repost",
            _ => false,
        };
        let many = events.into_iter().filter(is_post).count();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        *spent = spent.at(now);
        spent.add_read(many, self.price);
    }
}

/// `Debug` shows nothing of what was spent.
impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}

impl Budget {
    /// Whether there is room for a read.
    pub(crate) fn allows_read(&self, spent: &Spent) -> bool {
        self.monthly
            .is_none_or(|most| spent.cost < most.saturating_sub(most / 10))
    }

    /// Whether there is room for something that costs so much.
    pub(crate) fn allows(&self, spent: &Spent, price: u64) -> bool {
        self.monthly
            .is_none_or(|most| spent.cost.saturating_add(price) <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_ends_with_its_last_moment() {
        let mut spent = Spent::default().at(at("2026-11-22T08:00:00Z"));
        spent.add_read(3, 1_000);
        spent.add_written(10_000);
        assert_eq!((spent.read, spent.written, spent.cost), (3, 1, 13_000));
        assert_eq!(spent.at(at("2026-11-30T23:59:59Z")), spent);
        assert_eq!(spent.at(at("2026-12-01T00:00:00Z")).cost, 0);
        assert_eq!(spent.until(), at("2026-12-01T00:00:00Z"));
    }

    #[test]
    fn reads_stop_before_answers_do() {
        let budget = Budget {
            monthly: Some(100_000),
            ..Budget::default()
        };
        let spent = |cost| Spent {
            cost,
            ..Spent::default()
        };
        let cases = [
            (0, true, true),
            (89_999, true, true),
            (90_000, false, true),
            (90_001, false, false),
        ];
        for (cost, reads, writes) in cases {
            let spent = spent(cost);
            let allowed = (budget.allows_read(&spent), budget.allows(&spent, 10_000));
            assert_eq!(allowed, (reads, writes), "{cost}");
        }
        assert!(Budget::default().allows(&spent(u64::MAX), u64::MAX));
    }
}
