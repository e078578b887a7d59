//! What only a stream tells: deletions, reactions, what was read. It is given with each page until a poll
//! goes on after that page.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aspa_channel::{Event, EventKind};

/// How much waits for a poll.
const MOST: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    news: VecDeque<Event>,
    /// How many pages have brought news, and how many of `news` the newest of them has.
    pages: u64,
    given: usize,
}

impl Told {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what was told is worth a poll.
    pub(crate) fn hear(&self, events: Vec<Event>) -> bool {
        let mut inner = self.inner();
        let mut worth = false;
        for event in events {
            if matches!(event.kind, EventKind::Unknown(_)) {
                continue;
            }
            worth = true;
            // A reply that a poll finds is given twice and taken once.
            if inner.news.len() >= MOST {
                inner.news.pop_front();
                inner.given = inner.given.saturating_sub(1);
            }
            inner.news.push_back(event);
        }
        worth
    }

    /// What a page that goes on after page `known` has to bring, and which page it then is.
    pub(crate) fn take(&self, known: u64) -> (Vec<Event>, u64) {
        let mut inner = self.inner();
        if known == inner.pages && inner.given > 0 {
            let given = inner.given.min(inner.news.len());
            inner.news.drain(..given);
            inner.given = 0;
        }
        if inner.news.is_empty() {
            return (Vec::new(), known);
        }
        inner.pages = inner.pages.max(known).wrapping_add(1);
        inner.given = inner.news.len();
        (inner.news.iter().cloned().collect(), inner.pages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_channel::{MessageKey, Via, Visibility};
    use aspa_types::AccountId;

    fn deleted(id: &str) -> Event {
        let account = AccountId::new("shop").unwrap();
        let message = MessageKey::new(account.clone(), id).unwrap();
        let kind = EventKind::visibility(message, Visibility::Deleted, None);
        Event::new(account, kind, Via::Stream)
    }

    #[test]
    fn news_are_given_until_a_poll_goes_on_after_them() {
        let told = Told::default();
        assert!(told.hear(vec![deleted("1")]));
        let (first, page) = told.take(0);
        assert_eq!((first.len(), page), (1, 1));
        // The page was not kept: the same cursor comes again.
        assert_eq!(told.take(0).0.len(), 1);
        told.hear(vec![deleted("2")]);
        let (both, page) = told.take(0);
        assert_eq!(both.len(), 2);
        assert_eq!(told.take(page), (Vec::new(), page));
        // Another process counts anew.
        let told = Told::default();
        told.hear(vec![deleted("3")]);
        let (news, next) = told.take(page);
        assert_eq!((news.len(), next), (1, page + 1));
    }
}
