//! Where a poll goes on: everything the adapter has to remember, so that it remembers nothing itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::json;

/// What a cursor holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Place {
    pub(crate) mentions: Line,
    pub(crate) directs: Line,
    /// When direct messages were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) directs_at: Option<DateTime<Utc>>,
    /// The conversations to be completed, the one that was written to last first.
    pub(crate) threads: Vec<Thread>,
    /// Whose turn it is.
    pub(crate) turn: usize,
    /// How many pages have brought what a stream told.
    pub(crate) told: u64,
}

/// A list that X gives newest first, page by page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Line {
    /// Everything up to this id has been read; empty: nothing has.
    pub(crate) after: String,
    /// A walk that has not come to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) walk: Option<Walk>,
}

/// Pages that are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Walk {
    /// What brings the next page.
    pub(crate) token: String,
    /// The newest id of all pages: what `after` becomes when the last one was read.
    pub(crate) top: String,
}

/// A conversation that is completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thread {
    /// The id of its first post.
    pub(crate) root: String,
    #[serde(default)]
    pub(crate) line: Line,
}

impl Line {
    /// After a page with this newest id, and maybe a next one. Nothing is passed over until the last page
    /// was read, and then nothing that is younger than `settled`: ids of one moment come in no order.
    pub(crate) fn read(&mut self, newest: Option<&str>, next: Option<&str>, settled: &str) {
        let before = self.walk.take().map(|walk| walk.top).unwrap_or_default();
        let newest = newest.unwrap_or_default();
        let top = match json::order(newest, &before).is_gt() {
            true => newest.to_owned(),
            false => before,
        };
        if let Some(token) = next {
            self.walk = Some(Walk {
                token: token.to_owned(),
                top,
            });
            return;
        }
        let top = match json::order(&top, settled).is_gt() {
            true => settled.to_owned(),
            false => top,
        };
        if json::order(&top, &self.after).is_gt() {
            self.after = top;
        }
    }
}

impl Place {
    /// Something was written in a conversation: it is completed from now on, one of `most`.
    pub(crate) fn heard(&mut self, root: &str, most: usize) {
        let at = self.threads.iter().position(|thread| thread.root == root);
        let thread = match at {
            Some(at) => self.threads.remove(at),
            None => Thread {
                root: root.to_owned(),
                line: Line::default(),
            },
        };
        self.threads.insert(0, thread);
        self.threads.truncate(most);
    }

    /// The place of the conversation whose turn it is; the next time it is that of the next.
    pub(crate) fn take_turn(&mut self) -> Option<usize> {
        let turn = match self.turn < self.threads.len() {
            true => self.turn,
            false => 0,
        };
        self.turn = turn + 1;
        (turn < self.threads.len()).then_some(turn)
    }
}

/// The least id of a post that is made at this time.
pub(crate) fn id_at(at: DateTime<Utc>) -> String {
    let since = at.timestamp_millis() - 1_288_834_974_657;
    let since = u64::try_from(since).unwrap_or_default();
    since.saturating_mul(1 << 22).to_string()
}

#[cfg(test)]
mod tests {
    use aspa_channel::{Cursor, ErrorKind};

    use super::*;

    #[test]
    fn a_line_moves_on_only_after_its_last_page() {
        let mut line = Line {
            after: "5".to_owned(),
            walk: None,
        };
        line.read(Some("30"), Some("t1"), "100");
        assert_eq!(line.after, "5");
        line.read(Some("20"), Some("t2"), "100");
        assert_eq!(line.walk.as_ref().map(|walk| &*walk.top), Some("30"));
        line.read(Some("10"), None, "100");
        assert_eq!((line.after.as_str(), line.walk.is_none()), ("30", true));
        line.read(None, None, "100");
        assert_eq!(line.after, "30");
        // What was written just now may not be alone.
        line.read(Some("120"), None, "100");
        assert_eq!(line.after, "100");
        line.read(Some("120"), None, "90");
        assert_eq!(line.after, "100");
    }

    #[test]
    fn an_id_of_a_time_is_the_least_of_it() {
        let at = json::made_at("2080761390344937796").unwrap();
        let least = id_at(at);
        assert!(json::order(&least, "2080761390344937796").is_le());
        assert_eq!(json::made_at(&least), Some(at));
    }

    #[test]
    fn a_cursor_comes_back_and_a_strange_one_is_refused_with_a_remedy() {
        let mut place = Place::default();
        place.heard("7", 24);
        place.mentions.read(Some("9"), Some("t"), "10");
        let read = |cursor: &Cursor| Cursor::read::<Place>(Some(cursor));
        assert_eq!(read(&Cursor::of(&place)).unwrap(), place);
        for strange in ["", "17", "{\"page\":3}", "null", "[]x"] {
            let error = read(&Cursor(strange.to_owned())).unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::Invalid, "{strange}");
            assert!(error.remedy().is_some());
        }
    }

    #[test]
    fn conversations_take_turns_and_the_oldest_is_left() {
        let mut place = Place::default();
        for thread in ["1", "2", "3", "4"] {
            place.heard(thread, 3);
        }
        place.heard("2", 3);
        let roots: Vec<_> = place.threads.iter().map(|thread| &*thread.root).collect();
        assert_eq!(roots, ["2", "4", "3"]);
        let turns: Vec<_> = (0..4).map(|_| place.take_turn()).collect();
        assert_eq!(turns, [Some(0), Some(1), Some(2), Some(0)]);
        assert_eq!(Place::default().take_turn(), None);
    }
}
