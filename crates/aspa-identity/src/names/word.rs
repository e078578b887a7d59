//! One word of a name.

use std::fmt;

use super::fold::fold_word;
use super::lexicon::{self, Known};
use super::scripts::Script;
use super::skeleton::skeleton;

/// One word of a name, made ready for comparing.
#[derive(Clone, PartialEq)]
pub struct Word {
    text: Box<str>,
    variant: Option<Box<str>>,
    skeleton: Box<str>,
    /// Which letters occur, one bit each.
    pub(super) letters: u32,
    pub(super) known: Known,
    pub(super) is_vowelless: bool,
    is_initial: bool,
    pub(super) is_quoted: bool,
    pub(super) is_particle: bool,
}

impl Word {
    /// A word that is folded already; others are folded first.
    ///
    /// ```
    /// use aspa_identity::names::{Word, WordMatch, compare_words};
    ///
    /// let (a, b) = (Word::new("masa"), Word::new("matti"));
    /// assert_eq!(compare_words(&a, &b), WordMatch::Nickname);
    /// ```
    #[must_use]
    pub fn new(word: &str) -> Self {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if word.bytes().all(is_plain) {
            return Self::folded(word.to_owned(), None, Script::Latin);
        }
        let (mut text, mut variant) = (String::new(), String::new());
        let script = fold_word(&super::fold::plain(word), &mut text, Some(&mut variant));
        let variant = (variant != text).then_some(variant);
        Self::folded(text, variant, script)
    }

    /// A word from what folding made of it.
    pub(super) fn folded(text: String, variant: Option<String>, script: Script) -> Self {
        let skeleton = skeleton(&text);
        let known = lexicon::known(&text);
        Self {
            letters: letters(&text),
            known,
            is_vowelless: script == Script::Consonants && !known.is_known(),
            is_initial: text.len() == 1 && text.starts_with(char::is_alphabetic),
            is_quoted: false,
            is_particle: text.len() <= LONGEST_PARTICLE && PARTICLES.contains(&text.as_str()),
            skeleton: skeleton.into(),
            variant: variant.map(Into::into),
            text: text.into(),
        }
    }

    /// The word in plain letters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The word in its other usual spelling (`maekelae` for `Mäkelä`), if it has one.
    #[must_use]
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// Its key for finding spellings of the same name, see [`super::skeleton`].
    #[must_use]
    pub fn skeleton(&self) -> &str {
        &self.skeleton
    }

    /// Whether it is one letter.
    #[must_use]
    pub fn is_initial(&self) -> bool {
        self.is_initial
    }

    /// Whether it is a `von`, `de`, `al` and the like, which people leave out.
    #[must_use]
    pub fn is_particle(&self) -> bool {
        self.is_particle
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Word")
            .field("letters", &self.text.len())
            .field("is_initial", &self.is_initial)
            .finish_non_exhaustive()
    }
}

/// Words between names that are part of a family name but often left out.
const PARTICLES: [&str; 30] = [
    "von", "van", "de", "da", "di", "del", "della", "la", "le", "al", "el", "bin", "ibn", "der",
    "den", "ten", "ter", "af", "zu", "zum", "zur", "dos", "das", "du", "st", "bint", "abu", "ul",
    "los", "las",
];

/// Of them.
const LONGEST_PARTICLE: usize = 5;

/// One bit for each letter that occurs, digits share one.
fn letters(text: &str) -> u32 {
    text.bytes().fold(0, |seen, b| match b {
        b'a'..=b'z' => seen | 1 << (b - b'a'),
        _ => seen | 1 << 26,
    })
}
