//! A stop for programs that answer each other: so many mails into one conversation, so many automatic
//! ones to one address. In memory: a restart begins anew, and that is one burst more.

use std::collections::VecDeque;
use std::time::Duration;

use aspa_channel::{Error, ErrorKind};
use tokio::time::Instant;

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

    /// Counts one to `target`, or refuses it. The same effect, tried again, counts once. Linear in what
    /// was sent within the time.
    pub(crate) fn take(&mut self, now: Instant, target: &str, effect: &str) -> Result<(), Error> {
        let old = |&(at, ..): &(Instant, String, String)| now.duration_since(at) >= self.within;
        while self.sent.front().is_some_and(old) {
            self.sent.pop_front();
        }
        let there = || self.sent.iter().filter(|(_, known, _)| known == target);
        if there().any(|(_, _, known)| known == effect) {
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
        self.sent
            .push_back((now, target.to_owned(), effect.to_owned()));
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
}
