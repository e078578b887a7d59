//! Numbers: which of them is a phone number and which one of ours.

use std::ops::Range;

use aspa_crm::normal::{self, Region};

use super::cues::{Cue, Hits};
use super::pattern::{Check, Pattern};
use super::text::Text;
use crate::ContactKind;

/// Longest run of digits and signs that is read as one number, in bytes.
pub(super) const RUN: usize = 40;

/// A pattern made ready: its start in small letters and digits only.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(super) pattern: Pattern,
    pub(super) prefix: Vec<u8>,
}

impl Ready {
    pub(crate) fn new(pattern: &Pattern) -> Self {
        let prefix = normal::number(pattern.prefix())
            .unwrap_or_default()
            .into_bytes();
        Self {
            pattern: pattern.clone(),
            prefix,
        }
    }

    /// More is asked of what fits this one.
    fn specific(&self) -> (usize, bool) {
        (self.prefix.len(), self.pattern.check() != Check::None)
    }

    /// Whether a number of this pattern may start with this letter.
    fn starts_with(&self, letter: u8) -> bool {
        self.prefix.first() == Some(&letter.to_ascii_lowercase())
    }

    /// Where the number ends that starts here with a letter.
    pub(super) fn lettered_at(&self, bytes: &[u8], start: usize) -> Option<usize> {
        let lettered = self.prefix.first().is_some_and(u8::is_ascii_alphabetic);
        (lettered && bytes[start].is_ascii_alphabetic())
            .then(|| self.at(bytes, start, false))?
            .map(|(_, end)| end)
    }

    /// The number that starts here, and where it ends. Unbroken first; then in groups, where the
    /// start or a cue says that it is one.
    fn at(&self, bytes: &[u8], start: usize, cued: bool) -> Option<(String, usize)> {
        let mut at = start;
        for (i, wanted) in self.prefix.iter().enumerate() {
            if i > 0 && bytes.get(at).is_some_and(|sign| is_joint(*sign)) {
                at += 1;
            }
            if bytes.get(at)?.to_ascii_lowercase() != *wanted {
                return None;
            }
            at += 1;
        }
        let range = self.pattern.digits();
        let mut number = String::from_utf8(self.prefix.clone()).ok()?;
        let lettered = self.prefix.iter().any(u8::is_ascii_alphabetic);
        // Groups after other digits are the rest of those.
        let rest = start > 1 && is_joint(bytes[start - 1]) && bytes[start - 2].is_ascii_digit();
        let split = cued || lettered || !self.prefix.is_empty() && !rest;
        let checked = self.pattern.check() == Check::BusinessId;
        // Digits since the last joint, those of the start too.
        let mut group = self
            .prefix
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (mut count, mut broken, mut best) = (0, false, None);
        loop {
            match bytes.get(at) {
                Some(digit @ b'0'..=b'9') if count <= *range.end() => {
                    number.push(char::from(*digit));
                    count += 1;
                    group += 1;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            let whole = !broken || group > 1 || checked;
            if range.contains(&count)
                && whole
                && ends(bytes, at)
                && self.pattern.check().holds(&number)
            {
                best = Some((number.clone(), at));
                // Unbroken, it needs no further group.
                if !broken {
                    break;
                }
            }
            let goes_on = split
                && count < *range.end()
                && at - start < RUN
                && (group == 0 || group > 1 || checked);
            let next = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            if !(goes_on && next && bytes.get(at).is_some_and(|sign| is_joint(*sign))) {
                break;
            }
            broken |= group > 0;
            at += 1;
            group = 0;
        }
        best
    }
}

fn is_joint(sign: u8) -> bool {
    matches!(sign, b' ' | b'-' | b'.' | b'/' | b'_')
}

/// Whether a number may end here.
fn ends(bytes: &[u8], at: usize) -> bool {
    let digit_after = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    match bytes.get(at) {
        None => true,
        Some(next) if next.is_ascii_alphanumeric() || *next >= 0x80 => false,
        Some(b'@' | b'%') => false,
        Some(b',' | b'.' | b'-' | b'/' | b':') => !digit_after,
        Some(_) => true,
    }
}

/// What the finder needs to know.
pub(crate) struct Finder<'a> {
    pub(crate) region: Region,
    pub(crate) patterns: &'a [Ready],
    pub(crate) text: &'a Text,
    pub(crate) hits: &'a Hits,
}

impl Finder<'_> {
    /// Puts every phone, customer and order number into `put`.
    pub(crate) fn find(&self, taken: &[Range<usize>], mut put: impl FnMut(ContactKind, String)) {
        let mut bytes = self.text.clean.clone().into_bytes();
        for range in taken {
            bytes[range.clone()].fill(b'\n');
        }
        self.mask(&mut bytes);
        let mut at = 0;
        while at < bytes.len() {
            at = match self
                .starts(&bytes, at)
                .then(|| self.number_at(&bytes, at, &mut put))
                .flatten()
            {
                Some(end) => {
                    bytes[at..end].fill(b'\n');
                    end
                }
                None => at + 1,
            };
        }
    }

    /// Whether a number may start here.
    fn starts(&self, bytes: &[u8], at: usize) -> bool {
        let opens = match bytes[at] {
            b'+' | b'(' => bytes
                .get(at + 1)
                .is_some_and(|next| matches!(next, b'0'..=b'9' | b'+' | b' ' | b'(')),
            byte => byte.is_ascii_alphanumeric(),
        };
        if !opens || at == 0 {
            return opens;
        }
        let before = bytes[at - 1];
        if before.is_ascii_alphanumeric() || before >= 0x80 {
            // "puh0401234567": only right after a word that says so.
            return bytes[at].is_ascii_digit()
                && before.is_ascii_alphabetic()
                && self.glued(at).is_some();
        }
        let earlier = at.checked_sub(2).map(|at| bytes[at]);
        let digit = earlier.is_some_and(|byte| byte.is_ascii_digit());
        match before {
            b'.' | b',' | b':' | b'+' => !digit,
            b'-' | b'_' | b'/' => {
                !digit
                    && (bytes[at] == b'+'
                        || earlier.is_none_or(|byte| !byte.is_ascii_alphanumeric())
                        || self.cue(at).is_some())
            }
            b'@' => false,
            _ => true,
        }
    }

    /// The cue that is written together with the digits after it.
    fn glued(&self, at: usize) -> Option<Cue> {
        let word = self.text.word_at(at);
        let start = self.text.words.get(word)?.start;
        if start >= at || at - start > 24 {
            return None;
        }
        let letters = super::text::fold(&self.text.clean[start..at]);
        super::cues::of_word(&letters)
    }

    /// What the words right before a place say of the number there.
    fn cue(&self, at: usize) -> Option<Cue> {
        if let Some(cue) = self.glued(at) {
            return Some(cue);
        }
        let mut word = self.text.word_at(at);
        for _ in 0..4 {
            if word == 0 {
                return None;
            }
            word -= 1;
            let gap = self.text.gap(word);
            if gap.len() > 6 || gap.contains([',', ';', '!', '?', '\n', '|', '@']) {
                return None;
            }
            let mut cue = None;
            for ending in self.hits.ending(word) {
                match ending {
                    Cue::Phone | Cue::Customer | Cue::OtherNumber | Cue::Email => {
                        cue = Some(ending)
                    }
                    Cue::Order if cue.is_none() => cue = Some(ending),
                    _ => {}
                }
            }
            if cue.is_some() {
                return cue;
            }
            if !FILLERS.contains(&self.text.folded(word)) {
                return None;
            }
        }
        None
    }

    /// Reads the number that starts here; where it ends.
    fn number_at(
        &self,
        bytes: &[u8],
        at: usize,
        put: &mut impl FnMut(ContactKind, String),
    ) -> Option<usize> {
        let letter = bytes[at].is_ascii_alphabetic();
        if letter
            && !self
                .patterns
                .iter()
                .any(|ready| ready.starts_with(bytes[at]))
        {
            return None;
        }
        let cue = self.cue(at);
        let mut fits: Vec<(&Ready, String, usize)> = Vec::new();
        if !matches!(bytes[at], b'+' | b'(') {
            for ready in self.patterns {
                let told = matches!(
                    (cue, ready.pattern.kind()),
                    (Some(Cue::Customer), ContactKind::CustomerNumber)
                        | (Some(Cue::Order), ContactKind::OrderNumber)
                );
                if let Some((number, end)) = ready.at(bytes, at, told) {
                    fits.push((ready, number, end));
                }
            }
        }
        let phone = self.phone_at(bytes, at);
        let phone_wins = match (cue, &phone) {
            (_, None) => false,
            (Some(Cue::Phone), _) => true,
            (_, Some(phone)) if bytes[at] == b'+' => phone.sure,
            // A country code is no order number.
            (Some(Cue::Customer | Cue::Order), Some(phone)) if bytes[at..].starts_with(b"00") => {
                phone.sure && fits.is_empty()
            }
            (Some(Cue::Customer | Cue::Order | Cue::OtherNumber), _) => false,
            (_, Some(phone)) => phone.sure || fits.is_empty(),
        };
        if phone_wins {
            let phone = phone?;
            put(ContactKind::Phone, phone.number);
            return Some(phone.end);
        }
        if cue == Some(Cue::OtherNumber) {
            return None;
        }
        let of_cue = match cue {
            Some(Cue::Customer) => Some(ContactKind::CustomerNumber),
            Some(Cue::Order) => Some(ContactKind::OrderNumber),
            _ => None,
        };
        if let Some(kind) = of_cue
            && fits.iter().any(|(ready, ..)| *ready.pattern.kind() == kind)
        {
            fits.retain(|(ready, ..)| *ready.pattern.kind() == kind);
        }
        let most = fits.iter().map(|(ready, ..)| ready.specific()).max()?;
        let mut end = None;
        for (ready, number, stop) in fits {
            if ready.specific() == most {
                put(ready.pattern.kind().clone(), number);
                end = Some(end.map_or(stop, |end: usize| end.max(stop)));
            }
        }
        end
    }
}

/// Words that may stand between a cue and its number.
const FILLERS: &[&str] = &[
    "on",
    "is",
    "nro",
    "no",
    "nr",
    "numero",
    "numeroni",
    "number",
    "nummer",
    "ist",
    "lautet",
    "es",
    "номер",
    "это",
    "n",
    "o",
    "ar",
    "er",
    "at",
    "id",
    "num",
    "the",
    "s",
    "se",
    "siis",
    "eli",
    "num",
    "koodi",
    "t",
    "with",
    "med",
    "mit",
    "con",
    "для",
];
