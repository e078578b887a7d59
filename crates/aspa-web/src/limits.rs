use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// How often in a minute, in the long run.
    pub per_minute: u32,
    /// How often at once, after a while of rest.
    pub burst: u32,
}

impl Rate {
    /// So often in a minute, and so often at once; each at least 1.
    #[must_use]
    pub const fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute, burst }
    }

    fn interval(self) -> TimeDelta {
        TimeDelta::milliseconds(60_000 / i64::from(self.per_minute.max(1)))
    }

    fn tolerance(self) -> TimeDelta {
        self.interval() * i32::try_from(self.burst.max(1)).unwrap_or(i32::MAX)
    }
}

/// What one visitor and one address may do. Each limit stands for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rates {
    /// Coming in, for one address: 30 a minute, 60 at once.
    pub enter_by_address: Rate,
    /// Writing, for one visitor: 20 a minute, 10 at once.
    pub write_by_visitor: Rate,
    /// Writing, for one address: 120 a minute, 60 at once.
    pub write_by_address: Rate,
    /// Uploading, for one visitor: 2 a minute, 5 at once.
    pub upload_by_visitor: Rate,
    /// Uploading, for one address: 4 a minute, 20 at once.
    pub upload_by_address: Rate,
    /// Beginning to follow, for one visitor: 30 a minute, 20 at once.
    pub follow_by_visitor: Rate,
    /// Followed at a time by one visitor: 8 tabs.
    pub streams_by_visitor: u32,
    /// Followed at a time from one address: 100.
    pub streams_by_address: u32,
    /// Followed at a time in this process: 10,000.
    pub streams: u32,
    /// Files on their way at a time, up or down, from one address: 10.
    pub transfers_by_address: u32,
    /// Files on their way at a time in this process: 200. Each is in memory as long as it is.
    pub transfers: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            enter_by_address: Rate::new(30, 60),
            write_by_visitor: Rate::new(20, 10),
            write_by_address: Rate::new(120, 60),
            upload_by_visitor: Rate::new(2, 5),
            upload_by_address: Rate::new(4, 20),
            follow_by_visitor: Rate::new(30, 20),
            streams_by_visitor: 8,
            streams_by_address: 100,
            streams: 10_000,
            transfers_by_address: 10,
            transfers: 200,
        }
    }
}

/// The part of an address that one party has: an IPv6 customer is given 64 bits or fewer to fill
/// (RFC 6177 section 2).
pub(crate) fn party(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) >> 64 << 64;
            IpAddr::V6(network.into())
        }
        v4 => v4,
    }
}

/// Holds off who does something too often: the generic cell rate algorithm (ITU-T I.371), which needs
/// one instant for each party. Of parties, at most so many are remembered.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    rate: Rate,
    most: usize,
    due: Mutex<HashMap<Option<K>, DateTime<Utc>>>,
}

impl<K: Eq + Hash> Limiter<K> {
    pub(crate) fn new(rate: Rate, most: usize) -> Self {
        Self {
            rate,
            most,
            due: Mutex::default(),
        }
    }

    /// Counts one more of a party; the wait where that is too often, and then nothing is counted.
    pub(crate) fn take(&self, party: K, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let mut party = Some(party);
        if due.len() >= self.most && !due.contains_key(&party) {
            // Who has rested long enough need not be remembered.
            due.retain(|_, due| *due > now);
            if due.len() >= self.most {
                // Strangers in a flood share one place, so that memory has an end.
                party = None;
            }
        }
        let at = due.entry(party).or_insert(now);
        let next = (*at).max(now) + self.rate.interval();
        let early = next - now - self.rate.tolerance();
        if early > TimeDelta::zero() {
            return Err(early.to_std().unwrap_or_default());
        }
        *at = next;
        Ok(())
    }
}

/// How many are there at a time, counted until what was taken is dropped.
#[derive(Debug)]
pub(crate) struct Places<K>(Mutex<HashMap<K, u32>>);

impl<K: Eq + Hash> Places<K> {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    pub(crate) fn take(&self, party: K, most: u32) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(party).or_insert(0);
        let free = *count < most;
        if free {
            *count += 1;
        }
        free
    }

    /// How many are there now.
    pub(crate) fn count(&self, party: &K) -> u32 {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.get(party).copied().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, party: &K) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(party) {
            *count -= 1;
            if *count == 0 {
                taken.remove(party);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_794_000_000_000 + milliseconds).unwrap()
    }

    #[test]
    fn a_burst_is_taken_and_then_one_at_a_time() {
        let limiter = Limiter::new(Rate::new(60, 3), 10);
        for _ in 0..3 {
            assert_eq!(limiter.take("a", at(0)), Ok(()));
        }
        assert_eq!(limiter.take("a", at(0)), Err(Duration::from_secs(1)));
        assert_eq!(limiter.take("b", at(0)), Ok(()));
        assert_eq!(limiter.take("a", at(1_000)), Ok(()));
        assert!(limiter.take("a", at(1_500)).is_err());
        assert_eq!(limiter.take("a", at(2_000)), Ok(()));
    }

    #[test]
    fn a_flood_of_strangers_takes_no_more_memory_and_holds_off_nobody_known() {
        let limiter = Limiter::new(Rate::new(6, 2), 100);
        assert_eq!(limiter.take(0, at(0)), Ok(()));
        let held = (1..10_000)
            .filter(|n| limiter.take(*n, at(1)).is_err())
            .count();
        assert!(limiter.due.lock().unwrap().len() <= 101);
        assert!(held > 9_000);
        assert_eq!(limiter.take(0, at(2)), Ok(()));
    }

    #[test]
    fn neighbours_of_one_ipv6_network_are_one_party() {
        let of = |text: &str| party(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }

    proptest! {
        #[test]
        fn never_more_than_burst_and_rate(steps in prop::collection::vec(0..3_000i64, 1..200)) {
            let limiter = Limiter::new(Rate::new(60, 5), 10);
            let (mut now, mut taken) = (0, 0);
            for step in steps {
                now += step;
                taken += i64::from(limiter.take((), at(now)).is_ok());
                prop_assert!(taken <= 5 + now / 1_000);
            }
        }
    }
}
