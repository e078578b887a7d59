use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::{Analyzer, Words, split};

/// Words to look for in what was written in the conversation of a ticket: its messages and notes.
///
/// Every word has to be in one of them, in any form of the word: `toimitukset` finds `toimitus`.
/// Case and accents do not count. `toimi*` finds words that begin so, which is the way into compound
/// words; `"ei ole tullut"` finds these words in this order, in one message. What people write with
/// signs in it is found whole: `T-512345`, `matti@mail.example`, `@angry_matti`.
///
/// Any other sign is taken for a space, so that a text someone pastes is a search.
///
/// ```
/// use aspa_store::{Search, SearchError};
///
/// let search: Search = "toimitus T-512345 \"ei ole tullut\" lask*".parse()?;
/// assert_eq!(search.to_string(), "toimitus T-512345 \"ei ole tullut\" lask*");
/// assert_eq!("?!".parse::<Search>(), Err(SearchError::Empty));
/// # Ok::<(), SearchError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Search {
    text: String,
    clauses: Vec<Clause>,
}

/// One thing that a search asks for. For stores.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clause {
    /// One of these, among words or stems.
    Any(Vec<String>),
    /// A word that begins so.
    Prefix(String),
    /// These words next to each other.
    Phrase(Vec<String>),
}

/// `Debug` shows the kind, never the words: people search for names.
impl fmt::Debug for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(words) => write!(f, "Any({})", words.len()),
            Self::Prefix(_) => f.write_str("Prefix"),
            Self::Phrase(words) => write!(f, "Phrase({})", words.len()),
        }
    }
}

/// Why a text is no search, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchError {
    /// There is no letter or digit in it.
    Empty,
    /// `*` after less than two letters.
    ShortPrefix,
    /// More than [`Search::MOST_CLAUSES`] words and phrases, or more than as many words in a phrase.
    TooMany,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("nothing to look for: write a word or a number"),
            Self::ShortPrefix => f.write_str("write at least two letters before *"),
            Self::TooMany => write!(f, "write at most {} words", Search::MOST_CLAUSES),
        }
    }
}

impl std::error::Error for SearchError {}

impl Search {
    /// How many words and phrases a search may have, and how many words a phrase.
    pub const MOST_CLAUSES: usize = 32;

    /// What it asks for, all of it. For stores.
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// Whether texts of one ticket hold all of it: what every store has to find.
    #[must_use]
    pub fn finds(&self, texts: &[Words]) -> bool {
        let found = |clause: &Clause| texts.iter().any(|text| clause.is_in(text));
        self.clauses.iter().all(found)
    }
}

impl Clause {
    fn is_in(&self, text: &Words) -> bool {
        match self {
            Self::Any(terms) => {
                let has = |term: &String| text.words.contains(term) || text.stems.contains(term);
                terms.iter().any(has)
            }
            Self::Prefix(start) => text.words.iter().any(|word| word.starts_with(start)),
            Self::Phrase(words) => text.words.windows(words.len()).any(|place| place == words),
        }
    }
}

impl FromStr for Search {
    type Err = SearchError;

    fn from_str(text: &str) -> Result<Self, SearchError> {
        let mut analyzer = Analyzer::new();
        let mut clauses = Vec::new();
        // Every second piece stands between quotes; a quote that is not closed goes on to the end.
        for (place, piece) in text.split(['"', '“', '”', '„', '«', '»']).enumerate() {
            if place % 2 == 1 {
                clauses.extend(phrase(&mut analyzer, piece));
            } else {
                for chunk in piece.split_whitespace() {
                    clauses.extend(clause(&mut analyzer, chunk)?);
                }
            }
            if clauses.len() > Self::MOST_CLAUSES {
                return Err(SearchError::TooMany);
            }
        }
        let long = |clause: &Clause| matches!(clause, Clause::Phrase(words) if words.len() > Self::MOST_CLAUSES);
        if clauses.iter().any(long) {
            return Err(SearchError::TooMany);
        }
        if clauses.is_empty() {
            return Err(SearchError::Empty);
        }
        let text = text.to_owned();
        Ok(Self { text, clauses })
    }
}

/// What stands between spaces: a word, the beginning of one, or several with signs between them.
fn clause(analyzer: &mut Analyzer, chunk: &str) -> Result<Option<Clause>, SearchError> {
    let is_prefix = chunk.ends_with('*');
    let Some(clause) = phrase(analyzer, chunk) else {
        return Ok(None);
    };
    match clause {
        Clause::Any(words) if is_prefix => {
            // The word itself is the first.
            let start = words.into_iter().next().unwrap_or_default();
            if start.chars().count() < 2 {
                return Err(SearchError::ShortPrefix);
            }
            Ok(Some(Clause::Prefix(start)))
        }
        clause => Ok(Some(clause)),
    }
}

fn phrase(analyzer: &mut Analyzer, piece: &str) -> Option<Clause> {
    let read = |word: &str| {
        let (folded, stems) = analyzer.word(word).clone();
        (!folded.is_empty()).then_some((folded, stems))
    };
    // One more than there may be, which tells that there are too many.
    let words = split(piece).filter_map(read).take(Search::MOST_CLAUSES + 1);
    let mut words: Vec<_> = words.collect();
    match words.len() {
        0 => None,
        1 => {
            let (folded, stems) = words.pop()?;
            Some(Clause::Any([vec![folded], stems].concat()))
        }
        _ => Some(Clause::Phrase(
            words.into_iter().map(|(word, _)| word).collect(),
        )),
    }
}

/// As it was written.
impl fmt::Display for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `Debug` shows what it is made of, never the words: people search for names.
impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Search").field(&self.clauses).finish()
    }
}

impl Serialize for Search {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Search {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(search: &str, texts: &[&str]) -> bool {
        let search: Search = search.parse().unwrap();
        let texts: Vec<_> = texts
            .iter()
            .map(|text| Analyzer::new().read([*text]))
            .collect();
        search.finds(&texts)
    }

    #[test]
    fn what_is_found() {
        let ticket = [
            "Tilaukseni T-512345 ei ole tullut. Toimitus on myöhässä!",
            "Hei @angry_matti, laskutusosoite on matti@mail.example",
        ];
        for search in [
            "toimitukset",
            "TILAUS",
            "myohassa",
            "t-512345",
            "512345",
            "(T-512345)",
            "toimi*",
            "lasku*",
            "\"ei ole tullut\"",
            "\"Ei ole",
            "angry_matti",
            "@angry_matti",
            "matti@mail.example",
            "toimitus laskutusosoite",
            "tilaus -- lasku* !!!",
            "“ei ole”",
        ] {
            assert!(finds(search, &ticket), "{search}");
        }
        for search in [
            "51234",
            "lasku",
            "\"ole ei\"",
            "\"myöhässä hei\"",
            "toimitus paketti",
            "mail@matti",
            "512345*6",
            "ilaus*",
        ] {
            assert!(!finds(search, &ticket), "{search}");
        }
    }

    #[test]
    fn what_is_no_search_says_what_to_do() {
        let long = "sana ".repeat(Search::MOST_CLAUSES + 1);
        for (text, error) in [
            ("", SearchError::Empty),
            (" \"\" * ( ) -", SearchError::Empty),
            ("a*", SearchError::ShortPrefix),
            (long.as_str(), SearchError::TooMany),
            (&format!("\"{long}\""), SearchError::TooMany),
        ] {
            assert_eq!(text.parse::<Search>(), Err(error), "{text}");
        }
        let shown = format!(
            "{:?}",
            "matti \"meikä läinen\" mei*".parse::<Search>().unwrap()
        );
        assert!(!shown.contains("m"), "{shown}");
        let read: Search = serde_json::from_str("\"matti mei*\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"matti mei*\"");
        assert!(serde_json::from_str::<Search>("\"?\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_search_or_says_why(text in "\\PC{0,80}|[a-c\"*:(){}^+ -]{0,80}") {
            if let Ok(search) = text.parse::<Search>() {
                for clause in search.clauses() {
                    let words = match clause {
                        Clause::Any(words) | Clause::Phrase(words) => words.clone(),
                        Clause::Prefix(word) => vec![word.clone()],
                    };
                    prop_assert!(!words.is_empty());
                    prop_assert!(words.iter().all(|w| !w.is_empty() && w.chars().all(char::is_alphanumeric)));
                }
            }
        }

        #[test]
        fn a_text_is_found_by_each_of_its_words(text in "[a-zåäöé0-9@._ -]{1,60}") {
            let words = [Analyzer::new().read([text.as_str()])];
            for word in split(&text) {
                let search: Search = word.parse().unwrap();
                prop_assert!(search.finds(&words));
            }
        }
    }
}
