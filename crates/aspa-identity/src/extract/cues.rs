//! Words that say what stands beside them, in seven languages.

mod de;
mod en;
mod es;
mod et;
mod fi;
mod ru;
mod sv;

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use super::text::{Text, fold};
use crate::store::WordHasher;

/// What a phrase says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cue {
    /// "e-mail": an address follows.
    Email,
    /// "call me at": a phone number follows.
    Phone,
    /// "customer number".
    Customer,
    /// "order".
    Order,
    /// Another number: invoice, reference, account.
    OtherNumber,
    /// What somebody has with us: subscription, parcel, account.
    Thing,
    /// "best regards": a name follows, perhaps on the next line.
    SignOff,
    /// "thanks": a name on the next line is the writer's, on the same line it may be ours.
    Thanks,
    /// "my name is".
    MyName,
    /// "name": a capitalised name follows.
    Name,
    /// "I am": a name or anything else follows.
    Am,
    /// "my".
    Mine,
    /// "my number" in one word.
    MyThing,
    /// "her", "hänen".
    Theirs,
    /// "her name is".
    TheirName,
    /// "my mother", "our customer".
    Kin,
    /// "äidin": kin, where what they have follows.
    BareKin,
    /// "for": before kin it may be a gift.
    For,
    /// "on behalf of": another's name may follow.
    BehalfOf,
    /// "puolesta": another's name may stand before.
    BehalfAfter,
    /// "eest", "nimel": on behalf after kin or a name, else something else.
    WeakBehalf,
    /// "on my own behalf": undoes those above.
    OwnBehalf,
    /// "customer": a name after it is another's.
    CustomerWord,
}

/// A language's phrases: what they say, and the phrases with `|` between them.
///
/// A phrase is one word or more; `*` stands for any letters, once in a word.
pub(crate) type Table = &'static [(Cue, &'static str)];

const TABLES: [Table; 7] = [
    fi::CUES,
    sv::CUES,
    en::CUES,
    de::CUES,
    ru::CUES,
    et::CUES,
    es::CUES,
];

/// One word of a phrase.
struct Part {
    start: String,
    /// What it ends with, where anything may stand between.
    end: Option<String>,
}

impl Part {
    fn new(word: &str) -> Self {
        match word.split_once('*') {
            Some((start, end)) => Self {
                start: fold(start),
                end: Some(fold(end)),
            },
            None => Self {
                start: fold(word),
                end: None,
            },
        }
    }

    fn fits(&self, word: &str) -> bool {
        match &self.end {
            None => word == self.start,
            Some(end) => word
                .strip_prefix(&*self.start)
                .is_some_and(|rest| rest.ends_with(&**end)),
        }
    }
}

struct Phrase {
    cue: Cue,
    parts: Vec<Part>,
}

/// Phrases by the start of their first word.
struct Index {
    phrases: HashMap<String, Vec<Phrase>, BuildHasherDefault<WordHasher>>,
    longest: usize,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index {
        phrases: HashMap::default(),
        longest: 0,
    };
    for (cue, phrases) in TABLES.iter().flat_map(|table| table.iter()) {
        for phrase in phrases.split('|') {
            let parts: Vec<Part> = phrase.split_whitespace().map(Part::new).collect();
            let Some(first) = parts.first() else { continue };
            index.longest = index.longest.max(first.start.len());
            let start = first.start.clone();
            index
                .phrases
                .entry(start)
                .or_default()
                .push(Phrase { cue: *cue, parts });
        }
    }
    index
});

/// A phrase found: the words from `first` to `last`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) cue: Cue,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

/// Every phrase of a text, in the order of their first words.
pub(crate) struct Hits {
    hits: Vec<Hit>,
    /// By last word.
    by_end: Vec<(usize, Cue)>,
}

impl Hits {
    /// Each word is looked up by its beginnings of at most the longest phrase's first word.
    pub(crate) fn find(text: &Text) -> Self {
        let mut hits = Vec::new();
        for first in 0..text.words.len() {
            let word = text.folded(first);
            let limit = word.len().min(INDEX.longest);
            for end in (1..=limit).filter(|end| word.is_char_boundary(*end)) {
                for phrase in INDEX.phrases.get(&word[..end]).into_iter().flatten() {
                    if let Some(last) = phrase.end(text, first) {
                        hits.push(Hit {
                            cue: phrase.cue,
                            first,
                            last,
                        });
                    }
                }
            }
        }
        let mut by_end: Vec<_> = hits.iter().map(|hit| (hit.last, hit.cue)).collect();
        by_end.sort_by_key(|(last, _)| *last);
        Self { hits, by_end }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Hit> {
        self.hits.iter().copied()
    }

    /// Whether a phrase of this kind is there.
    pub(crate) fn has(&self, cue: Cue) -> bool {
        self.hits.iter().any(|hit| hit.cue == cue)
    }

    /// What phrases end with this word.
    pub(crate) fn ending(&self, word: usize) -> impl Iterator<Item = Cue> {
        let from = self.by_end.partition_point(|(last, _)| *last < word);
        self.by_end[from..]
            .iter()
            .take_while(move |(last, _)| *last == word)
            .map(|(_, cue)| *cue)
    }

    /// What phrases start with this word.
    pub(crate) fn starting(&self, word: usize) -> impl Iterator<Item = Hit> {
        let from = self.hits.partition_point(|hit| hit.first < word);
        self.hits[from..]
            .iter()
            .take_while(move |hit| hit.first == word)
            .copied()
    }

    /// Whether a phrase of this kind ends among the so many words before this one.
    pub(crate) fn ends_within(&self, cue: Cue, word: usize, before: usize) -> bool {
        (word.saturating_sub(before)..word).any(|word| self.ending(word).any(|c| c == cue))
    }
}

impl Phrase {
    /// The last word of the phrase where it starts here; only spaces and small signs may stand
    /// between its words.
    fn end(&self, text: &Text, first: usize) -> Option<usize> {
        for (i, part) in self.parts.iter().enumerate() {
            let joined = i == 0
                || text
                    .gap_before(first + i)
                    .chars()
                    .all(|c| " .'-/".contains(c));
            if first + i >= text.words.len() || !joined || !part.fits(text.folded(first + i)) {
                return None;
            }
        }
        Some(first + self.parts.len() - 1)
    }
}

/// Function words and roles that no name holds, in all languages, folded.
pub(crate) fn is_no_name(word: &str) -> bool {
    static WORDS: LazyLock<std::collections::HashSet<String>> = LazyLock::new(|| {
        [
            fi::NO_NAME,
            sv::NO_NAME,
            en::NO_NAME,
            de::NO_NAME,
            ru::NO_NAME,
            et::NO_NAME,
            es::NO_NAME,
        ]
        .iter()
        .flat_map(|words| words.split_whitespace())
        .map(fold)
        .collect()
    });
    WORDS.contains(word)
}

/// What one word alone, folded, says of a number written right after it.
pub(crate) fn of_word(word: &str) -> Option<Cue> {
    let numbers = |cue: &Cue| {
        matches!(
            cue,
            Cue::Phone | Cue::Customer | Cue::Order | Cue::OtherNumber
        )
    };
    (1..=word.len().min(INDEX.longest))
        .filter(|end| word.is_char_boundary(*end))
        .flat_map(|end| INDEX.phrases.get(&word[..end]).into_iter().flatten())
        .filter(|phrase| matches!(&*phrase.parts, [part] if part.fits(word)))
        .map(|phrase| phrase.cue)
        .find(numbers)
}
