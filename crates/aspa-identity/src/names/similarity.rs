//! Two names compared.

use super::compare::{WordMatch, compare_words, within};
use super::parse::{MOST_WORDS, Name};
use super::word::Word;

/// How alike two names are, 0 to 1: 1 the same words, .97 a spelling variant, .93 a nickname, .9 a
/// dropped middle name, .8 an initial; under .75 they are more probably two people's.
///
/// The order of words does not count; words written together meet words written apart. One side
/// may have fewer words (middle names, second surnames, nicknames); a word of each side that the
/// other lacks speaks for two people. Symmetric. A name of one word is no more than that: 1 for
/// "matti" and "Matti" says nothing about who he is.
#[must_use]
pub fn similarity(a: &Name, b: &Name) -> f64 {
    let mut pairing = Pairing::new(a.words(), b.words());
    if a.words().is_empty() || b.words().is_empty() {
        return 0.0;
    }
    pairing.pair();
    let joint = if a.is_joint() == b.is_joint() {
        1.0
    } else {
        0.9
    };
    pairing.score() * joint
}

/// Which words of two names stand for one another.
struct Pairing<'a> {
    a: &'a [Word],
    b: &'a [Word],
    used_a: u32,
    used_b: u32,
    grade: f64,
    whole: usize,
    initials: usize,
}

/// What a pair of words is worth.
fn grade(level: WordMatch) -> f64 {
    match level {
        WordMatch::Same => 1.0,
        WordMatch::Spelling => 0.97,
        WordMatch::Nickname => 0.93,
        WordMatch::Typo => 0.88,
        WordMatch::Prefix => 0.82,
        WordMatch::Initial => 0.82,
        WordMatch::Different => 0.0,
    }
}

impl<'a> Pairing<'a> {
    fn new(a: &'a [Word], b: &'a [Word]) -> Self {
        Self {
            a,
            b,
            used_a: 0,
            used_b: 0,
            grade: 1.0,
            whole: 0,
            initials: 0,
        }
    }

    /// Pairs words, best first; joined words before shortened ones.
    fn pair(&mut self) {
        let mut levels = [[WordMatch::Different; MOST_WORDS]; MOST_WORDS];
        let mut best = WordMatch::Same;
        for (row, x) in levels.iter_mut().zip(self.a) {
            for (level, y) in row.iter_mut().zip(self.b) {
                *level = compare_words(x, y);
            }
        }
        let mut are_joined = false;
        while best != WordMatch::Different {
            if best >= WordMatch::Prefix && !are_joined {
                are_joined = true;
                self.join();
            }
            let mut next = WordMatch::Different;
            for (i, row) in levels.iter().enumerate().take(self.a.len()) {
                for (j, &level) in row.iter().enumerate().take(self.b.len()) {
                    if self.used_a >> i & 1 == 1 || self.used_b >> j & 1 == 1 {
                        continue;
                    }
                    if level == best {
                        self.take(i, j, level);
                    } else {
                        next = next.min(level);
                    }
                }
            }
            best = next;
        }
        if !are_joined {
            self.join();
        }
    }

    fn take(&mut self, i: usize, j: usize, level: WordMatch) {
        self.used_a |= 1 << i;
        self.used_b |= 1 << j;
        if self.a[i].is_particle() && self.b[j].is_particle() {
            return;
        }
        if level == WordMatch::Initial && self.initials > 0 {
            // What one initial leaves open, a second one makes little wider.
            self.grade *= 0.96;
        } else {
            self.grade *= grade(level);
        }
        if level == WordMatch::Initial {
            self.initials += 1;
        } else {
            self.whole += 1;
        }
    }

    /// Pairs one word with two or three that it joins.
    fn join(&mut self) {
        for i in 0..self.a.len() {
            if self.used_a >> i & 1 == 0
                && let Some((used, whole, grade)) = joins(&self.a[i], self.b, self.used_b)
            {
                self.used_a |= 1 << i;
                self.used_b |= used;
                self.whole += whole;
                self.grade *= grade;
            }
        }
        for j in 0..self.b.len() {
            if self.used_b >> j & 1 == 0
                && let Some((used, whole, grade)) = joins(&self.b[j], self.a, self.used_a)
            {
                self.used_b |= 1 << j;
                self.used_a |= used;
                self.whole += whole;
                self.grade *= grade;
            }
        }
    }

    fn score(&self) -> f64 {
        let left = |words: &[Word], used: u32| {
            let counts = |(i, word): &(usize, &Word)| {
                used >> i & 1 == 0 && !word.is_particle() && !word.is_quoted
            };
            words.iter().enumerate().filter(counts).count()
        };
        let (a, b) = (left(self.a, self.used_a), left(self.b, self.used_b));
        let dropped = i32::try_from(a + b).unwrap_or(i32::MAX);
        let part = match (self.whole, self.initials) {
            (0, 0) => return 0.0,
            (0, _) => 0.5,
            _ if a > 0 && b > 0 && self.whole > 1 => 0.6,
            _ if a > 0 && b > 0 => 0.35,
            (1, 0) if dropped > 0 => 0.65,
            _ => 0.95_f64.powi(dropped).max(0.85),
        };
        self.grade * part
    }
}

/// The words of `parts` that `whole` joins, how many, and what that is worth.
fn joins(whole: &Word, parts: &[Word], used: u32) -> Option<(u32, usize, f64)> {
    let text = whole.text();
    for i in 0..parts.len() {
        for j in 0..parts.len() {
            if i == j || (used >> i | used >> j) & 1 == 1 {
                continue;
            }
            let (x, y) = (&parts[i], &parts[j]);
            if text.len() < 4 || x.is_initial() && y.is_initial() {
                continue;
            }
            let bits = 1 << i | 1 << j;
            if text.strip_prefix(x.text()) == Some(y.text()) {
                let grade = if x.is_initial() || y.is_initial() {
                    0.8
                } else {
                    0.97
                };
                return Some((bits, 2, grade));
            }
            for z in [x.variant(), Some(x.text())].into_iter().flatten() {
                for w in [y.variant(), Some(y.text())].into_iter().flatten() {
                    let len = z.len() + w.len();
                    if len >= 9 && len.abs_diff(text.len()) <= 1 && text.len() < 60 {
                        let mut joined = [0; 130];
                        let Some(space) = joined.get_mut(..len) else {
                            continue;
                        };
                        space[..z.len()].copy_from_slice(z.as_bytes());
                        space[z.len()..].copy_from_slice(w.as_bytes());
                        if within(space, text.as_bytes(), 1, true) {
                            return Some((
                                bits,
                                2,
                                if text.as_bytes() == space { 0.96 } else { 0.85 },
                            ));
                        }
                    }
                }
            }
        }
    }
    None
}
