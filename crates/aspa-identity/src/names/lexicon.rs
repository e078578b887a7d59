//! What is known of single names: how many bear them, and which are forms of one another.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use crate::store::WordHasher;

use super::skeleton::skeleton;
use super::tables::{FAMILY, FORMS, GIVEN};

/// Most formal names that one diminutive stands for.
const MOST_FORMS: usize = 8;

/// What a word carries of the tables, small enough to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Known {
    /// Groups of forms, 1-based, 0 for none; the high bit says: a spelling of the formal name.
    groups: [u16; MOST_FORMS],
    pub(super) is_given: bool,
    pub(super) is_family: bool,
}

/// High bit of a group: a spelling of the formal name and no diminutive.
const FORMAL: u16 = 1 << 15;

impl Known {
    /// Whether any table has the word.
    pub(super) fn is_known(self) -> bool {
        self.is_given || self.is_family
    }

    fn is_formal(self) -> bool {
        self.groups.iter().any(|group| group & FORMAL != 0)
    }

    /// Whether two words share a group; true: both are spellings of its formal name.
    pub(super) fn shared(self, other: Self) -> Option<bool> {
        let mut shared = None;
        for a in self.groups.into_iter().take_while(|&g| g != 0) {
            for b in other.groups.into_iter().take_while(|&g| g != 0) {
                if a & !FORMAL != b & !FORMAL {
                    continue;
                }
                // Two diminutives of one name that are formal names too are two names by now.
                if (a | b) & FORMAL == 0 && self.is_formal() && other.is_formal() {
                    continue;
                }
                shared = Some(a & b & FORMAL != 0 || shared == Some(true));
            }
        }
        shared
    }
}

#[derive(Debug, Default)]
struct Entry {
    known: Known,
    given: Option<f32>,
    family: Option<f32>,
    formal: Vec<&'static str>,
    /// Of the formal names.
    skeletons: Vec<String>,
}

/// By the letters of the word.
type Entries = HashMap<&'static [u8], Entry, BuildHasherDefault<WordHasher>>;

/// All tables by word, made at first use.
static ENTRIES: LazyLock<Entries> = LazyLock::new(|| {
    let mut entries = Entries::with_capacity_and_hasher(8192, BuildHasherDefault::new());
    for (share, names) in GIVEN.iter().flat_map(|bands| bands.iter()) {
        for name in names.split_ascii_whitespace() {
            let entry = entries.entry(name.as_bytes()).or_default();
            entry.given = Some(entry.given.map_or(*share, |known| known.max(*share)));
            entry.known.is_given = true;
        }
    }
    for (share, names) in FAMILY.iter().flat_map(|bands| bands.iter()) {
        for name in names.split_ascii_whitespace() {
            let entry = entries.entry(name.as_bytes()).or_default();
            entry.family = Some(entry.family.map_or(*share, |known| known.max(*share)));
            entry.known.is_family = true;
        }
    }
    let lines = FORMS.iter().flat_map(|forms| forms.lines());
    for (number, line) in (1..FORMAL).zip(lines) {
        let (formal, short) = line.split_once(':').unwrap_or((line, ""));
        let Some(first) = formal.split_ascii_whitespace().next() else {
            continue;
        };
        let formal = formal
            .split_ascii_whitespace()
            .map(|name| (name, number | FORMAL));
        let short = short.split_ascii_whitespace().map(|name| (name, number));
        for (name, group) in formal.chain(short) {
            let entry = entries.entry(name.as_bytes()).or_default();
            entry.known.is_given = true;
            if let Some(free) = entry.known.groups.iter_mut().find(|g| **g == 0) {
                *free = group;
                entry.formal.push(first);
                entry.skeletons.push(skeleton(first));
            }
        }
    }
    entries
});

/// What the tables hold of a folded word.
pub(super) fn known(word: &str) -> Known {
    ENTRIES
        .get(word.as_bytes())
        .map(|entry| entry.known)
        .unwrap_or_default()
}

/// The share of people (0 to 1) that bears a folded word as given name, in the population of our
/// tables where it is most frequent; none: not in our tables. Approximate: see the tables' sources.
#[must_use]
pub fn given(word: &str) -> Option<f32> {
    ENTRIES.get(word.as_bytes())?.given
}

/// As [`given`], for family names.
#[must_use]
pub fn family(word: &str) -> Option<f32> {
    ENTRIES.get(word.as_bytes())?.family
}

/// [`given`] and [`family`] at once.
pub(crate) fn shares(word: &str) -> (Option<f32>, Option<f32>) {
    let entry = ENTRIES.get(word.as_bytes());
    entry.map_or((None, None), |entry| (entry.given, entry.family))
}

/// Whether two folded words are forms of one given name: spellings, diminutives, forms in other
/// languages (`masa` and `matti`, `sasha` and `alexander`). A word is a form of itself.
#[must_use]
pub fn same_given(a: &str, b: &str) -> bool {
    a == b || known(a).shared(known(b)).is_some()
}

/// The formal names, one spelling each, that a folded word may stand for; empty where unknown.
#[must_use]
pub fn formal(word: &str) -> &'static [&'static str] {
    formal_of(word.as_bytes())
}

/// The same of letters.
pub(crate) fn formal_of(letters: &[u8]) -> &'static [&'static str] {
    ENTRIES.get(letters).map_or(&[], |entry| &entry.formal)
}

/// The skeletons of the names that [`formal`] tells.
pub(crate) fn formal_skeletons(letters: &[u8]) -> &'static [String] {
    ENTRIES.get(letters).map_or(&[], |entry| &entry.skeletons)
}

/// By their first three letters, `a` to `z`: where there is a word that stands for other names.
static NICKNAMES: LazyLock<[u32; 26 * 26]> = LazyLock::new(|| {
    let mut starts = [0; 26 * 26];
    for (word, entry) in ENTRIES.iter() {
        if let Some((pair, bit)) = start(word)
            && entry.formal.iter().any(|name| name.as_bytes() != *word)
        {
            starts[pair] |= bit;
        }
    }
    starts
});

fn start(word: &[u8]) -> Option<(usize, u32)> {
    let letter = |at: usize| {
        word.get(at)?
            .checked_sub(b'a')
            .filter(|letter| *letter < 26)
    };
    let (first, second, third) = (letter(0)?, letter(1)?, letter(2)?);
    Some((usize::from(first) * 26 + usize::from(second), 1 << third))
}

/// False: [`formal`] has no other name for the letters `a` to `z`, which is seen by how they begin.
pub(crate) fn may_be_nickname(letters: &[u8]) -> bool {
    start(letters).is_none_or(|(pair, bit)| NICKNAMES[pair] & bit != 0)
}

/// Every word that [`given`], [`family`] or [`formal`] knows.
pub(crate) fn known_words() -> impl Iterator<Item = &'static str> {
    let words = ENTRIES.keys();
    words.map(|word| str::from_utf8(word).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::fold;

    #[test]
    fn tables_hold_folded_words() {
        for word in known_words().filter(|word| !word.contains('-')) {
            assert_eq!(fold(word), word);
        }
    }

    #[test]
    fn no_nickname_is_overlooked() {
        for (word, entry) in ENTRIES.iter() {
            let is_nickname = entry.formal.iter().any(|name| name.as_bytes() != *word);
            assert!(!is_nickname || may_be_nickname(word), "{word:?}");
        }
        assert!(!may_be_nickname(b"xqz"));
    }

    #[test]
    fn tables_are_large_enough() {
        let names = |bands: &[(f32, &'static str)]| {
            bands
                .iter()
                .flat_map(|(_, names)| names.split_ascii_whitespace())
                .count()
        };
        for bands in GIVEN.iter().chain(FAMILY.iter()) {
            assert!(names(bands) >= 100);
        }
        let forms: usize = FORMS
            .iter()
            .map(|forms| forms.split_ascii_whitespace().count())
            .sum();
        println!("{} words, {forms} forms", ENTRIES.len());
        let lines = FORMS.iter().flat_map(|forms| forms.lines());
        println!("{} groups", lines.count());
        for (bands, what) in GIVEN
            .iter()
            .map(|b| (b, "given"))
            .chain(FAMILY.iter().map(|b| (b, "family")))
        {
            println!("{what} {}", names(bands));
        }
        let full: Vec<_> = ENTRIES
            .iter()
            .filter(|(_, e)| e.known.groups.iter().all(|&g| g != 0))
            .collect();
        println!("full {}", full.len());
    }
}
