//! What the newest posts and comments said when they were last read: the Graph API does not tell when something
//! was edited, hidden or taken away, so the next round compares.

use serde::{Deserialize, Serialize};

/// One of them: its id, when it was written in seconds since 1970, a digest of its text, whether it was hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known(String, i64, u32, bool);

/// At most so many as the configuration says, in no order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Watched(Vec<Known>);

/// What became of one since it was last read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Became {
    pub(crate) edited: bool,
    /// Whether it is hidden now, where that is new.
    pub(crate) hidden: Option<bool>,
}

impl Watched {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes note of one, and tells what became of it. Linear in how many are known.
    pub(crate) fn note(&mut self, id: &str, at: i64, text: &str, hidden: bool) -> Became {
        let digest = digest(text);
        match self.0.iter_mut().find(|known| known.0 == id) {
            Some(Known(_, _, text, shown)) => {
                let became = Became {
                    edited: *text != digest,
                    hidden: (*shown != hidden).then_some(hidden),
                };
                (*text, *shown) = (digest, hidden);
                became
            }
            None => {
                self.0.push(Known(id.to_owned(), at, digest, hidden));
                Became::default()
            }
        }
    }

    /// Keeps the newest.
    pub(crate) fn keep(&mut self, most: usize) {
        if self.0.len() > most {
            self.0.sort_by_key(|known| std::cmp::Reverse(known.1));
            self.0.truncate(most);
        }
    }

    /// The known that are not among those `seen`, though they are written after `from` (after nothing: though
    /// they are of this list at all).
    pub(crate) fn missing(
        &self,
        is_in_list: impl Fn(&str) -> bool,
        from: Option<i64>,
        seen: &[String],
    ) -> Vec<String> {
        let all = self.0.iter();
        let here = all.filter(|known| from.is_none_or(|from| known.1 > from));
        let gone = here.filter(|known| is_in_list(&known.0) && !seen.contains(&known.0));
        gone.map(|known| known.0.clone()).collect()
    }

    pub(crate) fn forget(&mut self, id: &str) {
        self.0.retain(|known| known.0 != id);
    }
}

/// FNV-1a (Fowler, Noll, Vo) of 32 bits: the same text has to have the same digest in every version of us.
fn digest(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_since_is_told_once() {
        let mut watched = Watched::default();
        let same = Became::default();
        assert_eq!(watched.note("88_1", 10, "Hei", false), same);
        assert_eq!(watched.note("88_1", 10, "Hei", false), same);
        let edited = watched.note("88_1", 10, "Hei!", false);
        assert_eq!((edited.edited, edited.hidden), (true, None));
        let hidden = watched.note("88_1", 10, "Hei!", true);
        assert_eq!((hidden.edited, hidden.hidden), (false, Some(true)));
        assert_eq!(watched.note("88_1", 10, "Hei!", true), same);
        let text = serde_json::to_string(&watched).unwrap();
        assert_eq!(serde_json::from_str::<Watched>(&text).unwrap(), watched);
    }

    #[test]
    fn only_what_should_stand_in_the_list_is_missing() {
        let mut watched = Watched::default();
        for (id, at) in [("88_1", 10), ("88_2", 20), ("88_3", 30), ("99_1", 30)] {
            watched.note(id, at, "x", false);
        }
        let seen = ["88_3".to_owned()];
        let below = |id: &str| id.starts_with("88_");
        assert_eq!(watched.missing(below, None, &seen), ["88_1", "88_2"]);
        assert_eq!(watched.missing(below, Some(10), &seen), ["88_2"]);
        watched.keep(2);
        assert_eq!(watched.missing(below, None, &seen), [""; 0]);
        watched.forget("88_3");
        assert_eq!(watched.missing(below, None, &[]), [""; 0]);
    }
}
