//! A display name taken apart.

use std::fmt;
use std::ops::Range;

use super::fold::{fold_word, is_in_word, plain};
use super::scripts::Script;
use super::word::Word;

/// Longest display name that is looked at, in characters.
const LONGEST: usize = 256;
/// Most words that a name keeps.
pub(super) const MOST_WORDS: usize = 8;
/// Longest word that is kept whole, in bytes.
const LONGEST_WORD: usize = 64;

/// A personal name as a profile shows it, parsed: the words of the name, given names first, and
/// what stood around it.
#[derive(Clone, PartialEq)]
pub struct Name {
    words: Vec<Word>,
    leftovers: Vec<Box<str>>,
    is_mixed_script: bool,
    is_joint: bool,
}

impl Name {
    /// Takes a display name apart. Never fails: a text without a name has no words.
    ///
    /// Titles, pronouns, what follows `|`, `@`, a dash or an emoji after a whole name, brackets
    /// and trailing roles become leftovers. "Virtanen, Matti" is turned round, "`MattiVirtanen`" and
    /// "matti.virtanen" are parted, a nickname in quotes stays a word. The first 256 characters and
    /// 8 words count.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let end = text
            .char_indices()
            .nth(LONGEST)
            .map_or(text.len(), |(at, _)| at);
        let text = plain(&text[..end]);
        let spaced = joined_spaced(&text);
        let text = spaced.as_deref().unwrap_or(&text);
        let mut tokens = tokens(text);
        sort_out(text, &mut tokens);
        Self::from_tokens(text, &tokens)
    }

    fn from_tokens(text: &str, tokens: &[Token]) -> Self {
        let mut name = Self {
            words: Vec::with_capacity(4),
            leftovers: Vec::new(),
            is_mixed_script: false,
            is_joint: false,
        };
        let is_shown = tokens.iter().any(|token| token.place == Place::Name);
        let mut family = 0;
        for token in tokens {
            let word = &text[token.range.clone()];
            let in_name = match token.place {
                Place::Name | Place::Quoted | Place::Family => true,
                // A name may stand in brackets altogether.
                Place::Bracket => !is_shown && !token.is_noise,
                Place::Joint => {
                    name.is_joint = true;
                    continue;
                }
                Place::Left => false,
            };
            if !in_name || name.words.len() >= MOST_WORDS {
                name.leftovers.push(word.into());
                continue;
            }
            let before = name.words.len();
            name.push(word, token.place == Place::Quoted);
            if token.place == Place::Family {
                family += name.words.len() - before;
            }
        }
        let family = family.min(name.words.len());
        name.words.rotate_left(family);
        name.turn_round();
        if name.words.iter().all(Word::is_particle) {
            name.words
                .iter_mut()
                .for_each(|word| word.is_particle = false);
        }
        name
    }

    /// Folds a word of the text and adds what comes of it.
    fn push(&mut self, word: &str, is_quoted: bool) {
        let (mut text, mut variant) = (String::with_capacity(word.len()), String::new());
        let script = if word.is_ascii() {
            fold_word(word, &mut text, None)
        } else {
            fold_word(word, &mut text, Some(&mut variant))
        };
        self.is_mixed_script |= script == Script::Mixed;
        shorten(&mut text);
        shorten(&mut variant);
        if text.is_empty() {
            return;
        }
        if let Some((family, given)) = text.split_once(' ') {
            for part in [given, family] {
                self.words
                    .push(Word::folded(part.replace(' ', ""), None, script));
            }
            return;
        }
        let variant = (!variant.is_empty() && variant != text).then_some(variant);
        let mut word = Word::folded(text, variant, script);
        word.is_quoted = is_quoted && !self.words.is_empty();
        self.words.push(word);
    }

    /// Puts a family name that stands first last, where the tables tell.
    fn turn_round(&mut self) {
        let ([first, .., last], 2..=3) = (&self.words[..], self.words.len()) else {
            return;
        };
        let (first, last) = (first.known, last.known);
        if first.is_family && !first.is_given && last.is_given && !last.is_family {
            self.words.rotate_left(1);
        }
    }

    /// The words of the name, given names first where the text or the tables tell.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The same, when nothing else of the name is needed.
    pub(crate) fn into_words(self) -> Vec<Word> {
        self.words
    }

    /// The first word, unless it is the only one.
    #[must_use]
    pub fn given(&self) -> Option<&Word> {
        self.words.first().filter(|_| self.words.len() > 1)
    }

    /// The last word, unless it is the only one.
    #[must_use]
    pub fn family(&self) -> Option<&Word> {
        self.words.last().filter(|_| self.words.len() > 1)
    }

    /// What stood around the name, as written: titles, roles, places, pronouns.
    pub fn leftovers(&self) -> impl Iterator<Item = &str> {
        self.leftovers.iter().map(AsRef::as_ref)
    }

    /// Whether a word mixes Latin letters with others that look like them.
    #[must_use]
    pub fn is_mixed_script(&self) -> bool {
        self.is_mixed_script
    }

    /// Whether the text names several people ("Matti & Maija Virtanen").
    #[must_use]
    pub fn is_joint(&self) -> bool {
        self.is_joint
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Name")
            .field("words", &self.words)
            .field("is_mixed_script", &self.is_mixed_script)
            .field("is_joint", &self.is_joint)
            .finish_non_exhaustive()
    }
}

/// Cuts a folded word that is too long.
fn shorten(text: &mut String) {
    // Folded words are ASCII, so that any place is a boundary of characters.
    text.truncate(LONGEST_WORD);
}

/// Where a piece of the text belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Name,
    /// The family name, written before a comma.
    Family,
    Quoted,
    Bracket,
    /// An "and" between two people.
    Joint,
    Left,
}

/// A run of letters and digits.
#[derive(Debug, Clone)]
struct Token {
    range: Range<usize>,
    place: Place,
    /// Parts of the text that are cut by `|`, `@`, dashes and the like.
    part: usize,
    /// Commas before it in its part.
    commas: usize,
    /// An emoji or another symbol stands before it.
    after_symbol: bool,
    /// A title, a pronoun or a role.
    is_noise: bool,
}

/// The runs of letters and digits of a text, with what parts them.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(8);
    let (mut part, mut commas, mut depth, mut quoted, mut symbol) = (0, 0, 0_u32, false, false);
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        if is_in_word(c) && !(c == '\'' && is_quote(text, at, before)) {
            let mut end = at + c.len_utf8();
            while let Some(&(next, c)) = chars.peek() {
                if !is_in_word(c) || (c == '\'' && is_quote(text, next, 'a')) {
                    break;
                }
                end = next + c.len_utf8();
                chars.next();
            }
            let place = match () {
                () if depth > 0 => Place::Bracket,
                () if quoted => Place::Quoted,
                () => Place::Name,
            };
            for range in humps(text, at..end) {
                let token = Token {
                    range,
                    place,
                    part,
                    commas,
                    after_symbol: symbol,
                    is_noise: false,
                };
                tokens.push(token);
                symbol = false;
            }
            before = 'a';
            continue;
        }
        match c {
            '(' | '[' | '{' | '（' | '【' | '<' => depth += 1,
            ')' | ']' | '}' | '）' | '】' | '>' => depth = depth.saturating_sub(1),
            '"' | '\'' => quoted = !quoted,
            '|' | '@' | '•' | '·' | '/' | '\\' | ':' | ';' | '~' | '#' => {
                (part, commas) = (part + 1, 0)
            }
            '-' | '–' | '—'
                if before == ' ' && !text[at + c.len_utf8()..].starts_with(is_in_word) =>
            {
                (part, commas) = (part + 1, 0);
            }
            ',' | '、' | '،' => commas += 1,
            '&' | '+' => {
                let (range, place) = (at..at + c.len_utf8(), Place::Joint);
                let token = Token {
                    range,
                    place,
                    part,
                    commas,
                    after_symbol: false,
                    is_noise: false,
                };
                tokens.push(token);
            }
            c if !c.is_ascii() && !c.is_whitespace() => symbol = true,
            _ => {}
        }
        before = c;
    }
    tokens
}

/// Whether an apostrophe opens or closes a quotation: it does not stand between letters.
fn is_quote(text: &str, at: usize, before: char) -> bool {
    let inside = text[at + 1..].starts_with(|c: char| is_in_word(c) && c != '\'');
    !(inside && before == 'a')
}

/// Parts a word at a capital after a small letter ("`MattiVirtanen`") and before digits at its end.
fn humps(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let word = &text[range.clone()];
    let digits = word.len() - word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = if digits == word.len() { 0 } else { digits };
    let letters = &word[..word.len() - digits];
    let mut cuts = Vec::new();
    let mut last = ' ';
    for (at, c) in letters.char_indices() {
        if c.is_uppercase() && last.is_lowercase() {
            cuts.push(at);
        }
        last = c;
    }
    let prefix = cuts.first().map(|&at| letters[..at].to_lowercase());
    let is_prefix = |p: &str| {
        [
            "mc", "mac", "de", "di", "la", "le", "van", "von", "fitz", "du", "o",
        ]
        .contains(&p)
    };
    let is_short = cuts.first().is_some_and(|&at| at < 2);
    if cuts.len() > 3 || is_short || prefix.as_deref().is_some_and(is_prefix) {
        cuts.clear();
    }
    let start = range.start;
    let ends = cuts.into_iter().chain([letters.len()]);
    let mut from = 0;
    ends.map(move |end| {
        let piece = start + from..start + end;
        from = end;
        piece
    })
}

/// Joins letters that were written apart ("M A T T I  V I R T A N E N").
fn joined_spaced(text: &str) -> Option<String> {
    let mut letters = text.split(' ').filter(|piece| !piece.is_empty());
    let all_single = letters.clone().all(|piece| piece.chars().nth(1).is_none());
    if !all_single || letters.nth(3).is_none() {
        return None;
    }
    let words = text.split("  ").map(|word| word.replace(' ', ""));
    Some(
        words
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
    )
}

/// Finds titles, pronouns, roles, what follows the name, and a family name before a comma.
fn sort_out(text: &str, tokens: &mut [Token]) {
    let mut folded = String::new();
    let mut counts = 0;
    for token in tokens.iter_mut() {
        folded.clear();
        fold_word(&text[token.range.clone()], &mut folded, None);
        token.is_noise = NOISE.binary_search(&folded.as_str()).is_ok()
            || !folded.is_empty() && folded.bytes().all(|b| b.is_ascii_digit());
        if token.place == Place::Name
            && ["ja", "and", "und", "och", "i", "y", "et"].contains(&folded.as_str())
        {
            let is_i = folded == "i" && !text[token.range.clone()].starts_with('и');
            if !is_i && counts > 0 && token.range.end < text.len() {
                token.place = Place::Joint;
            }
        }
        counts += usize::from(token.place == Place::Name && !token.is_noise);
    }
    let first = tokens
        .iter()
        .find(|token| token.place == Place::Name && !token.is_noise)
        .map_or(0, |token| token.part);
    let mut words = 0;
    let mut is_over = false;
    for token in tokens.iter_mut() {
        if !matches!(token.place, Place::Name | Place::Joint) {
            continue;
        }
        is_over |= token.after_symbol && words >= 2;
        if token.is_noise || token.part != first || is_over {
            token.place = Place::Left;
        } else if token.place == Place::Name {
            words += 1;
        }
    }
    turn_commas(text, tokens);
}

/// Tells "Virtanen, Matti" from "Matti Virtanen, Helsinki".
fn turn_commas(text: &str, tokens: &mut [Token]) {
    let names = |commas: usize| {
        tokens
            .iter()
            .filter(move |t| t.place == Place::Name && t.commas == commas)
    };
    let Some(first) = tokens
        .iter()
        .find(|t| t.place == Place::Name)
        .map(|t| t.commas)
    else {
        return;
    };
    let before = names(first).count();
    let after: Vec<Range<usize>> = names(first + 1).map(|t| t.range.clone()).collect();
    if after.is_empty()
        && names(first + 1).next().is_none()
        && !tokens.iter().any(|t| t.commas > first)
    {
        return;
    }
    let known = |range: &Range<usize>| {
        let mut folded = String::new();
        fold_word(&text[range.clone()], &mut folded, None);
        super::lexicon::known(&folded)
    };
    let head = names(first)
        .next()
        .map(|t| known(&t.range))
        .unwrap_or_default();
    let is_given_next = after.iter().any(|range| known(range).is_given);
    let is_family = match before {
        1 => is_given_next || (!head.is_given && !after.is_empty()),
        2 => is_given_next && !head.is_given,
        _ => false,
    };
    for token in tokens.iter_mut().filter(|t| t.place == Place::Name) {
        if is_family && after.len() <= 3 {
            if token.commas == first {
                token.place = Place::Family;
            } else if token.commas > first + 1 {
                token.place = Place::Left;
            }
        } else if token.commas > first {
            token.place = Place::Left;
        }
    }
}

/// Titles, degrees, pronouns and roles, folded and sorted.
const NOISE: &[&str] = &[
    "admin",
    "adv",
    "advokat",
    "agent",
    "artist",
    "author",
    "avv",
    "ba",
    "blog",
    "blogger",
    "bsc",
    "ceo",
    "cfo",
    "coach",
    "consultant",
    "coo",
    "cto",
    "dds",
    "developer",
    "dipl",
    "director",
    "dj",
    "doc",
    "docent",
    "doktor",
    "dosentti",
    "dott",
    "dottssa",
    "dr",
    "dra",
    "engineer",
    "esq",
    "fm",
    "founder",
    "frau",
    "fru",
    "ft",
    "gospodin",
    "haji",
    "he",
    "her",
    "herr",
    "herra",
    "hers",
    "him",
    "his",
    "hra",
    "iii",
    "ing",
    "insinoori",
    "jd",
    "jr",
    "junior",
    "kirjailija",
    "lic",
    "lisensiaatti",
    "llb",
    "llm",
    "madame",
    "manager",
    "mba",
    "md",
    "mgr",
    "miss",
    "mister",
    "mlle",
    "mme",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "msc",
    "music",
    "musik",
    "mx",
    "neiti",
    "nurse",
    "official",
    "officiell",
    "offiziell",
    "oficial",
    "ofitsialnyy",
    "opettaja",
    "pani",
    "parody",
    "pastor",
    "phd",
    "photographer",
    "photography",
    "prof",
    "professor",
    "professori",
    "ra",
    "real",
    "realtor",
    "rektor",
    "ret",
    "rev",
    "rn",
    "rouva",
    "senor",
    "senora",
    "she",
    "shri",
    "sig",
    "signora",
    "sir",
    "smt",
    "sr",
    "sra",
    "srita",
    "srta",
    "teacher",
    "the",
    "their",
    "them",
    "they",
    "tmi",
    "tohtori",
    "toimitusjohtaja",
    "tri",
    "tv",
    "ustad",
    "ux",
    "valokuvaaja",
    "verified",
    "vip",
    "virallinen",
    "writer",
    "yrittaja",
    "yt",
];
