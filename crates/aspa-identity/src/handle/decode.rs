//! What names a user name may be made of.

use std::fmt;

use super::text::{LONGEST, Text};
use super::tokens::Tokens;

/// Most readings of one user name.
const MOST: usize = 12;
/// Fewest letters of each of two names with a letter between them.
const APART: usize = 3;
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
    /// Both shares, of a word that [`may_know`](Self::may_know).
    fn shares(&self, word: &str) -> (f32, f32) {
        (self.given(word), self.family(word))
    }
    /// Whether the word may be any of these. False spares the other questions, so answer fast: most
    /// stretches of a user name are nothing.
    fn may_know(&self, word: &str) -> bool {
        let _ = word;
        true
    }
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
    let drafts = drafts(tokens, lexicon).into_iter();
    drafts
        .map(|draft| Reading {
            given: draft.given.into(),
            family: draft.family.into(),
            extra: draft.extra,
            how: draft.how,
            plausibility: draft.plausibility,
        })
        .collect()
}

/// The names of each reading that [`decode`] finds, in the same order.
pub(crate) fn each_reading(
    tokens: &Tokens,
    lexicon: &dyn Lexicon,
    mut see: impl FnMut(&Piece, &Piece),
) {
    let drafts = drafts(tokens, lexicon);
    drafts
        .iter()
        .for_each(|draft| see(&draft.given, &draft.family));
}

fn drafts(tokens: &Tokens, lexicon: &dyn Lexicon) -> Vec<Draft> {
    let mut decoder = Decoder {
        lexicon,
        readings: Vec::with_capacity(MOST + 1),
        formal: Vec::new(),
        asked: Vec::new(),
        found: Vec::with_capacity(16),
        words: Vec::with_capacity(16),
        letters: String::with_capacity(LONGEST),
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
    decoder.readings
}

struct Decoder<'a> {
    lexicon: &'a dyn Lexicon,
    /// The best so far, most plausible first.
    readings: Vec<Draft>,
    formal: Vec<String>,
    /// By start and end of a stretch: nought, or one more than its place in `found`.
    asked: Vec<u16>,
    /// What the lexicon said of stretches; the first place is that of all of which it knows nothing.
    found: Vec<Names>,
    /// Words that the lexicon knows.
    words: Vec<Word>,
    /// Letters and figures of the text.
    letters: String,
}

/// Small letters, held in place: readings come and go by the dozen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
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

    fn copied(letters: &[u8]) -> Self {
        let mut word = Self {
            length: small_length(letters),
            bytes: [0; LONGEST],
        };
        let length = usize::from(word.length);
        word.bytes[..length].copy_from_slice(&letters[..length]);
        word
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    fn has_vowel(&self) -> bool {
        self.bytes().iter().copied().any(is_vowel)
    }

    /// Its letters before and from a place on.
    fn parted(&self, at: usize) -> (Self, Self) {
        let (first, second) = self.bytes().split_at(at);
        (Self::copied(first), Self::copied(second))
    }
}

/// A [`Part`] in the making.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece {
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

/// What a stretch is as a name.
#[derive(Clone, Copy, Default)]
struct Names {
    given: Option<Known>,
    family: Option<Known>,
}

/// A word as the lexicon knows it.
#[derive(Clone, Copy)]
struct Known {
    /// Its place in [`Decoder::words`].
    word: u16,
    /// 0 to 1.
    weight: f32,
}

impl Decoder<'_> {
    fn text(&mut self, text: &Text, how: Form, weight: f32) {
        self.asked.clear();
        self.asked.resize((text.len() + 1).pow(2), 0);
        self.found.clear();
        self.found.push(Names::default());
        self.words.clear();
        self.letters.clear();
        self.letters
            .push_str(str::from_utf8(text.bytes()).unwrap_or_default());
        let mut done: Vec<(usize, usize)> = Vec::with_capacity(3 * WORDS);
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
        let (mut bounds, mut at) = (Vec::with_capacity(WORDS + 2), whole.0);
        bounds.push(at);
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
        self.sift(text, (start, end));
        for mid in start + 1..end {
            let bonus = if text.is_bound(mid) { 1.0 } else { 0.85 };
            self.pair(text, (start, mid), (mid, end), how, weight * bonus);
            if text.is(mid, b'x') {
                self.parted(text, (start, mid), (mid + 1, end), how, weight * 0.8);
            }
        }
        let extra = text.unexplained(0, start) + text.unexplained(end, text.len());
        let names = self.names(text, (start, end));
        if let Some(given) = names.given {
            let weight = weight * 0.3 * given.weight;
            self.add(self.whole(given), Piece::None, extra, how, weight);
        }
        if let Some(family) = names.family {
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
                let names = self.names(text, (from, to));
                if names.given.is_none() && names.family.is_none() {
                    continue;
                }
                let extra = extra + text.letters(start, from) + text.letters(to, end);
                if let Some(family) = names.family {
                    let weight = weight * 0.15 * family.weight * share(length, end - start);
                    self.add(Piece::None, self.whole(family), extra, how, weight);
                }
                if let Some(given) = names.given {
                    let weight = weight * 0.12 * given.weight * share(length, end - start);
                    self.add(self.whole(given), Piece::None, extra, how, weight);
                }
            }
        }
    }

    /// Two names that both are known with a letter between that stands for nothing: `ainoxmaki`.
    fn parted(
        &mut self,
        text: &Text,
        a: (usize, usize),
        b: (usize, usize),
        how: Form,
        weight: f32,
    ) {
        if a.1 - a.0 < APART || b.1.saturating_sub(b.0) < APART {
            return;
        }
        let (first, second) = (self.names(text, a), self.names(text, b));
        let extra = text.unexplained(0, a.0) + text.unexplained(b.1, text.len());
        for (given, family) in [(first.given, second.family), (second.given, first.family)] {
            if let (Some(given), Some(family)) = (given, family) {
                let weight = weight * given.weight * family.weight;
                self.add(self.whole(given), self.whole(family), extra, how, weight);
            }
        }
    }

    /// Two stretches as the two names, in both orders.
    fn pair(&mut self, text: &Text, a: (usize, usize), b: (usize, usize), how: Form, weight: f32) {
        if !self.is_worth(weight) {
            return;
        }
        let is_parted = text.is_bound(a.1) && text.is_bound(b.0);
        let (first, second) = (self.names(text, a), self.names(text, b));
        let is_known = |names: Names| names.given.is_some() || names.family.is_some();
        if !(is_known(first) || is_known(second) || is_parted && how == Form::Plain) {
            return;
        }
        let extra = text.unexplained(0, a.0)
            + text.unexplained(a.1, b.0)
            + text.unexplained(b.1, text.len());
        for (given, family, known, weight) in [
            (a, b, (first.given, second.family), weight),
            (b, a, (second.given, first.family), weight * 0.9),
        ] {
            match known {
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
        if !self.is_worth(weight * 0.15) {
            return;
        }
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
                    // Most people take as much of the one as of the other, three letters best.
                    let uneven = mid.abs_diff(length - mid) + mid.abs_diff(3);
                    let weight = weight * 0.1 / (1.0 + small(uneven));
                    if !self.is_worth(weight) {
                        continue;
                    }
                    let (first, second) = word.parted(mid);
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

    /// Notes of what begins or ends a stretch that the lexicon knows nothing of it. In a row, so that
    /// the processor waits for memory once and not once a word.
    fn sift(&mut self, text: &Text, (start, end): (usize, usize)) {
        let beginnings = (start + 2..=end).map(|at| (start, at));
        let ends = (start + 1..end - 1).map(|at| (at, end));
        for (from, to) in beginnings.chain(ends) {
            let place = from * (text.len() + 1) + to;
            if self.asked[place] == 0
                && !text.is_varied(from, to)
                && let Some(word) = self.letters.get(from..to)
                && !self.lexicon.may_know(word)
            {
                self.asked[place] = 1;
            }
        }
    }

    /// What a stretch is as a name; the lexicon is asked once.
    #[inline]
    fn names(&mut self, text: &Text, (start, end): (usize, usize)) -> Names {
        let place = start * (text.len() + 1) + end;
        match usize::from(self.asked[place]).checked_sub(1) {
            Some(found) => self.found[found],
            None => self.ask(text, (start, end), place),
        }
    }

    #[inline(never)]
    fn ask(&mut self, text: &Text, (start, end): (usize, usize), place: usize) -> Names {
        let names = self.look_up(text, (start, end));
        let found = match names {
            Names {
                given: None,
                family: None,
            } => 1,
            _ => {
                self.found.push(names);
                // At most 2016 stretches of 63 letters.
                u16::try_from(self.found.len()).unwrap_or(0)
            }
        };
        self.asked[place] = found;
        names
    }

    /// The spellings of a stretch that the lexicon knows best.
    fn look_up(&mut self, text: &Text, (start, end): (usize, usize)) -> Names {
        if end - start < 2 || end - start > 24 {
            return Names::default();
        }
        let (lexicon, formal) = (self.lexicon, &mut self.formal);
        let (mut given, mut family) = (None, None);
        let mut see = |word: &str| {
            if !lexicon.may_know(word) {
                return;
            }
            let shares = lexicon.shares(word);
            better(
                &mut given,
                word,
                given_share(lexicon, formal, word, shares.0),
            );
            better(&mut family, word, shares.1);
        };
        if !text.has_figures(start, end)
            && let Some(word) = self.letters.get(start..end)
        {
            see(word);
        }
        if text.is_varied(start, end) {
            other_spellings(&text.bytes()[start..end], |word| see(word.text()));
        }
        let mut known = |best: Option<(Word, f32)>| {
            let (found, weight) = best?;
            let word = u16::try_from(self.words.len()).ok()?;
            self.words.push(found);
            Some(Known { word, weight })
        };
        Names {
            given: known(given),
            family: known(family),
        }
    }

    fn whole(&self, known: Known) -> Piece {
        self.words
            .get(usize::from(known.word))
            .map_or(Piece::None, |word| Piece::Whole(*word))
    }

    /// Whether so plausible a reading may be among the best.
    fn is_worth(&self, plausibility: f32) -> bool {
        let last = self.readings.get(MOST - 1);
        last.is_none_or(|last| plausibility > last.plausibility)
    }

    fn add(&mut self, given: Piece, family: Piece, extra: usize, how: Form, plausibility: f32) {
        let plausibility = plausibility / (1.0 + 0.1 * small(extra));
        if !self.is_worth(plausibility) {
            return;
        }
        let mut same = self.readings.iter();
        if let Some(known) = same.position(|known| known.given == given && known.family == family) {
            if plausibility <= self.readings[known].plausibility {
                return;
            }
            self.readings.remove(known);
        }
        let better = |known: &Draft| known.plausibility >= plausibility;
        let at = self.readings.partition_point(better);
        let reading = Draft {
            given,
            family,
            extra: u8::try_from(extra).unwrap_or(u8::MAX),
            how,
            plausibility,
        };
        self.readings.insert(at, reading);
        self.readings.truncate(MOST);
    }
}

/// The share of a given name, or a tenth of that of the most frequent one that it may be short for.
fn given_share(lexicon: &dyn Lexicon, formal: &mut Vec<String>, word: &str, share: f32) -> f32 {
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
}

/// Keeps the spelling that weighs most.
fn better(best: &mut Option<(Word, f32)>, word: &str, share: f32) {
    if share > 0.0 {
        let weight = weight_of(share) * if word.len() < 4 { 0.7 } else { 1.0 };
        if best.as_ref().is_none_or(|best| best.1 < weight) {
            *best = Some((Word::copied(word.as_bytes()), weight));
        }
    }
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
        see(Word::copied(&bytes[1..]));
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
    (!text.has_figures(start, end)).then(|| Word::copied(&text.bytes()[start..end]))
}

fn initial(word: &Word) -> Piece {
    word.bytes()
        .first()
        .map_or(Piece::None, |letter| Piece::Initial(*letter))
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// How many letters a word takes of these.
fn small_length(letters: &[u8]) -> u8 {
    u8::try_from(letters.len().min(LONGEST)).unwrap_or(0)
}

fn small(number: usize) -> f32 {
    f32::from(u8::try_from(number).unwrap_or(u8::MAX))
}

fn share(part: usize, whole: usize) -> f32 {
    small(part) / small(whole)
}
