//! A user name in its parts.

use std::fmt;
use std::sync::OnceLock;

use super::text::{LONGEST, Text};
use crate::names;

/// Characters of a user name that are looked at.
const READ: usize = 256;
/// Years that read as years of birth.
const BIRTH_YEARS: std::ops::RangeInclusive<u16> = 1930..=2015;

/// A user name in its parts: letters with the places where words may begin, figures read as letters
/// beside figures read as figures, and both backwards.
#[derive(Clone)]
pub struct Tokens {
    /// Letters only.
    pub(super) plain: Text,
    /// Letters and figures, where some figure may stand for a letter.
    pub(super) leet: Option<Text>,
    /// Both backwards, the first without affixes.
    pub(super) plain_back: Text,
    pub(super) leet_back: Option<Text>,
    /// Nicknames in [`Self::plain`], found when first asked for.
    nicknames: OnceLock<Vec<Nickname>>,
    /// Words and figures, parted by spaces.
    folded: String,
    pub(super) figures: u8,
    birth_year: Option<u16>,
}

/// A nickname in a text, with the names that it is short for.
#[derive(Clone, Copy)]
pub(super) struct Nickname {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) formal: &'static [&'static str],
}

/// Takes a user name apart.
///
/// Of an address (`name@host.example`, `@name@host.example`) the part before the host counts, of a
/// `name.bsky.social` the name. Text is folded as by [`names::fold`]; changes of case, figures and
/// separators part words. Of more than 256 characters or 63 letters the rest is not looked at.
#[must_use]
pub fn tokens(user_name: &str) -> Tokens {
    let folded = folded(local(user_name));
    let figures = folded.bytes().filter(u8::is_ascii_digit).count();

    let (mut letters, mut bounds) = (Vec::with_capacity(LONGEST), 0);
    for word in words(&folded) {
        if letters.len() < LONGEST {
            bounds |= 1 << letters.len();
            letters.extend(word.bytes());
        }
    }
    let plain = Text::new(&letters, bounds);
    let leet = folded.split(' ').any(may_be_leet).then(|| {
        let (mut letters, mut bounds) = (Vec::with_capacity(LONGEST), 0_u64);
        for word in folded.split(' ') {
            if letters.len() < LONGEST {
                bounds |= 1 << letters.len();
            }
            // Figures at the end of a word may be figures after all.
            let end = word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            for (at, byte) in word.bytes().enumerate() {
                if at == end && letters.len() < LONGEST {
                    bounds |= 1 << letters.len();
                }
                letters.push(byte);
            }
        }
        Text::new(&letters, bounds)
    });
    Tokens {
        nicknames: OnceLock::new(),
        plain_back: plain.reversed(plain.core(false)),
        leet_back: leet.as_ref().map(|text| text.reversed((0, text.len()))),
        plain,
        leet,
        figures: u8::try_from(figures).unwrap_or(u8::MAX),
        birth_year: birth_year(&folded),
        folded,
    }
}

/// Runs of letters.
fn words(folded: &str) -> impl Iterator<Item = &str> {
    let runs = folded.split(|c: char| !c.is_ascii_lowercase());
    runs.filter(|word| !word.is_empty())
}

impl Tokens {
    pub(super) fn nicknames(&self) -> &[Nickname] {
        self.nicknames.get_or_init(|| nicknames(&self.plain))
    }

    /// The words as parted by separators, figures and changes of case, in plain small letters.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        words(&self.folded)
    }

    /// Four figures together that read as a year of birth, 1930 to 2015; the last ones.
    #[must_use]
    pub fn birth_year(&self) -> Option<u16> {
        self.birth_year
    }

    /// Whether no letter is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words().next().is_none()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("words", &self.words().count())
            .field("figures", &self.figures)
            .finish_non_exhaustive()
    }
}

/// The part of a user name that its bearer chose.
fn local(user_name: &str) -> &str {
    let name = user_name.trim().trim_start_matches(['@', '~']);
    let name = match name.char_indices().nth(READ) {
        Some((end, _)) => &name[..end],
        None => name,
    };
    if let Some((local, host)) = name.rsplit_once('@')
        && host.contains('.')
        && !local.is_empty()
    {
        return local;
    }
    let suffix = ".bsky.social";
    match name.len().checked_sub(suffix.len()) {
        Some(at) if name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(suffix) => {
            &name[..at]
        }
        _ => name,
    }
}

/// `[a-z0-9 ]`, words parted at separators and changes of case.
fn folded(name: &str) -> String {
    if name.is_ascii() {
        return folded_ascii(name.as_bytes());
    }
    let mut parted = String::with_capacity(name.len() + 8);
    let mut chars = name.chars().peekable();
    let (mut before, mut before_upper) = (' ', false);
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let upper = c.is_uppercase();
        let is_frame = before.eq_ignore_ascii_case(&'x') && c == 'X';
        if upper && before.is_alphanumeric() && (!before_upper || next.is_lowercase()) && !is_frame
        {
            parted.push(' ');
        }
        let in_word = before.is_alphanumeric() && next.is_alphanumeric();
        parted.push(match c {
            '@' if in_word => '4',
            '$' if in_word || before.is_alphanumeric() => '5',
            c => c,
        });
        before = c;
        // Figures leave the case as it was.
        before_upper = if c.is_numeric() { before_upper } else { upper };
    }
    names::fold(&parted)
}

/// The same of most names, in one pass.
fn folded_ascii(name: &[u8]) -> String {
    let mut folded = Vec::with_capacity(name.len() + 8);
    let part = |folded: &mut Vec<u8>| {
        if folded.last().is_some_and(|last| *last != b' ') {
            folded.push(b' ');
        }
    };
    let (mut before, mut before_upper) = (b' ', false);
    for (at, &byte) in name.iter().enumerate() {
        let next = name.get(at + 1).copied().unwrap_or(b' ');
        let upper = byte.is_ascii_uppercase();
        let in_word = before.is_ascii_alphanumeric();
        let is_frame = matches!(before, b'x' | b'X') && byte == b'X';
        if upper && in_word && (!before_upper || next.is_ascii_lowercase()) && !is_frame {
            part(&mut folded);
        }
        match byte {
            b'@' if in_word && next.is_ascii_alphanumeric() => folded.push(b'4'),
            b'$' if in_word => folded.push(b'5'),
            byte if byte.is_ascii_alphanumeric() => folded.push(byte.to_ascii_lowercase()),
            _ => part(&mut folded),
        }
        before = byte;
        // Figures leave the case as it was.
        if !byte.is_ascii_digit() {
            before_upper = upper;
        }
    }
    if folded.last() == Some(&b' ') {
        folded.pop();
    }
    // Nothing but ASCII.
    String::from_utf8(folded).unwrap_or_default()
}

/// Nicknames that begin or end where a word does. At most 16, the longest of each place first.
fn nicknames(text: &Text) -> Vec<Nickname> {
    const SHORTEST: usize = 3;
    const LONGEST: usize = 12;
    let mut found = Vec::new();
    let mut see = |start: usize, end: usize| {
        let letters = &text.bytes()[start..end];
        if found.len() < 16
            && names::may_be_nickname(letters)
            && !found
                .iter()
                .any(|known: &Nickname| (known.start, known.end) == (start, end))
        {
            let formal = names::formal_of(letters);
            if formal.iter().any(|name| name.as_bytes() != letters) {
                found.push(Nickname { start, end, formal });
            }
        }
    };
    let glued = text.core(true);
    for at in (0..=text.len())
        .filter(|&at| text.is_bound(at) || at == glued.0 || at == glued.1)
        .take(8)
    {
        for length in (SHORTEST..=LONGEST).rev() {
            if at + length <= text.len() {
                see(at, at + length);
            }
            if length <= at {
                see(at - length, at);
            }
        }
    }
    found
}

fn birth_year(folded: &str) -> Option<u16> {
    folded
        .rsplit(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() == 4)
        .filter_map(|run| run.parse().ok())
        .find(|year| BIRTH_YEARS.contains(year))
}

/// Whether figures of a word may stand for letters: between letters, before one, or one alone behind.
fn may_be_leet(word: &str) -> bool {
    let bytes = word.as_bytes();
    let digit = |at: Option<&u8>| at.is_some_and(u8::is_ascii_digit);
    let letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_lowercase);
    let last = bytes.len().saturating_sub(1);
    (0..bytes.len()).any(|at| {
        digit(bytes.get(at))
            && (letter(bytes.get(at + 1)) || at == last && at > 0 && letter(bytes.get(at - 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::{folded, local, tokens};

    #[test]
    fn the_chosen_part_of_addresses_counts() {
        for (name, expected) in [
            ("@AngryMatti", "AngryMatti"),
            ("matti@mastodon.example", "matti"),
            ("@matti@mastodon.example", "matti"),
            ("m@tti", "m@tti"),
            ("Matti.BSKY.social", "Matti"),
            ("@", ""),
            ("@@@.", "."),
        ] {
            assert_eq!(local(name), expected, "{name}");
        }
    }

    #[test]
    fn case_and_separators_part_words() {
        for (name, expected) in [
            ("AngryMatti", "angry matti"),
            ("JPVirtanen", "jp virtanen"),
            ("xX_matti_Xx", "xx matti xx"),
            ("m@tti", "m4tti"),
            ("iina.koo", "iina koo"),
            ("MÄKI_ÄIJÄ", "maki aija"),
            ("mattiV82", "matti v82"),
            ("M4TT1", "m4tt1"),
            ("Matti82Virtanen", "matti82 virtanen"),
        ] {
            assert_eq!(folded(name), expected, "{name}");
        }
    }

    #[test]
    fn four_figures_may_be_a_year_of_birth() {
        for (name, year) in [
            ("matti1982", Some(1982)),
            ("1982matti", Some(1982)),
            ("matti_1982_2024", Some(1982)),
            ("matti82", None),
            ("matti19821", None),
            ("matti1066", None),
        ] {
            assert_eq!(tokens(name).birth_year(), year, "{name}");
        }
    }
}
