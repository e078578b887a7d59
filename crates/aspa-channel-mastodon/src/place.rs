//! Where a poll goes on: everything the adapter has to remember, so that it remembers nothing itself.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// How many threads are read again in turn.
const MOST_THREADS: usize = 24;
/// How many posts of a thread are looked for again.
pub(crate) const MOST_POSTS: usize = 48;

/// What a cursor holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Place {
    /// Every notification up to this one has been read; empty: none has.
    pub(crate) after: String,
    /// A walk back from the newest notification, on servers that do not page forward.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) walk: Option<Walk>,
    /// The threads to be read again, the one that was written to last first.
    pub(crate) threads: Vec<Thread>,
    /// Whose turn it is.
    pub(crate) turn: usize,
    /// How many pages have brought what a stream told.
    pub(crate) told: u64,
}

/// Everything between `after` and `below` is still to be read; then reading goes on after `top`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Walk {
    /// None: from the newest one on.
    pub(crate) below: Option<String>,
    pub(crate) top: String,
}

/// A thread and those of its posts that were given as messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thread {
    /// The id of its first post, which is that of the conversation.
    pub(crate) root: String,
    /// Ids and revisions, oldest first.
    pub(crate) posts: Vec<(String, u64)>,
}

impl Place {
    /// The conversation that a post is known to be of.
    pub(crate) fn root_of(&self, post: &str) -> Option<&str> {
        let thread = self.threads.iter().find(|thread| {
            thread.root == post || thread.posts.iter().any(|(known, _)| known == post)
        });
        thread.map(|thread| thread.root.as_str())
    }

    /// The revision under which a post was given.
    pub(crate) fn revision(&self, post: &str) -> Option<u64> {
        let posts = self.threads.iter().flat_map(|thread| &thread.posts);
        let mut posts = posts.filter(|(known, _)| known == post);
        posts.next().map(|(_, revision)| *revision)
    }

    /// Remembers a post that was given; `newest` where its thread is written to now.
    pub(crate) fn gave(&mut self, root: &str, post: &str, revision: u64, newest: bool) {
        let at = self.threads.iter().position(|thread| thread.root == root);
        let mut at = at.unwrap_or_else(|| {
            self.threads.insert(
                0,
                Thread {
                    root: root.to_owned(),
                    posts: Vec::new(),
                },
            );
            0
        });
        if newest && at > 0 {
            let thread = self.threads.remove(at);
            self.threads.insert(0, thread);
            at = 0;
        }
        let posts = &mut self.threads[at].posts;
        match posts.iter_mut().find(|(known, _)| known == post) {
            Some((_, known)) => *known = revision.max(*known),
            None => posts.push((post.to_owned(), revision)),
        }
        if posts.len() > MOST_POSTS {
            posts.remove(0);
        }
        self.threads.truncate(MOST_THREADS);
    }

    /// A post is gone: it is not looked for any more.
    pub(crate) fn forget(&mut self, post: &str) {
        for thread in &mut self.threads {
            thread.posts.retain(|(known, _)| known != post);
        }
        self.threads.retain(|thread| !thread.posts.is_empty());
    }

    /// The thread whose turn it is; the next time it is that of the next.
    pub(crate) fn take_turn(&mut self) -> Option<Thread> {
        let turn = match self.turn < self.threads.len() {
            true => self.turn,
            false => 0,
        };
        self.turn = turn + 1;
        self.threads.get(turn).cloned()
    }
}

/// Which of two ids of one server is older: the shorter one, else the lesser text. That holds for
/// decimal numbers (Mastodon, snac) and for ULIDs (GoToSocial); ids are opaque otherwise.
pub(crate) fn older(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use aspa_channel::{Cursor, ErrorKind};

    use super::*;

    #[test]
    fn ids_of_each_server_stand_in_their_order() {
        let orders = [
            ["9", "10", "114914327388663283"],
            [
                "01J9ZK3V7Q0000000000000000",
                "01J9ZK3V7Q0000000000000001",
                "01JA000000000000000000000A",
            ],
            ["1795356069460120", "1795356072462920", "1795356147495182"],
        ];
        for ids in orders {
            assert!(
                ids.is_sorted_by(|a, b| older(a, b) == Ordering::Less),
                "{ids:?}"
            );
        }
    }

    #[test]
    fn a_cursor_comes_back_and_a_strange_one_is_refused_with_a_remedy() {
        let mut place = Place::default();
        place.gave("1", "1", 0, true);
        place.walk = Some(Walk {
            below: Some("5".to_owned()),
            top: "9".to_owned(),
        });
        let read = |cursor: &Cursor| Cursor::read::<Place>(Some(cursor));
        assert_eq!(read(&Cursor::of(&place)).unwrap(), place);
        assert_eq!(Cursor::read::<Place>(None).unwrap(), Place::default());
        for strange in ["", "17", "{\"page\":3}", "null", "[]x"] {
            let error = read(&Cursor(strange.to_owned())).unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Invalid, "{strange}");
            assert!(error.remedy().is_some());
        }
    }

    #[test]
    fn threads_take_turns_and_the_oldest_is_left() {
        let mut place = Place::default();
        for thread in 0..MOST_THREADS + 3 {
            place.gave(&format!("t{thread}"), "p", 0, true);
        }
        assert_eq!(place.threads.len(), MOST_THREADS);
        assert_eq!(
            (place.root_of("t0"), place.root_of("t5")),
            (None, Some("t5"))
        );
        place.gave("t5", "p2", 7, true);
        assert_eq!(place.threads[0].root, "t5");
        assert_eq!(place.revision("p2"), Some(7));
        let turns: Vec<_> = (0..MOST_THREADS)
            .filter_map(|_| place.take_turn())
            .map(|thread| thread.root)
            .collect();
        let unique: std::collections::BTreeSet<_> = turns.iter().collect();
        assert_eq!(unique.len(), MOST_THREADS);
        assert_eq!(place.take_turn().unwrap().root, turns[0]);
        for post in 0..MOST_POSTS + 2 {
            place.gave("t5", &format!("n{post}"), 0, true);
        }
        assert_eq!(place.threads[0].posts.len(), MOST_POSTS);
        place.forget("p");
        assert_eq!(place.threads.len(), 1);
    }
}
