//! What names a user name may be made of.

use std::fmt;

use super::text::{LONGEST, Text};
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
        letters: String::new(),
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
    readings: Vec<Draft>,
    formal: Vec<String>,
    given: Memo,
    family: Memo,
    /// Words that the lexicon knows.
    words: Vec<Word>,
    /// Letters and figures of the text.
    letters: String,
}

/// Small letters, held in place: readings come and go by the dozen.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word {
    length: u8,
    bytes: [u8; LONGEST],
}

impl Word {
    fn of(letters: impl IntoIterator<Item = u8>) -> Self {
        let mut word = Self {
            length: 0,
            bytes: [0; LONGEST],
        };
        for (place, letter) in word.bytes.iter_mut().zip(letters) {
            *place = letter;
            word.length += 1;
        }
        word
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    fn text(&self) -> &str {
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    fn has_vowel(&self) -> bool {
        self.bytes().iter().copied().any(is_vowel)
    }

    /// Its letters before and from a place on.
    fn parted(&self, at: usize) -> (Self, Self) {
        let (first, second) = self.bytes().split_at(at);
        (
            Self::of(first.iter().copied()),
            Self::of(second.iter().copied()),
        )
    }
}

/// A [`Part`] in the making.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    None,
    Whole(Word),
    Initial(u8),
    Prefix(Word),
    Vowelless(Word),
}

impl From<Piece> for Part {
    fn from(piece: Piece) -> Self {
        match piece {
            Piece::None => Self::None,
            Piece::Whole(word) => Self::Whole(word.text().to_owned()),
            Piece::Initial(letter) => Self::Initial(char::from(letter)),
            Piece::Prefix(word) => Self::Prefix(word.text().to_owned()),
            Piece::Vowelless(word) => Self::Vowelless(word.text().to_owned()),
        }
    }
}

/// A [`Reading`] in the making.
struct Draft {
    given: Piece,
    family: Piece,
    extra: u8,
    how: Form,
    plausibility: f32,
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
        self.letters.clear();
        self.letters
            .push_str(str::from_utf8(text.bytes()).unwrap_or_default());
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
            self.add(self.whole(given), Piece::None, extra, how, weight);
        }
        if let Some(family) = self.family(text, start, end) {
            let weight = weight * 0.4 * family.weight;
            self.add(Piece::None, self.whole(family), extra, how, weight);
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
                    self.add(Piece::None, self.whole(family), extra, how, weight);
                }
                if let Some(given) = self.given(text, from, to) {
                    let weight = weight * 0.12 * given.weight * share(length, end - start);
                    self.add(self.whole(given), Piece::None, extra, how, weight);
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
                        4.. if is_parted => (Piece::Whole(word), 0.4),
                        2.. if !word.has_vowel() => (Piece::Vowelless(word), 0.4),
                        _ => (Piece::Prefix(word), 0.4 / (1.0 + 0.2 * small(length))),
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
                            (Piece::Prefix(word), 0.3)
                        }
                        4.. if is_parted => (Piece::Whole(word), 0.4),
                        _ if !word.has_vowel() => (Piece::Vowelless(word), 0.3),
                        _ => (Piece::Prefix(word), 0.3 / (1.0 + 0.2 * small(length))),
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
                    let part = |word: Word| match word.length {
                        1 => initial(&word),
                        2 | 3 => Piece::Prefix(word),
                        _ => Piece::Whole(word),
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
        let (first, second) = word.parted(1.min(length));
        match length {
            2 => {
                self.add(
                    initial(&first),
                    initial(&second),
                    extra,
                    Form::Plain,
                    weight * 0.05,
                );
                self.add(
                    initial(&second),
                    initial(&first),
                    extra,
                    Form::Plain,
                    weight * 0.04,
                );
            }
            3 => {
                self.add(
                    initial(&first),
                    initial(&word.parted(2).1),
                    extra,
                    Form::Plain,
                    weight * 0.03,
                );
                self.add(
                    initial(&first),
                    Piece::Prefix(second),
                    extra,
                    Form::Plain,
                    weight * 0.02,
                );
            }
            4..=10 => {
                for mid in 2..=length - 2 {
                    let (first, second) = word.parted(mid);
                    // Most people take as much of the one as of the other, three letters best.
                    let uneven = mid.abs_diff(length - mid) + mid.abs_diff(3);
                    let weight = weight * 0.1 / (1.0 + small(uneven));
                    self.add(
                        Piece::Prefix(first),
                        Piece::Prefix(second),
                        extra,
                        Form::Plain,
                        weight,
                    );
                    self.add(
                        Piece::Prefix(second),
                        Piece::Prefix(first),
                        extra,
                        Form::Plain,
                        weight * 0.5,
                    );
                }
            }
            _ => {}
        }
        let vowels = word
            .bytes()
            .iter()
            .skip(1)
            .copied()
            .filter(|&byte| is_vowel(byte))
            .count();
        if length >= 4 && vowels * 5 <= length {
            self.add(
                Piece::Vowelless(word),
                Piece::None,
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
        let (lexicon, formal, letters) = (self.lexicon, &mut self.formal, &self.letters);
        let found = known(text, letters, (start, end), &mut self.words, |word| {
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
        let (lexicon, letters) = (self.lexicon, &self.letters);
        let found = known(text, letters, (start, end), &mut self.words, |word| {
            lexicon.family(word)
        });
        self.family.asked[place] = Some(found);
        found
    }

    fn whole(&self, known: Known) -> Piece {
        self.words
            .get(usize::from(known.word))
            .map_or(Piece::None, |word| Piece::Whole(*word))
    }

    fn add(&mut self, given: Piece, family: Piece, extra: usize, how: Form, plausibility: f32) {
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
        self.readings.push(Draft {
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
        let readings = self.readings.into_iter();
        readings
            .map(|draft| Reading {
                given: draft.given.into(),
                family: draft.family.into(),
                extra: draft.extra,
                how: draft.how,
                plausibility: draft.plausibility,
            })
            .collect()
    }
}

/// The spelling of a stretch that the lexicon knows best; it is added to `words`.
fn known(
    text: &Text,
    letters: &str,
    (start, end): (usize, usize),
    words: &mut Vec<Word>,
    mut share: impl FnMut(&str) -> f32,
) -> Option<Known> {
    if end - start < 2 || end - start > 24 {
        return None;
    }
    let mut best: Option<(Word, f32)> = None;
    let mut see = |word: &str| {
        let share = share(word);
        if share > 0.0 {
            let weight = weight_of(share) * if word.len() < 4 { 0.7 } else { 1.0 };
            if best.as_ref().is_none_or(|best| best.1 < weight) {
                best = Some((Word::of(word.bytes()), weight));
            }
        }
    };
    if !text.has_figures(start, end)
        && let Some(word) = letters.get(start..end)
    {
        see(word);
    }
    if text.is_varied(start, end) {
        other_spellings(&text.bytes()[start..end], |word| see(word.text()));
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
fn other_spellings(bytes: &[u8], mut see: impl FnMut(Word)) {
    if bytes.iter().any(u8::is_ascii_digit) {
        let ones = bytes.iter().filter(|&&byte| byte == b'1').count().min(3);
        return (0..1_u8 << ones).for_each(|bits| see(unleeted(bytes, bits)));
    }
    let is_mark = |at: usize| at > 0 && matches!(bytes[at - 1..=at], [b'a' | b'o' | b'u', b'e']);
    if (1..bytes.len()).any(is_mark) {
        let letters = (0..bytes.len()).filter(|at| !is_mark(*at));
        see(Word::of(letters.map(|at| bytes[at])));
    }
    if bytes.len() > 3 && bytes.starts_with(b"aa") {
        see(Word::of(bytes[1..].iter().copied()));
    }
}

/// Figures read as letters; by `bits`, a `1` as `l` rather than `i`, the first three each by itself.
fn unleeted(bytes: &[u8], bits: u8) -> Word {
    let mut ones = 0;
    let letter = |&byte: &u8| match byte {
        b'0' => b'o',
        b'1' => {
            ones += 1;
            if ones <= 3 && bits >> (ones - 1) & 1 == 1 {
                b'l'
            } else {
                b'i'
            }
        }
        b'2' => b'z',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'6' | b'9' => b'g',
        b'7' => b't',
        b'8' => b'b',
        letter => letter,
    };
    Word::of(bytes.iter().map(letter))
}

/// A stretch of letters; none where figures stand in it.
fn plain(text: &Text, (start, end): (usize, usize)) -> Option<Word> {
    (!text.has_figures(start, end)).then(|| Word::of(text.bytes()[start..end].iter().copied()))
}

fn initial(word: &Word) -> Piece {
    word.bytes()
        .first()
        .map_or(Piece::None, |letter| Piece::Initial(*letter))
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
