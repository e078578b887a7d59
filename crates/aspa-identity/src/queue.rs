use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use aspa_types::{AgentId, CustomerId, Extra, HandleKey, keep_unknown};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Decision, EvidenceKind, Link, LinkState, Settings, Verdict};

mod audit;

pub use audit::{Audit, AuditTally, AuditVerdict, Precision};

/// Most candidates of an item.
const MOST: usize = 5;

/// Handles that a person should look at: durable by construction, since each [`ReviewItem`] is a
/// plain row that the host stores whenever a method returns it, and [`Queue::of`] reads back.
///
/// One item for a handle; an answered item does not come again for the same candidates.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    items: BTreeMap<HandleKey, ReviewItem>,
    /// Open items, the most worth looking at first, then the oldest.
    by_value: BTreeSet<(Reverse<i64>, DateTime<Utc>, HandleKey)>,
    /// Open items, the most uncertain first, then the oldest.
    by_doubt: BTreeSet<(i64, DateTime<Utc>, HandleKey)>,
}

/// A handle to look at, or that somebody looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReviewItem {
    /// The handle.
    pub handle: HandleKey,
    /// Who it may be, the most probable first; at most 5.
    pub candidates: Vec<CustomerId>,
    /// Why somebody should look.
    pub why: ReviewWhy,
    /// How probable the first candidate is, 0 to 1.
    pub probability: f64,
    /// What looking is expected to save, in the unit of the costs of [`Settings`]; see
    /// [`value_of_looking`].
    pub value: f64,
    /// Since when it waits.
    pub since: DateTime<Utc>,
    /// Who looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// Who left it to others.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skipped: BTreeSet<AgentId>,
    /// What came out; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

aspa_types::text_enum! {
    /// Why somebody should look.
    pub enum ReviewWhy {
        /// The evidence does not suffice.
        Unsure = "unsure",
        /// The CRM made the customer one with somebody that an agent had ruled out.
        Conflict = "conflict",
        /// The link was picked at random, to measure how often links are right.
        Audit = "audit",
    }
}

/// Who looks at an item, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// Who.
    pub by: AgentId,
    /// From then on others may.
    pub until: DateTime<Utc>,
}

/// How an item ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Closed {
    /// With what.
    pub answer: Answer,
    /// Who answered; none where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What somebody says who looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "answer", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Answer {
    /// It is this one of the candidates.
    Same {
        /// Which.
        customer: CustomerId,
    },
    /// It is none of these, who were all that was shown.
    NoneOf {
        /// The candidates, in any order.
        customers: Vec<CustomerId>,
    },
    /// It cannot be told.
    CannotTell,
    /// Nobody looked in time.
    Expired,
    /// The item was no longer needed: the handle was decided on otherwise, or erased.
    Superseded,
    /// An answer that this version does not know, kept as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Answer,
    "answer",
    ["same", "none_of", "cannot_tell", "expired", "superseded"]
);

aspa_types::text_enum! {
    /// Which item comes next.
    pub enum ReviewOrder {
        /// The one that is most worth it.
        Value = "value",
        /// The one nearest to even odds, from whose answer a model learns most.
        Uncertain = "uncertain",
    }
}

/// The rule of a queue that would be broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueueBroken {
    /// There is no open item of this handle.
    #[error("no open item")]
    NotOpen,
    /// Somebody else looks at it.
    #[error("claimed by {by} until {until}")]
    Claimed {
        /// Who.
        by: AgentId,
        /// How long.
        until: DateTime<Utc>,
    },
    /// The answer names a customer who is no candidate, or is none that a person gives.
    #[error("the answer does not fit the item")]
    NoSuchAnswer,
}

impl Queue {
    /// The queue that rows make, in any order.
    #[must_use]
    pub fn of(rows: impl IntoIterator<Item = ReviewItem>) -> Self {
        let mut queue = Self::default();
        for row in rows {
            queue.put(row);
        }
        queue
    }

    /// Offers a link as it stands now: takes in what is in review or, where `audit` picks it, what was
    /// linked by rule; closes an open item that is no longer needed. Returns the row to store, none
    /// where nothing changed. The same candidates again keep age, claim and answer.
    pub fn offer(
        &mut self,
        link: &Link,
        settings: &Settings,
        audit: Option<&Audit>,
        at: DateTime<Utc>,
    ) -> Option<&ReviewItem> {
        let old = self.items.get(&link.handle);
        let is_open = old.is_some_and(|item| item.closed.is_none());
        let Some(mut item) = item_of(link, settings, audit, at) else {
            return match is_open {
                true => self.close(&link.handle, Answer::Superseded, None, at),
                false => None,
            };
        };
        if let Some(old) = old {
            let same = set(&old.candidates) == set(&item.candidates) && old.why == item.why;
            let told = old.closed.as_ref().is_some_and(|closed| {
                !matches!(closed.answer, Answer::Expired | Answer::Superseded)
            });
            if same && told {
                return None;
            }
            if same && is_open {
                item.since = old.since;
                item.claim.clone_from(&old.claim);
                item.skipped.clone_from(&old.skipped);
            }
            item.extra.clone_from(&old.extra);
            if *old == item {
                return None;
            }
        }
        let handle = item.handle.clone();
        self.put(item);
        self.items.get(&handle)
    }

    /// The open item that this agent should look at next: not one that somebody else looks at, nor one
    /// that the agent left to others. Passes over those one by one.
    #[must_use]
    pub fn next(
        &self,
        by: &AgentId,
        order: &ReviewOrder,
        now: DateTime<Utc>,
    ) -> Option<&ReviewItem> {
        let fits = |handle: &HandleKey| {
            let item = self.items.get(handle)?;
            let is_free = item
                .claim
                .as_ref()
                .is_none_or(|claim| claim.by == *by || claim.until <= now);
            (is_free && !item.skipped.contains(by)).then_some(item)
        };
        match order {
            ReviewOrder::Uncertain => self.by_doubt.iter().find_map(|(.., handle)| fits(handle)),
            _ => self.by_value.iter().find_map(|(.., handle)| fits(handle)),
        }
    }

    /// An agent looks at an item until then. Returns the row to store.
    ///
    /// # Errors
    ///
    /// [`QueueBroken`] when it is not open or somebody else looks at it.
    pub fn claim(
        &mut self,
        handle: &HandleKey,
        by: &AgentId,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<&ReviewItem, QueueBroken> {
        let item = self.open(handle, by, now)?;
        let by = by.clone();
        item.claim = Some(Claim { by, until });
        Ok(item)
    }

    /// An agent leaves an item to others. Returns the row to store.
    ///
    /// # Errors
    ///
    /// [`QueueBroken`] when it is not open or somebody else looks at it.
    pub fn skip(
        &mut self,
        handle: &HandleKey,
        by: &AgentId,
        now: DateTime<Utc>,
    ) -> Result<&ReviewItem, QueueBroken> {
        let item = self.open(handle, by, now)?;
        item.claim = None;
        item.skipped.insert(by.clone());
        Ok(item)
    }

    /// An agent answers. Returns the row to store and the evidence that the answer is: nothing where
    /// it cannot be told.
    ///
    /// # Errors
    ///
    /// [`QueueBroken`] when it is not open, somebody else looks at it or the answer does not fit: also
    /// when the candidates have changed since they were shown.
    pub fn answer(
        &mut self,
        handle: &HandleKey,
        answer: Answer,
        by: &AgentId,
        now: DateTime<Utc>,
    ) -> Result<(&ReviewItem, Vec<EvidenceKind>), QueueBroken> {
        let item = self.open(handle, by, now)?;
        let by = by.clone();
        let told = match &answer {
            Answer::Same { customer } if item.candidates.contains(customer) => {
                let customer = customer.clone();
                let by = by.clone();
                vec![EvidenceKind::AgentSaidSame { customer, by }]
            }
            Answer::NoneOf { customers } if set(customers) == set(&item.candidates) => {
                let not = |customer: &CustomerId| EvidenceKind::AgentSaidNotSame {
                    customer: customer.clone(),
                    by: by.clone(),
                };
                item.candidates.iter().map(not).collect()
            }
            Answer::CannotTell => Vec::new(),
            _ => return Err(QueueBroken::NoSuchAnswer),
        };
        let item = self.close(handle, answer, Some(by), now);
        Ok((item.ok_or(QueueBroken::NotOpen)?, told))
    }

    /// Closes what has waited for `age`. Returns the handles, whose rows are to be stored.
    pub fn expire(&mut self, age: TimeDelta, now: DateTime<Utc>) -> Vec<HandleKey> {
        let open = self.by_value.iter();
        let old = open.filter(|(_, since, _)| now.signed_duration_since(*since) >= age);
        let handles: Vec<HandleKey> = old.map(|(.., handle)| handle.clone()).collect();
        for handle in &handles {
            self.close(handle, Answer::Expired, None, now);
        }
        handles
    }

    /// Forgets a handle after an erasure; whether there was a row, which is to be removed.
    pub fn forget(&mut self, handle: &HandleKey) -> bool {
        self.take(handle).is_some()
    }

    /// The item of a handle, open or closed.
    #[must_use]
    pub fn item(&self, handle: &HandleKey) -> Option<&ReviewItem> {
        self.items.get(handle)
    }

    /// How many items are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_value.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_value.is_empty()
    }

    /// What audits came to.
    #[must_use]
    pub fn audited(&self) -> AuditTally {
        let mut tally = AuditTally::default();
        for item in self.items.values() {
            if item.why != ReviewWhy::Audit {
                continue;
            }
            match item.closed.as_ref().map(|closed| &closed.answer) {
                Some(Answer::Same { customer }) if item.candidates.first() == Some(customer) => {
                    tally.right += 1;
                }
                Some(Answer::Same { .. } | Answer::NoneOf { .. }) => tally.wrong += 1,
                Some(Answer::CannotTell) => tally.untold += 1,
                _ => {}
            }
        }
        tally
    }

    fn open(
        &mut self,
        handle: &HandleKey,
        by: &AgentId,
        now: DateTime<Utc>,
    ) -> Result<&mut ReviewItem, QueueBroken> {
        let item = self.items.get_mut(handle);
        let item = item.filter(|item| item.closed.is_none());
        let item = item.ok_or(QueueBroken::NotOpen)?;
        match &item.claim {
            Some(Claim { by: other, until }) if other != by && *until > now => {
                Err(QueueBroken::Claimed {
                    by: other.clone(),
                    until: *until,
                })
            }
            _ => Ok(item),
        }
    }

    fn close(
        &mut self,
        handle: &HandleKey,
        answer: Answer,
        by: Option<AgentId>,
        at: DateTime<Utc>,
    ) -> Option<&ReviewItem> {
        let mut item = self.take(handle)?;
        item.claim = None;
        item.closed = Some(Closed { answer, by, at });
        self.put(item);
        self.items.get(handle)
    }

    fn put(&mut self, item: ReviewItem) {
        self.take(&item.handle);
        if item.closed.is_none() {
            let (value, doubt) = places(&item);
            self.by_value
                .insert((Reverse(value), item.since, item.handle.clone()));
            self.by_doubt
                .insert((doubt, item.since, item.handle.clone()));
        }
        self.items.insert(item.handle.clone(), item);
    }

    fn take(&mut self, handle: &HandleKey) -> Option<ReviewItem> {
        let item = self.items.remove(handle)?;
        let (value, doubt) = places(&item);
        self.by_value
            .remove(&(Reverse(value), item.since, handle.clone()));
        self.by_doubt.remove(&(doubt, item.since, handle.clone()));
        Some(item)
    }
}

/// What a link in review, or one that is picked for an audit, asks a person.
fn item_of(
    link: &Link,
    settings: &Settings,
    audit: Option<&Audit>,
    at: DateTime<Utc>,
) -> Option<ReviewItem> {
    let decision = &link.decision;
    let first = link.customer.clone()?;
    let (why, value) = match link.state {
        LinkState::Review if link.conflict.is_some() => (ReviewWhy::Conflict, None),
        LinkState::Review => (ReviewWhy::Unsure, None),
        // What the estimate is worth: as much as the look costs.
        LinkState::Linked if audit.is_some_and(|audit| audit.picks(link)) => {
            (ReviewWhy::Audit, Some(settings.cost_review))
        }
        _ => return None,
    };
    let mut candidates = vec![first];
    if let (Verdict::Review { candidates: others }, ReviewWhy::Unsure) = (&decision.verdict, &why) {
        for other in others {
            if candidates.len() < MOST && !candidates.contains(other) {
                candidates.push(other.clone());
            }
        }
    }
    let value = value.unwrap_or_else(|| value_of_looking(decision, settings));
    Some(ReviewItem {
        handle: link.handle.clone(),
        candidates,
        why,
        probability: link.probability,
        value,
        since: at,
        claim: None,
        skipped: BTreeSet::new(),
        closed: None,
        extra: Extra::new(),
    })
}

/// What it is expected to save that a person looks: the lesser of what linking to the best candidate
/// and what leaving it would cost, less the cost of looking. Below 0 it does not pay.
///
/// `min((1 - p) · false link, P · miss) - review`, with p of the best candidate and P of them all.
#[must_use]
pub fn value_of_looking(decision: &Decision, settings: &Settings) -> f64 {
    let mut probabilities = decision.candidates.iter().map(|c| c.probability);
    let best = probabilities.next().unwrap_or_default();
    let somebody = (best + probabilities.sum::<f64>()).min(1.0);
    let linking = (1.0 - best) * settings.cost_false_link;
    let leaving = somebody * settings.cost_miss;
    let value = linking.min(leaving) - settings.cost_review;
    if value.is_finite() { value } else { 0.0 }
}

/// Places in the two orders, in millionths.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond an i64 becomes its end, and no number 0"
)]
fn places(item: &ReviewItem) -> (i64, i64) {
    let millionths = |x: f64| (x * 1e6).round() as i64;
    (
        millionths(item.value),
        millionths((item.probability - 0.5).abs()),
    )
}

fn set(candidates: &[CustomerId]) -> BTreeSet<&CustomerId> {
    candidates.iter().collect()
}
