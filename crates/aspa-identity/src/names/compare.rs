//! Two words compared.

use super::word::Word;

/// How two words of names agree, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WordMatch {
    /// The same letters.
    Same,
    /// The same name spelled otherwise: `ä` as `ae`, another transliteration, doubled letters.
    Spelling,
    /// A diminutive or a form of another language.
    Nickname,
    /// One slip of the finger, two in words of nine letters or more.
    Typo,
    /// A shortened word, or a diminutive by its ending alone.
    Prefix,
    /// One letter for the whole word.
    Initial,
    /// Another name.
    Different,
}

/// Shortest word that is forgiven a typo, in letters.
const TYPO_FROM: usize = 4;
/// Shortest word that is forgiven two.
const TWO_TYPOS_FROM: usize = 9;
/// Longest word that typos are looked for in.
const TYPO_TO: usize = 48;

/// Compares two words. Symmetric, allocates nothing, bounded time.
///
/// Two names that are both known and no forms of one another are different names, however near
/// their spellings are (Mari and Marja, Hansen and Hanson).
#[must_use]
pub fn compare_words(a: &Word, b: &Word) -> WordMatch {
    let (s, t) = (a.text(), b.text());
    if a.is_initial() || b.is_initial() {
        let same = !s.is_empty() && s.as_bytes().first() == t.as_bytes().first();
        return if same {
            WordMatch::Initial
        } else {
            WordMatch::Different
        };
    }
    if s == t {
        return if s.is_empty() {
            WordMatch::Different
        } else {
            WordMatch::Same
        };
    }
    if a.variant() == Some(t) || b.variant() == Some(s) {
        return WordMatch::Spelling;
    }
    match a.known.shared(b.known) {
        Some(true) => return WordMatch::Spelling,
        Some(false) => return WordMatch::Nickname,
        None => {}
    }
    if are_given_alike(a, b) {
        return WordMatch::Spelling;
    }
    let are_known = a.known.is_known() && b.known.is_known();
    let are_given = a.known.is_given && b.known.is_given;
    if !are_given && s.len().min(t.len()) >= 3 && a.skeleton() == b.skeleton() {
        return WordMatch::Spelling;
    }
    if are_known {
        return WordMatch::Different;
    }
    if a.is_vowelless != b.is_vowelless && same_consonants(s, t) {
        return WordMatch::Spelling;
    }
    if is_other_gender(a, b) || is_other_gender(b, a) {
        return WordMatch::Different;
    }
    if is_typo(a, b) {
        return WordMatch::Typo;
    }
    if is_shortened(a, b) || is_shortened(b, a) {
        return WordMatch::Prefix;
    }
    WordMatch::Different
}

/// Whether two known given names are one but for `c`/`k`, `y`/`i`, `iya`/`ia`, `ph`/`f` and
/// doubled consonants. Stricter than the skeleton: `maria` and `marja`, `mika` and `miikka` differ.
fn are_given_alike(a: &Word, b: &Word) -> bool {
    a.known.is_given
        && b.known.is_given
        && a.skeleton() == b.skeleton()
        && given_sounds(a.text()).eq(given_sounds(b.text()))
}

/// The letters of a given name, one for those that its spellings vary.
fn given_sounds(text: &str) -> impl Iterator<Item = u8> + '_ {
    let is_vowel = |b: u8| b"aeiou".contains(&b);
    let (mut before, mut last) = (b' ', b' ');
    let mut rest = text.bytes().peekable();
    std::iter::from_fn(move || {
        loop {
            let b = rest.next()?;
            let next = rest.peek().copied().unwrap_or(b' ');
            let sound = match b {
                b'y' | b'j' if last == b'i' && is_vowel(next) => None,
                b'h' if b"ctkp".contains(&before) => None,
                b'p' if next == b'h' => Some(b'f'),
                b'c' => Some(b'k'),
                b'w' => Some(b'v'),
                b'y' => Some(b'i'),
                b => Some(b),
            };
            before = b;
            match sound {
                Some(sound) if sound != last || is_vowel(sound) => {
                    last = sound;
                    return Some(sound);
                }
                _ => {}
            }
        }
    })
}

/// Whether a given name is the other with the `a` of women's names (Amin, Amina).
fn is_other_gender(a: &Word, b: &Word) -> bool {
    (a.known.is_given || b.known.is_given)
        && a.text().strip_suffix('a') == Some(b.text())
        && !b.text().ends_with(['a', 'e', 'i', 'o', 'u', 'y'])
}

/// Whether the two have the same consonants, three at least.
fn same_consonants(s: &str, t: &str) -> bool {
    let (mut s, mut t) = (consonants(s), consonants(t));
    let mut count = 0;
    loop {
        match (s.next(), t.next()) {
            (None, None) => return count >= 3,
            (x, y) if x == y => count += 1,
            _ => return false,
        }
    }
}

/// The consonants of a word, doubled ones once, without those that stand for vowels.
fn consonants(text: &str) -> impl Iterator<Item = u8> + '_ {
    let mut last = 0;
    text.bytes().filter(move |&b| {
        let keep = !b"aeiouywv".contains(&b) && b != last;
        last = b;
        keep
    })
}

/// Whether few enough slips of the finger part the two.
fn is_typo(a: &Word, b: &Word) -> bool {
    let (s, t) = (a.text().as_bytes(), b.text().as_bytes());
    let (short, long) = (s.len().min(t.len()), s.len().max(t.len()));
    let allowed = if short >= TWO_TYPOS_FROM { 2 } else { 1 };
    if short < TYPO_FROM || long > TYPO_TO || long - short > allowed {
        return false;
    }
    // One edit takes one letter away and brings one at most.
    if (a.letters ^ b.letters).count_ones() as usize > 2 * allowed {
        return false;
    }
    let is_strict = short < 7 || (s.ends_with(b"nen") && t.ends_with(b"nen"));
    within(s, t, allowed, is_strict)
}

/// Whether one letter more, fewer or other parts the two, or two neighbours swapped.
pub(crate) fn is_one_slip_apart(s: &[u8], t: &[u8]) -> bool {
    s.len().abs_diff(t.len()) < 2 && s != t && within(s, t, 1, false)
}

/// Whether at most `left` edits part the two: one letter more, fewer or other, or two neighbours
/// swapped. `is_strict`: another letter only if it is near on the keyboard or looks alike.
pub(super) fn within(s: &[u8], t: &[u8], left: usize, is_strict: bool) -> bool {
    let common = s.iter().zip(t).take_while(|(x, y)| x == y).count();
    let (s, t) = (&s[common..], &t[common..]);
    if s.is_empty() && t.is_empty() {
        return true;
    }
    if left == 0 || s.len().abs_diff(t.len()) > left {
        return false;
    }
    match (s, t) {
        ([], _) | (_, []) => true,
        ([x, s1 @ ..], [y, t1 @ ..]) => {
            ((!is_strict || is_near(*x, *y)) && within(s1, t1, left - 1, is_strict))
                || within(s1, t, left - 1, is_strict)
                || within(s, t1, left - 1, is_strict)
                || (s1.first() == Some(y)
                    && t1.first() == Some(x)
                    && within(&s1[1..], &t1[1..], left - 1, is_strict))
        }
    }
}

/// Whether one letter is easily hit or read for another.
fn is_near(x: u8, y: u8) -> bool {
    const ROWS: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    const ALIKE: [&[u8; 2]; 10] = [
        b"li", b"mn", b"uv", b"vw", b"oa", b"ck", b"sz", b"ij", b"dt", b"bp",
    ];
    let place = |b: u8| {
        let row = ROWS.iter().position(|row| row.contains(&b))?;
        Some((row, ROWS[row].iter().position(|&c| c == b)?))
    };
    let alike = ALIKE
        .iter()
        .any(|pair| pair.contains(&x) && pair.contains(&y));
    let near = match (place(x), place(y)) {
        (Some((row, at)), Some((other, place))) if row == other => at.abs_diff(place) == 1,
        (Some((row, at)), Some((other, place))) if row + 1 == other => {
            at == place || at == place + 1
        }
        (Some((row, at)), Some((other, place))) if other + 1 == row => {
            at == place || place == at + 1
        }
        _ => false,
    };
    alike || near
}

/// Whether `short` is the beginning of `long`, or a Finnish diminutive of it by its ending.
fn is_shortened(short: &Word, long: &Word) -> bool {
    let (s, t) = (short.text(), long.text());
    let is_family = short.known.is_family && !short.known.is_given;
    if !is_family && s.len() >= 3 && t.len() >= s.len() + 2 && t.starts_with(s) {
        return true;
    }
    const ENDINGS: [&str; 14] = [
        "tsu", "tsi", "ppa", "ppe", "kka", "kke", "nde", "ksu", "ski", "sku", "nsku", "ssu", "tte",
        "ike",
    ];
    !short.known.is_known()
        && long.known.is_given
        && ENDINGS.iter().any(|ending| {
            s.strip_suffix(ending)
                .is_some_and(|stem| stem.len() >= 2 && t.len() > stem.len() && t.starts_with(stem))
        })
}
