use std::collections::HashMap;
use std::fmt;

use aspa_channel::{Message, Part, Visibility};
use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::changes::Note;
use crate::message::MessageRecord;

/// Of a longer text only so many words are found: PostgreSQL tells places up to 16,383 apart.
const MOST_WORDS: usize = 16_000;
/// The same in bytes of words and stems: what PostgreSQL keeps of a text has less than 1 MiB.
const MOST_BYTES: usize = 250_000;
/// Of a longer word only so many characters count, in texts and in searches alike.
const LONGEST_WORD: usize = 60;
/// Longer ones are names of things, not words of a language.
const LONGEST_STEMMED: usize = 40;
/// About how many words are remembered with their stems: 100 bytes each.
const REMEMBERED: usize = 20_000;

/// What a search can find in one text.
///
/// For stores: each word is in it once for each place where it stands, folded to lower case without
/// accents. An empty one is a gap that no phrase goes across.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Words {
    /// The words in their order.
    pub words: Vec<String>,
    /// What else they are found by, each once, sorted: their stems.
    pub stems: Vec<String>,
}

/// `Debug` shows how many words, never which.
impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words")
            .field("words", &self.words.len())
            .field("stems", &self.stems.len())
            .finish()
    }
}

/// Takes texts and searches apart, the same way for every store.
///
/// A word is a run of letters and digits; `T-512345` or `matti@mail.example` are several that stand
/// next to each other. Each is folded: lower case, no accents (`Å` is `a`, `ß` is `ss`). Beside it
/// stand its stems by the Snowball algorithms for Finnish, Swedish and English (snowballstem.org),
/// whatever the language of the text is said to be: people mix them, and networks guess.
///
/// Snowball leaves Finnish nouns in `-us` and `-as` in several pieces (`toimitus`, `toimituks-`,
/// `toimitust-`), which are brought together here.
pub struct Analyzer {
    stemmers: [Stemmer; 3],
    known: HashMap<String, (String, Vec<String>)>,
}

impl fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Analyzer").finish_non_exhaustive()
    }
}

impl Default for Analyzer {
    fn default() -> Self {
        Self::new()
    }
}

impl Analyzer {
    /// One that remembers nothing yet. It gets quicker with the words that it meets.
    #[must_use]
    pub fn new() -> Self {
        let languages = [Algorithm::Finnish, Algorithm::Swedish, Algorithm::English];
        Self {
            stemmers: languages.map(Stemmer::create),
            known: HashMap::new(),
        }
    }

    /// The words of texts, with a gap between each two. Of more than 16,000 words or 250,000
    /// bytes of words and stems the first count.
    /// O(length).
    #[must_use]
    pub fn read<'t>(&mut self, texts: impl IntoIterator<Item = &'t str>) -> Words {
        let mut found = Words::default();
        let mut bytes = 0;
        for text in texts {
            if !found.words.is_empty() {
                found.words.push(String::new());
            }
            for word in split(text) {
                if found.words.len() >= MOST_WORDS || bytes >= MOST_BYTES {
                    break;
                }
                let (folded, stems) = self.word(word);
                if folded.is_empty() {
                    continue;
                }
                bytes += folded.len() + stems.iter().map(String::len).sum::<usize>();
                found.words.push(folded.clone());
                found.stems.extend_from_slice(stems);
            }
        }
        found.stems.sort_unstable();
        found.stems.dedup();
        found
    }

    /// A word, folded, and what else it is found by.
    pub(crate) fn word(&mut self, word: &str) -> &(String, Vec<String>) {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        if !self.known.contains_key(word) {
            let lower: String = word.nfc().flat_map(char::to_lowercase).collect();
            let folded = fold(&lower);
            let stems = self.stems(&lower, &folded);
            self.known.insert(word.to_owned(), (folded, stems));
        }
        &self.known[word]
    }

    fn stems(&self, lower: &str, folded: &str) -> Vec<String> {
        let length = lower.chars().count();
        if !(3..=LONGEST_STEMMED).contains(&length) || !lower.chars().all(char::is_alphabetic) {
            return Vec::new();
        }
        let [finnish, swedish, english] = self.stemmers.each_ref().map(|s| fold(&s.stem(lower)));
        let mut stems = vec![finnish_root(&finnish).to_owned(), swedish, english];
        // `asiakas` is found by `asiakkaan`, whose stem is `asiak`, `potilas` by `potila`.
        if let Some(stem) = folded.strip_suffix("as") {
            stems.extend([stem.to_owned(), format!("{stem}a")]);
        }
        stems.retain(|stem| stem.chars().count() >= 2 && stem != folded);
        stems.sort_unstable();
        stems.dedup();
        stems
    }
}

/// `toimitus`, `toimituks-`, `toimitust-` and `toimitu-` (of `toimitusta`) have one root.
fn finnish_root(stem: &str) -> &str {
    for ending in ["kse", "ks", "st", "s"] {
        if let Some(root) = stem.strip_suffix(ending)
            && root.len() >= 4
            && root.ends_with(['u', 'y', 'o'])
        {
            return root;
        }
    }
    stem
}

/// The words of a text as they stand: runs of letters and digits. A sign that is a word of its own,
/// as in Chinese, is one.
pub(crate) fn split(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let runs = text
        .split(move |c| !is_word(c))
        .filter(|run| !run.is_empty());
    runs.flat_map(|run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let end = match is_sign(first) {
                true => first.len_utf8(),
                false => rest.find(is_sign).unwrap_or(rest.len()),
            };
            let (word, after) = rest.split_at(end);
            rest = after;
            Some(word)
        })
    })
}

/// Ideographs and kana, which stand without spaces between words (Unicode blocks, version 16).
fn is_sign(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

/// Without accents: letters that Unicode takes apart lose their marks, a few others are spelt out.
fn fold(lower: &str) -> String {
    let mut folded = String::with_capacity(lower.len());
    let letters = lower.nfkd().filter(|c| !is_combining_mark(*c));
    for letter in letters.flat_map(char::to_lowercase).take(LONGEST_WORD) {
        match letter {
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            // What compatibility forms leave, such as the bar of a fraction.
            letter if letter.is_alphanumeric() => folded.push(letter),
            _ => {}
        }
    }
    folded
}

impl MessageRecord {
    /// What a search finds it by: subject and content of its newest revision, line by line. Nothing
    /// once it was deleted; what is hidden or held is found, since colleagues can read it.
    #[must_use]
    pub fn searchable(&self) -> Vec<String> {
        match &self.message {
            Some(message) if *self.visible() != Visibility::Deleted => content(message),
            _ => Vec::new(),
        }
    }
}

impl Note {
    /// What a search finds it by.
    #[must_use]
    pub fn searchable(&self) -> Vec<String> {
        vec![self.text.clone()]
    }
}

fn content(message: &Message) -> Vec<String> {
    let mut texts: Vec<String> = message.subject.iter().cloned().collect();
    // Mail brings the same in two forms.
    let is_plain = message
        .parts
        .iter()
        .any(|part| matches!(part, Part::Text { .. }));
    for part in &message.parts {
        match part {
            Part::Text { text, .. } => texts.push(text.clone()),
            Part::Html { html, .. } if !is_plain => texts.push(plain(html)),
            Part::Field { name, value, .. } => texts.extend([name.clone(), value.clone()]),
            Part::Media(media) => texts.extend(media.description.clone()),
            Part::Location { name, .. } => texts.extend(name.clone()),
            _ => {}
        }
    }
    texts.retain(|text| !text.is_empty());
    texts
}

/// The words of HTML: without tags, and without what scripts and styles hold.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        text.push_str(before);
        text.push(' ');
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        rest = &tag[end..];
        for hidden in ["script", "style"] {
            let name = tag.get(1..=hidden.len()).unwrap_or_default();
            if name.eq_ignore_ascii_case(hidden) {
                // Up to the tag that ends it, whichever that is: it holds no other.
                let close = rest.find("</").unwrap_or(rest.len());
                rest = &rest[close..];
            }
        }
    }
    text.push_str(rest);
    html_escape::decode_html_entities(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(word: &str) -> Vec<String> {
        let (folded, mut stems) = Analyzer::new().word(word).clone();
        stems.push(folded);
        stems
    }

    #[test]
    fn forms_of_a_word_find_each_other() {
        for forms in [
            "toimitus toimitukset toimituksen toimituksia toimitusta toimitusten TOIMITUS",
            "tilaus tilauksen tilaukseni tilauksesta tilausta",
            "lasku laskut laskun laskuja laskussa",
            "vastaus vastauksen vastaukset",
            "lähetys lähetyksen lähetystä lahetys",
            "asiakas asiakkaan asiakkaat",
            "paketti paketin pakettia paketit",
            "leverans leveransen leveranser",
            "faktura fakturor fakturan",
            "delivery deliveries Delivery",
            "parcel parcels",
            "café cafe CAFÉ cafe\u{301}",
        ] {
            let mut all = forms.split(' ');
            let first = terms(all.next().unwrap());
            for form in all {
                let other = terms(form);
                assert!(
                    other.iter().any(|term| first.contains(term)),
                    "{form}: {other:?} {first:?}"
                );
            }
        }
        for (one, other) in [
            ("lasku", "laukku"),
            ("tila", "tilaus"),
            ("512345", "51234"),
            ("auto", "autio"),
        ] {
            let (one, other) = (terms(one), terms(other));
            assert!(
                one.iter().all(|term| !other.contains(term)),
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn texts_fall_apart_into_words() {
        let words = |text: &str| Analyzer::new().read([text]).words.join(" ");
        for (text, expected) in [
            ("Tilaus T-512345: myöhässä!", "tilaus t 512345 myohassa"),
            (
                "matti.meikalainen@mail.example",
                "matti meikalainen mail example",
            ),
            ("@angry_matti #fail", "angry matti fail"),
            ("Åse & Søren, Straße", "ase soren strasse"),
            ("東京 desu", "東 京 desu"),
            ("📦 … !", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        let parts = Analyzer::new().read(["yksi", "kaksi"]);
        assert_eq!(parts.words, ["yksi", "", "kaksi"]);
        assert_eq!(format!("{parts:?}"), "Words { words: 3, stems: 2 }");
    }

    #[test]
    fn html_is_read_without_its_tags() {
        let html =
            "<p>Hei&auml; <b>oi</b></p><style>p{color:red}</style><SCRIPT>x()</SCRIPT>loppu <";
        let words = Analyzer::new().read([plain(html).as_str()]).words;
        assert_eq!(words, ["heia", "oi", "loppu"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}|[a-zåäöß'’.@_-]{0,200}") {
            let words = Analyzer::new().read([text.as_str()]);
            for word in words.words.iter().chain(&words.stems) {
                prop_assert!(word.chars().all(char::is_alphanumeric), "{:?}", word);
                prop_assert!(word.len() <= 1000);
            }
        }

        #[test]
        fn words_that_are_read_again_are_the_same(text in "[a-zA-ZåäöÅÄÖéß0-9'’.@_ -]{0,200}") {
            let words = Analyzer::new().read([text.as_str()]).words;
            let again = Analyzer::new().read([words.join(" ").as_str()]);
            prop_assert_eq!(again.words, words);
        }
    }
}
