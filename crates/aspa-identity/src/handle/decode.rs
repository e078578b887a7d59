//! What names a user name may be made of.

use std::fmt;

use super::text::Text;
use super::tokens::Tokens;

/// Most readings of one user name.
const MOST: usize = 12;
/// Words that are tried alone and in pairs.
const WORDS: usize = 6;

/// What is known of names: how many people bear them.
pub trait Lexicon {
    /// Share of people with this given name, 0 to 1; 0: not known as one. The word is folded.
    fn given(&self, word: &str) -> f32;
    /// Share of people with this family name, 0 to 1; 0: not known as one. The word is folded.
    fn family(&self, word: &str) -> f32;
    /// Adds the given names that the word may be short for; none if it is no nickname.
    fn formal(&self, word: &str, out: &mut Vec<String>);
}

/// What a user name shows of one name.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Nothing.
    None,
    /// All of it, in plain small letters; a given name may be a nickname.
    Whole(String),
    /// The first letter.
    Initial(char),
    /// Two or more first letters.
    Prefix(String),
    /// Letters with vowels left out, the end perhaps too. With no other part: of both names in a row.
    Vowelless(String),
}

/// Says what is shown, never the letters.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Whole(_) => "Whole",
            Self::Initial(_) => "Initial",
            Self::Prefix(_) => "Prefix",
            Self::Vowelless(_) => "Vowelless",
        })
    }
}

/// How a reading takes letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Form {
    /// As they stand.
    Plain,
    /// Figures stand for letters.
    Leet,
    /// Backwards.
    Reversed,
}

/// A person who may stand behind a user name.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// What it shows of the given name.
    pub given: Part,
    /// What it shows of the family name.
    pub family: Part,
    /// Letters beside them.
    pub extra: u8,
    /// How letters are taken.
    pub how: Form,
    /// How likely the reading is beside the others, 0 to 1; no probability.
    pub plausibility: f32,
}

/// Who may stand behind a user name, most plausible first, at most 12, each pair of names once.
///
/// Both orders of the names are read, figures as letters too, and backwards. A word that `ae`, `oe`
/// or `ue` keeps from being known is read with the second vowel left out. Asks the lexicon a few
/// hundred times at most, whatever the user name.
#[must_use]
pub fn decode(tokens: &Tokens, lexicon: &dyn Lexicon) -> Vec<Reading> {
    let mut decoder = Decoder {
        lexicon,
        readings: Vec::new(),
        formal: Vec::new(),
        given: Memo::new(),
        family: Memo::new(),
        words: Vec::new(),
    };
    decoder.text(&tokens.plain, Form::Plain, 1.0);
    if let Some(text) = &tokens.leet {
        decoder.text(text, Form::Leet, 0.9);
    }
    let is_clear = decoder
        .readings
        .iter()
        .any(|reading| reading.plausibility > 0.5);
    if !is_clear && tokens.plain.len() > 4 {
        decoder.text(&tokens.plain_back, Form::Reversed, 0.5);
        if let Some(text) = &tokens.leet_back {
            decoder.text(text, Form::Reversed, 0.4);
        }
    }
    decoder.finish()
}

struct Decoder<'a> {
    lexicon: &'a dyn Lexicon,
    readings: Vec<Reading>,
    formal: Vec<String>,
    given: Memo,
    family: Memo,
    /// Words that the lexicon knows.
    words: Vec<String>,
}

/// What the lexicon said of the stretches of one text.
struct Memo {
    /// By start and end.
    asked: Vec<Option<Option<Known>>>,
}

/// A word as the lexicon knows it.
#[derive(Clone, Copy)]
struct Known {
    /// Its place in [`Decoder::words`].
    word: u16,
    /// 0 to 1.
    weight: f32,
}

impl Memo {
    fn new() -> Self {
        Self { asked: Vec::new() }
    }

    fn clear(&mut self, text: &Text) {
        self.asked.clear();
        self.asked.resize((text.len() + 1).pow(2), None);
    }
}

impl Decoder<'_> {
    fn text(&mut self, text: &Text, how: Form, weight: f32) {
        self.given.clear(text);
        self.family.clear(text);
        self.words.clear();
        let mut done: Vec<(usize, usize)> = Vec::new();
        let mut run = |decoder: &mut Self, (start, end): (usize, usize), weight: f32| {
            if end - start >= 2 && !done.contains(&(start, end)) {
                done.push((start, end));
                decoder.stretch(text, (start, end), how, weight);
            }
        };
        let whole = text.core(false);
        run(self, whole, weight);
        if how == Form::Leet {
            // Some figures at the end may be letters too.
            for end in whole.1 + 1..=text.len().min(whole.1 + 4) {
                run(self, (whole.0, end), weight);
            }
        }
        run(self, text.core(true), weight * 0.9);
        if how == Form::Reversed {
            return;
        }
        // Words and pairs of words, the others being about something else.
        let (mut bounds, mut at) = (vec![whole.0], whole.0);
        while at < whole.1 && bounds.len() <= WORDS {
            at = text.bound_after(at).min(whole.1);
            bounds.push(at);
        }
        for pair in bounds.windows(3) {
            run(self, (pair[0], pair[2]), weight * 0.7);
        }
        for word in bounds.windows(2) {
            run(self, (word[0], word[1]), weight * 0.6);
        }
        // First and last word, whatever stands between.
        if let &[a, b, .., c, d] = bounds.as_slice() {
            self.pair(text, (a, b), (c, d), how, weight * 0.7);
        }
    }

    /// Every way to part a stretch in two, and the stretch as one name.
    fn stretch(&mut self, text: &Text, (start, end): (usize, usize), how: Form, weight: f32) {
        for mid in start + 1..end {
            let bonus = if text.is_bound(mid) { 1.0 } else { 0.85 };
            self.pair(text, (start, mid), (mid, end), how, weight * bonus);
        }
        let extra = text.unexplained(0, start) + text.unexplained(end, text.len());
        if let Some(given) = self.given(text, start, end) {
            let weight = weight * 0.3 * given.weight;
            self.add(self.whole(given), Part::None, extra, how, weight);
        }
        if let Some(family) = self.family(text, start, end) {
            let weight = weight * 0.4 * family.weight;
            self.add(Part::None, self.whole(family), extra, how, weight);
        }
        if how == Form::Plain {
            self.shortened(text, (start, end), extra, weight);
        }
        self.inside(text, (start, end), extra, how, weight);
    }

    /// A name at the beginning or end of a stretch, the rest being about something else.
    fn inside(
        &mut self,
        text: &Text,
        (start, end): (usize, usize),
        extra: usize,
        how: Form,
        weight: f32,
    ) {
        for length in (4..end - start).rev() {
            for (from, to) in [(start, start + length), (end - length, end)] {
                let extra = extra + text.letters(start, from) + text.letters(to, end);
                if let Some(family) = self.family(text, from, to) {
                    let weight = weight * 0.15 * family.weight * share(length, end - start);
                    self.add(Part::None, self.whole(family), extra, how, weight);
                }
                if let Some(given) = self.given(text, from, to) {
                    let weight = weight * 0.12 * given.weight * share(length, end - start);
                    self.add(self.whole(given), Part::None, extra, how, weight);
                }
            }
        }
    }

    /// Two stretches as the two names, in both orders.
    fn pair(&mut self, text: &Text, a: (usize, usize), b: (usize, usize), how: Form, weight: f32) {
        let extra = text.unexplained(0, a.0)
            + text.unexplained(a.1, b.0)
            + text.unexplained(b.1, text.len());
        let is_parted = text.is_bound(a.1) && text.is_bound(b.0);
        for (given, family, weight) in [(a, b, weight), (b, a, weight * 0.9)] {
            let known_given = self.given(text, given.0, given.1);
            let known_family = self.family(text, family.0, family.1);
            match (known_given, known_family) {
                (Some(given), Some(family)) => {
                    let weight = weight * given.weight * family.weight;
                    self.add(self.whole(given), self.whole(family), extra, how, weight);
                }
                (Some(known), None) => {
                    let length = family.1 - family.0;
                    let Some(word) = plain(text, family) else {
                        continue;
                    };
                    let (part, of_form) = match length {
                        1 => (initial(&word), 0.45),
                        4.. if is_parted => (Part::Whole(word), 0.4),
                        2.. if !word.bytes().any(is_vowel) => (Part::Vowelless(word), 0.4),
                        _ => (Part::Prefix(word), 0.4 / (1.0 + 0.2 * small(length))),
                    };
                    self.add(
                        self.whole(known),
                        part,
                        extra,
                        how,
                        weight * of_form * known.weight,
                    );
                }
                (None, Some(known)) => {
                    let length = given.1 - given.0;
                    let Some(word) = plain(text, given) else {
                        continue;
                    };
                    let (part, of_form) = match length {
                        1 => (initial(&word), 0.6),
                        // Initials of a double name.
                        2 => {
                            let weight = weight * 0.4 * known.weight;
                            self.add(initial(&word), self.whole(known), extra, how, weight);
                            (Part::Prefix(word), 0.3)
                        }
                        4.. if is_parted => (Part::Whole(word), 0.4),
                        _ if !word.bytes().any(is_vowel) => (Part::Vowelless(word), 0.3),
                        _ => (Part::Prefix(word), 0.3 / (1.0 + 0.2 * small(length))),
                    };
                    self.add(
                        part,
                        self.whole(known),
                        extra,
                        how,
                        weight * of_form * known.weight,
                    );
                }
                (None, None) if is_parted && how == Form::Plain => {
                    let (Some(given), Some(family)) = (plain(text, given), plain(text, family))
                    else {
                        continue;
                    };
                    let part = |word: String| match word.len() {
                        1 => initial(&word),
                        2 | 3 => Part::Prefix(word),
                        _ => Part::Whole(word),
                    };
                    self.add(part(given), part(family), extra, how, weight * 0.08);
                }
                (None, None) => {}
            }
        }
    }

    /// Both names shortened.
    fn shortened(&mut self, text: &Text, (start, end): (usize, usize), extra: usize, weight: f32) {
        let length = end - start;
        let Some(word) = plain(text, (start, end)) else {
            return;
        };
        let (first, second) = word.split_at(1);
        match length {
            2 => {
                self.add(
                    initial(first),
                    initial(second),
                    extra,
                    Form::Plain,
                    weight * 0.05,
                );
                self.add(
                    initial(second),
                    initial(first),
                    extra,
                    Form::Plain,
                    weight * 0.04,
                );
            }
            3 => {
                self.add(
                    initial(first),
                    initial(&word[2..]),
                    extra,
                    Form::Plain,
                    weight * 0.03,
                );
                self.add(
                    initial(first),
                    Part::Prefix(second.to_owned()),
                    extra,
                    Form::Plain,
                    weight * 0.02,
                );
            }
            4..=10 => {
                for mid in 2..=length - 2 {
                    let (first, second) = word.split_at(mid);
                    // Most people take as much of the one as of the other, three letters best.
                    let uneven = first.len().abs_diff(second.len()) + first.len().abs_diff(3);
                    let weight = weight * 0.1 / (1.0 + small(uneven));
                    let (first, second) = (first.to_owned(), second.to_owned());
                    self.add(
                        Part::Prefix(first.clone()),
                        Part::Prefix(second.clone()),
                        extra,
                        Form::Plain,
                        weight,
                    );
                    self.add(
                        Part::Prefix(second),
                        Part::Prefix(first),
                        extra,
                        Form::Plain,
                        weight * 0.5,
                    );
                }
            }
            _ => {}
        }
        let vowels = word.bytes().skip(1).filter(|&byte| is_vowel(byte)).count();
        if length >= 4 && vowels * 5 <= length {
            self.add(
                Part::Vowelless(word),
                Part::None,
                extra,
                Form::Plain,
                weight * 0.15,
            );
        }
    }

    fn given(&mut self, text: &Text, start: usize, end: usize) -> Option<Known> {
        let place = start * (text.len() + 1) + end;
        if let Some(asked) = self.given.asked[place] {
            return asked;
        }
        let (lexicon, formal) = (self.lexicon, &mut self.formal);
        let found = known(text, start, end, &mut self.words, |word| {
            let share = lexicon.given(word);
            if share > 0.0 {
                return share;
            }
            formal.clear();
            lexicon.formal(word, formal);
            let shares = formal
                .iter()
                .filter(|name| *name != word)
                .map(|name| lexicon.given(name));
            shares.fold(0.0, f32::max) * 0.1
        });
        self.given.asked[place] = Some(found);
        found
    }

    fn family(&mut self, text: &Text, start: usize, end: usize) -> Option<Known> {
        let place = start * (text.len() + 1) + end;
        if let Some(asked) = self.family.asked[place] {
            return asked;
        }
        let lexicon = self.lexicon;
        let found = known(text, start, end, &mut self.words, |word| {
            lexicon.family(word)
        });
        self.family.asked[place] = Some(found);
        found
    }

    fn whole(&self, known: Known) -> Part {
        self.words
            .get(usize::from(known.word))
            .map_or(Part::None, |word| Part::Whole(word.clone()))
    }

    fn add(&mut self, given: Part, family: Part, extra: usize, how: Form, plausibility: f32) {
        let plausibility = plausibility / (1.0 + 0.1 * small(extra));
        let known = self
            .readings
            .iter_mut()
            .find(|reading| reading.given == given && reading.family == family);
        if let Some(known) = known {
            if plausibility > known.plausibility {
                (known.plausibility, known.how) = (plausibility, how);
                known.extra = u8::try_from(extra).unwrap_or(u8::MAX);
            }
            return;
        }
        self.readings.push(Reading {
            given,
            family,
            extra: u8::try_from(extra).unwrap_or(u8::MAX),
            how,
            plausibility,
        });
        if self.readings.len() >= 4 * MOST {
            self.cut();
        }
    }

    /// Keeps the best.
    fn cut(&mut self) {
        self.readings
            .sort_by(|a, b| b.plausibility.total_cmp(&a.plausibility));
        self.readings.truncate(MOST);
    }

    fn finish(mut self) -> Vec<Reading> {
        self.cut();
        self.readings
    }
}

/// The spelling of a stretch that the lexicon knows best; it is added to `words`.
fn known(
    text: &Text,
    start: usize,
    end: usize,
    words: &mut Vec<String>,
    mut share: impl FnMut(&str) -> f32,
) -> Option<Known> {
    if end - start < 2 || end - start > 24 {
        return None;
    }
    let mut best: Option<(String, f32)> = None;
    let mut see = |word: &str| {
        let share = share(word);
        if share > 0.0 {
            let weight = weight_of(share) * if word.len() < 4 { 0.7 } else { 1.0 };
            if best.as_ref().is_none_or(|best| best.1 < weight) {
                best = Some((word.to_owned(), weight));
            }
        }
    };
    let bytes = &text.bytes()[start..end];
    if !text.has_figures(start, end)
        && let Ok(word) = std::str::from_utf8(bytes)
    {
        see(word);
    }
    for word in other_spellings(bytes) {
        see(&word);
    }
    let (found, weight) = best?;
    let word = u16::try_from(words.len()).ok()?;
    words.push(found);
    Some(Known { word, weight })
}

/// 0.3 for a rare name to 1 for one that one in a hundred bears.
fn weight_of(share: f32) -> f32 {
    ((share.max(1e-9).log10() + 7.0) / 5.0).clamp(0.3, 1.0)
}

/// A stretch with figures read as letters, each way, or with `ae`, `oe`, `ue` as one vowel. At most 8.
fn other_spellings(bytes: &[u8]) -> Vec<String> {
    if bytes.iter().any(u8::is_ascii_digit) {
        let ones = bytes.iter().filter(|&&byte| byte == b'1').count().min(3);
        return (0..1_u8 << ones)
            .map(|bits| unleeted(bytes, bits))
            .collect();
    }
    let marked = |pair: &[u8]| matches!(pair, [b'a' | b'o' | b'u', b'e']);
    let mut all = Vec::new();
    if bytes.windows(2).any(marked) {
        let mut word = String::with_capacity(bytes.len());
        for (at, &byte) in bytes.iter().enumerate() {
            if at == 0 || !marked(&bytes[at - 1..=at]) {
                word.push(char::from(byte));
            }
        }
        all.push(word);
    }
    if bytes.len() > 3 && bytes.starts_with(b"aa") {
        all.push(bytes[1..].iter().map(|&byte| char::from(byte)).collect());
    }
    all
}

/// Figures read as letters; by `bits`, a `1` as `l` rather than `i`, the first three each by itself.
fn unleeted(bytes: &[u8], bits: u8) -> String {
    let mut ones = 0;
    let letter = |&byte: &u8| match byte {
        b'0' => 'o',
        b'1' => {
            ones += 1;
            if ones <= 3 && bits >> (ones - 1) & 1 == 1 {
                'l'
            } else {
                'i'
            }
        }
        b'2' => 'z',
        b'3' => 'e',
        b'4' => 'a',
        b'5' => 's',
        b'6' | b'9' => 'g',
        b'7' => 't',
        b'8' => 'b',
        letter => char::from(letter),
    };
    bytes.iter().map(letter).collect()
}

/// A stretch of letters; none where figures stand in it.
fn plain(text: &Text, (start, end): (usize, usize)) -> Option<String> {
    if text.has_figures(start, end) {
        return None;
    }
    std::str::from_utf8(&text.bytes()[start..end])
        .ok()
        .map(str::to_owned)
}

fn initial(word: &str) -> Part {
    word.chars().next().map_or(Part::None, Part::Initial)
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

fn small(number: usize) -> f32 {
    f32::from(u8::try_from(number).unwrap_or(u8::MAX))
}

fn share(part: usize, whole: usize) -> f32 {
    small(part) / small(whole)
}
