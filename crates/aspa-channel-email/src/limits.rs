//! A stop for programs that answer each other: so many mails into one conversation, so many automatic
//! ones to one address. What was sent is known by digests, so that it can be kept over a restart.

use std::collections::VecDeque;
use std::time::Duration;

use aspa_channel::{Error, ErrorKind};
use aspa_types::DeliveryId;
use tokio::time::Instant;

/// Most that is kept over a restart of each limit.
const MOST_KEPT: usize = 400;

/// What was sent: how many milliseconds ago, to what and by which effect, the last two as digests.
pub(crate) type Sent = Vec<(u64, String, String)>;

fn digest(text: &str) -> String {
    let id = DeliveryId::derive(&["mail limit", text]);
    id.as_str().to_owned()
}

/// What was sent within a time.
#[derive(Debug)]
pub(crate) struct Limit {
    most: usize,
    within: Duration,
    sent: VecDeque<(Instant, String, String)>,
}

impl Limit {
    pub(crate) fn new(most: usize, within: Duration) -> Self {
        let sent = VecDeque::new();
        Self { most, within, sent }
    }

    /// The newest that count at `now`, oldest first.
    pub(crate) fn sent(&self, now: Instant) -> Sent {
        let ago = |at: Instant| u64::try_from(now.duration_since(at).as_millis());
        let counts = |(at, target, effect): &(Instant, String, String)| {
            let is_old = now.duration_since(*at) >= self.within;
            (!is_old).then(|| (ago(*at).unwrap_or(u64::MAX), target.clone(), effect.clone()))
        };
        let skipped = self.sent.len().saturating_sub(MOST_KEPT);
        self.sent.iter().skip(skipped).filter_map(counts).collect()
    }

    /// Counts what was sent before a restart too.
    pub(crate) fn restore(&mut self, now: Instant, sent: Sent) {
        for (ago, target, effect) in sent.into_iter().take(MOST_KEPT) {
            let at = now.checked_sub(Duration::from_millis(ago)).unwrap_or(now);
            self.sent.push_back((at, target, effect));
        }
        self.sent.make_contiguous().sort_by_key(|(at, ..)| *at);
    }

    /// Counts one to `target`, or refuses it. The same effect, tried again, counts once. Linear in what
    /// was sent within the time.
    pub(crate) fn take(&mut self, now: Instant, target: &str, effect: &str) -> Result<(), Error> {
        let (target, effect) = (digest(target), digest(effect));
        let old = |&(at, ..): &(Instant, String, String)| now.duration_since(at) >= self.within;
        while self.sent.front().is_some_and(old) {
            self.sent.pop_front();
        }
        let there = || self.sent.iter().filter(|(_, known, _)| *known == target);
        if there().any(|(_, _, known)| *known == effect) {
            return Ok(());
        }
        if there().count() >= self.most {
            let first = there().next().map_or(now, |(at, ..)| *at);
            let wait = self.within.saturating_sub(now.duration_since(first));
            return Err(Error::new(ErrorKind::Throttled, "send")
                .with("limit", self.most)
                .with("seconds", self.within.as_secs())
                .with_retry_after(wait)
                .with_remedy("look whether a program answers"));
        }
        self.sent.push_back((now, target, effect));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_answer_each_other_come_to_an_end() {
        let mut limit = Limit::new(2, Duration::from_secs(3_600));
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        limit.take(at(0), "a", "1").unwrap();
        limit.take(at(10), "a", "2").unwrap();
        limit.take(at(11), "a", "2").unwrap();
        limit.take(at(12), "b", "3").unwrap();
        let refused = limit.take(at(20), "a", "4").unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(3_580)));
        limit.take(at(3_600), "a", "4").unwrap();
        assert!(limit.take(at(3_601), "a", "5").is_err());
    }

    #[test]
    fn a_restart_counts_on() {
        let (began, hour) = (Instant::now(), Duration::from_secs(3_600));
        let at = |seconds| began + hour + Duration::from_secs(seconds);
        let mut before = Limit::new(2, hour);
        before.take(at(0), "liisa@example.fi", "1").unwrap();
        before.take(at(10), "liisa@example.fi", "2").unwrap();
        let kept = before.sent(at(20));
        let ages: Vec<u64> = kept.iter().map(|(ago, ..)| *ago).collect();
        assert_eq!(ages, [20_000, 10_000]);
        assert!(!format!("{kept:?}").contains("liisa"), "digests alone");
        let mut after = Limit::new(2, hour);
        after.restore(at(100), kept.clone());
        let refused = after.take(at(100), "liisa@example.fi", "3").unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(3_580)));
        // The same effect, tried again, counts once; another address has nothing to do with it.
        after.take(at(100), "liisa@example.fi", "2").unwrap();
        after.take(at(100), "matti@example.fi", "3").unwrap();
        after.take(at(3_680), "liisa@example.fi", "3").unwrap();
    }
}
