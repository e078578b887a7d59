//! What workers may take, kept in order as rows are written, so that a claim looks at nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aspa_channel::{ConversationKey, Event};
use aspa_types::{EffectKey, TenantId, TicketId};
use chrono::{DateTime, Utc};

/// How many of what is due each tenant gives: tenants in turn, beginning after the one that was served
/// last, each at most a quarter of what is asked for and 128 at a time, until there is nothing more
/// or it is enough.
pub(crate) fn in_turn<'a>(
    due: impl IntoIterator<Item = (&'a TenantId, usize)>,
    last: &mut Option<TenantId>,
    limit: usize,
) -> Vec<(TenantId, usize)> {
    let most = (limit / 4).clamp(1, MOST_AT_A_TIME);
    let (before, after): (Vec<_>, Vec<_>) = due
        .into_iter()
        .filter(|(_, waiting)| *waiting > 0)
        .partition(|(tenant, _)| last.as_ref().is_some_and(|last| *tenant <= last));
    let mut waiting: Vec<_> = after.into_iter().chain(before).collect();
    let mut given: BTreeMap<&TenantId, usize> = BTreeMap::new();
    let mut left = limit;
    while left > 0 && !waiting.is_empty() {
        for (tenant, waiting) in &mut waiting {
            let some = most.min(*waiting).min(left);
            if some > 0 {
                (*waiting, left) = (*waiting - some, left - some);
                *given.entry(tenant).or_default() += some;
                *last = Some(tenant.clone());
            }
        }
        waiting.retain(|(_, waiting)| *waiting > 0);
    }
    let owned = given.into_iter();
    owned.map(|(tenant, some)| (tenant.clone(), some)).collect()
}

/// The most that one tenant is given before it is the next one's turn.
const MOST_AT_A_TIME: usize = 128;

/// An event of the inbox.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) event: Event,
    pub(crate) received_at: DateTime<Utc>,
    leased_until: Option<DateTime<Utc>>,
}

/// A tenant's inbox.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pub(crate) waiting: BTreeMap<u64, Waiting>,
    free: BTreeSet<u64>,
    leased: BTreeSet<(DateTime<Utc>, u64)>,
    pub(crate) kept: BTreeMap<u64, Waiting>,
}

impl Inbox {
    pub(crate) fn put(&mut self, seq: u64, received_at: DateTime<Utc>, event: Event) {
        let waiting = Waiting {
            event,
            received_at,
            leased_until: None,
        };
        self.waiting.insert(seq, waiting);
        self.free.insert(seq);
    }

    pub(crate) fn contains(&self, seq: u64) -> bool {
        self.waiting.contains_key(&seq)
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes an entry out.
    pub(crate) fn take(&mut self, seq: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&seq)?;
        self.free.remove(&seq);
        if let Some(until) = waiting.leased_until {
            self.leased.remove(&(until, seq));
        }
        Some(waiting)
    }

    /// Ends a lease that ends then.
    pub(crate) fn release(&mut self, seq: u64, until: DateTime<Utc>) {
        if self.leased.remove(&(until, seq)) {
            self.free.insert(seq);
            if let Some(waiting) = self.waiting.get_mut(&seq) {
                waiting.leased_until = None;
            }
        }
    }

    pub(crate) fn keep(&mut self, seq: u64) {
        let waiting = self.take(seq);
        self.kept.extend(waiting.map(|waiting| (seq, waiting)));
    }

    /// How many no lease covers, once those that have ended are taken off.
    pub(crate) fn free(&mut self, now: DateTime<Utc>) -> usize {
        while let Some(&(until, seq)) = self.leased.first()
            && until <= now
        {
            self.leased.pop_first();
            self.free.insert(seq);
            if let Some(waiting) = self.waiting.get_mut(&seq) {
                waiting.leased_until = None;
            }
        }
        self.free.len()
    }

    /// Leases the first `count` that are free.
    pub(crate) fn lease(&mut self, count: usize, until: DateTime<Utc>) -> Vec<(u64, Waiting)> {
        let mut leased = Vec::new();
        while leased.len() < count
            && let Some(seq) = self.free.pop_first()
        {
            self.leased.insert((until, seq));
            if let Some(waiting) = self.waiting.get_mut(&seq) {
                waiting.leased_until = Some(until);
                leased.push((seq, waiting.clone()));
            }
        }
        leased
    }
}

/// When a tenant's tickets are to be looked at.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    of: HashMap<TicketId, DateTime<Utc>>,
    order: BTreeSet<(DateTime<Utc>, TicketId)>,
}

impl Wakes {
    pub(crate) fn set(&mut self, ticket: &TicketId, at: Option<DateTime<Utc>>) {
        if let Some(old) = self.of.remove(ticket) {
            self.order.remove(&(old, ticket.clone()));
        }
        if let Some(at) = at {
            self.of.insert(ticket.clone(), at);
            self.order.insert((at, ticket.clone()));
        }
    }

    /// The tickets that are due, soonest first, and since when.
    pub(crate) fn due(
        &self,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &(DateTime<Utc>, TicketId)> {
        self.order.iter().take_while(move |(at, _)| *at <= now)
    }

    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.order.first().map(|(at, _)| *at)
    }
}

/// A tenant's conversations with effects that hold them.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    /// In which place each was queued.
    places: HashMap<EffectKey, u64>,
    held: BTreeMap<ConversationKey, BTreeMap<u64, EffectKey>>,
    /// The first of each lane, where it can be claimed: from when on.
    heads: BTreeMap<ConversationKey, (DateTime<Utc>, u64)>,
    open: BTreeMap<(DateTime<Utc>, u64), EffectKey>,
}

impl Lanes {
    /// Notes whether an effect holds its lane. One that was not known stands at `place`.
    pub(crate) fn put(&mut self, lane: &ConversationKey, key: &EffectKey, place: u64, holds: bool) {
        let place = *self.places.entry(key.clone()).or_insert(place);
        let held = self.held.entry(lane.clone()).or_default();
        if holds {
            held.insert(place, key.clone());
        } else {
            held.remove(&place);
        }
    }

    /// Sees anew whether the first of a lane can be claimed, and from when on.
    pub(crate) fn renew(
        &mut self,
        lane: &ConversationKey,
        from: impl Fn(&EffectKey) -> Option<DateTime<Utc>>,
    ) {
        if let Some(old) = self.heads.remove(lane) {
            self.open.remove(&old);
        }
        let Some(held) = self.held.get(lane) else {
            return;
        };
        let Some((&place, key)) = held.first_key_value() else {
            self.held.remove(lane);
            return;
        };
        if let Some(at) = from(key) {
            self.heads.insert(lane.clone(), (at, place));
            self.open.insert((at, place), key.clone());
        }
    }

    pub(crate) fn lanes(&self) -> Vec<ConversationKey> {
        self.held.keys().cloned().collect()
    }

    /// The effects that can be claimed, those that are due first first: place and key.
    pub(crate) fn due(&self, now: DateTime<Utc>) -> impl Iterator<Item = (u64, &EffectKey)> {
        let due = self.open.iter().take_while(move |((at, _), _)| *at <= now);
        due.map(|((_, place), key)| (*place, key))
    }

    pub(crate) fn next(&self) -> Option<DateTime<Utc>> {
        self.open.first_key_value().map(|((at, _), _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(
        limit: usize,
        waiting: &[(&str, usize)],
        last: &mut Option<TenantId>,
    ) -> Vec<(String, usize)> {
        let ids: Vec<_> = waiting
            .iter()
            .map(|(name, waiting)| (TenantId::new(*name).unwrap(), *waiting))
            .collect();
        let given = in_turn(ids.iter().map(|(id, waiting)| (id, *waiting)), last, limit);
        given
            .into_iter()
            .map(|(id, some)| (id.to_string(), some))
            .collect()
    }

    #[test]
    fn everybody_is_served_before_anybody_is_served_again() {
        let mut last = None;
        let flood = [("a", 1000), ("b", 1), ("c", 1000), ("d", 3), ("e", 1000)];
        let told = |all: &[(&str, usize)]| {
            let told = all.iter().map(|(name, some)| ((*name).to_owned(), *some));
            told.collect::<Vec<_>>()
        };
        assert_eq!(
            turns(8, &flood, &mut last),
            told(&[("a", 2), ("b", 1), ("c", 2), ("d", 2), ("e", 1)])
        );
        assert_eq!(
            turns(8, &flood, &mut last),
            told(&[("a", 2), ("b", 1), ("c", 2), ("d", 2), ("e", 1)])
        );
        assert_eq!(turns(1, &flood, &mut last), told(&[("a", 1)]));
        assert_eq!(turns(1, &flood, &mut last), told(&[("b", 1)]));
        assert_eq!(turns(0, &flood, &mut last), []);
        assert_eq!(
            turns(9000, &flood, &mut last)
                .iter()
                .map(|(_, some)| some)
                .sum::<usize>(),
            3004
        );
        assert_eq!(turns(500, &[("a", 1000)], &mut last), told(&[("a", 500)]));
    }
}
