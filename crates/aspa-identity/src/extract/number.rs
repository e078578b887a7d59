//! Phone numbers and our own numbers, and the runs of digits that are neither.

use std::ops::Range;

use aspa_crm::normal::{self, Region};

use super::cues::{Cue, Hits};
use super::pattern::{Check, Pattern, mod97};
use super::text::Text;
use crate::ContactKind;

/// Longest run of digits and signs that is read as one number, in bytes.
const RUN: usize = 40;

/// A pattern made ready: its start in small letters and digits only.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pattern: Pattern,
    prefix: Vec<u8>,
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
        let split = cued || lettered || !self.prefix.is_empty();
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

/// A phone number as it was read.
struct Phone {
    number: String,
    end: usize,
    /// It has a country code or a trunk prefix.
    sure: bool,
}

/// Country code, digits after it, and how many most numbers have (0: it varies).
///
/// After the national numbering plans that ITU-T publishes under E.129; read November 2026.
const PLANS: &[(&str, usize, usize, usize)] = &[
    ("1", 10, 10, 10),
    ("20", 8, 10, 10),
    ("27", 9, 9, 9),
    ("30", 10, 10, 10),
    ("31", 9, 9, 9),
    ("32", 8, 9, 9),
    ("33", 9, 9, 9),
    ("34", 9, 9, 9),
    ("351", 9, 9, 9),
    ("352", 6, 11, 9),
    ("353", 7, 9, 9),
    ("354", 7, 9, 7),
    ("358", 6, 10, 0),
    ("359", 7, 9, 9),
    ("36", 8, 9, 9),
    ("370", 8, 8, 8),
    ("371", 8, 8, 8),
    ("372", 7, 8, 0),
    ("375", 9, 9, 9),
    ("380", 9, 9, 9),
    ("381", 7, 9, 9),
    ("385", 8, 9, 9),
    ("39", 8, 11, 10),
    ("40", 9, 9, 9),
    ("41", 9, 9, 9),
    ("420", 9, 9, 9),
    ("421", 9, 9, 9),
    ("43", 7, 13, 10),
    ("44", 9, 10, 10),
    ("45", 8, 8, 8),
    ("46", 7, 10, 9),
    ("47", 8, 8, 8),
    ("48", 9, 9, 9),
    ("49", 6, 11, 0),
    ("61", 9, 9, 9),
    ("7", 10, 10, 10),
    ("81", 9, 10, 10),
    ("84", 9, 10, 9),
    ("86", 11, 11, 11),
    ("90", 10, 10, 10),
    ("91", 10, 10, 10),
];

/// How good a number is: 2 as most are, 1 as some are, nothing where it is none.
fn plausible(number: &str) -> Option<u8> {
    let digits = number.strip_prefix('+')?;
    let plan = PLANS.iter().find(|(code, ..)| digits.starts_with(code));
    let Some((code, min, max, usual)) = plan else {
        return (9..=15).contains(&digits.len()).then_some(1);
    };
    let own = &digits[code.len()..];
    let first = own.bytes().next()?;
    let ok = match *code {
        "358" => {
            first != b'0'
                && (!(first == b'4' || own.starts_with("50")) || (8..=10).contains(&own.len()))
        }
        "45" | "47" | "1" => {
            first >= b'2' && (*code != "1" || own.as_bytes().get(3).is_some_and(|d| *d >= b'2'))
        }
        "372" => (b'3'..=b'8').contains(&first),
        "34" => first >= b'6',
        "371" => matches!(first, b'2' | b'6' | b'8' | b'9'),
        "7" => matches!(first, b'3' | b'4' | b'7' | b'8' | b'9'),
        "39" => true,
        _ => first != b'0',
    };
    let usual = match (*code, first) {
        ("358", b'4') => 9,
        ("358", b'5') if own.starts_with("50") => 9,
        ("372", b'5') => own.len(),
        _ => *usual,
    };
    (ok && (*min..=*max).contains(&own.len())).then_some(if own.len() == usual { 2 } else { 1 })
}

impl Finder<'_> {
    /// The phone number that starts here: of usual length if there is one, else the longest.
    fn phone_at(&self, bytes: &[u8], start: usize) -> Option<Phone> {
        let rest = &bytes[start..bytes.len().min(start + RUN)];
        if rest[0].is_ascii_alphabetic() || is_business_id(rest) {
            return None;
        }
        let is_sign = |byte: u8| matches!(byte, b' ' | b'.' | b'-' | b'/' | b'(' | b')' | b'\'');
        let mut stops = [0_usize; 20];
        let (mut groups, mut digits, mut signs) = (0, 0, 0);
        for (i, byte) in rest.iter().enumerate() {
            if byte.is_ascii_digit() {
                signs = 0;
                digits += 1;
                let last = !rest.get(i + 1).is_some_and(u8::is_ascii_digit);
                if digits > 17 {
                    break;
                }
                if last && groups < stops.len() {
                    stops[groups] = i + 1;
                    groups += 1;
                }
            } else if *byte == b'+' && (i == 0 || i == 1 && rest[0] == b'(') {
            } else if is_sign(*byte) && signs < 4 {
                signs += 1;
            } else {
                break;
            }
        }
        let trunk = self.region.trunk_prefix();
        let mut found: Option<(u8, Phone)> = None;
        for stop in stops[..groups].iter().rev() {
            let end = start + stop;
            let boundary = bytes.get(end).is_none_or(|next| {
                !next.is_ascii_alphanumeric() && *next < 0x80 && !matches!(next, b'@' | b'_' | b'%')
            }) && !(matches!(bytes.get(end), Some(b',' | b':'))
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit));
            let Ok(text) = std::str::from_utf8(&rest[..*stop]) else {
                continue;
            };
            if !boundary {
                continue;
            }
            let text = text.replace('\'', " ");
            let plus = text.trim_start_matches('(').starts_with('+');
            let bare = text.trim_start_matches(['(', ' ']);
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let code = self.region.calling_code();
            let trunk_zero = trunk == Some("0") && digits.starts_with('0');
            // The country code without its plus.
            let own_code = !plus
                && !trunk_zero
                && digits.len() >= code.len() + 8
                && digits.starts_with(code)
                && code.len() > 1;
            let number = if own_code {
                Some(format!("+{digits}"))
            } else {
                normal::phone(bare, self.region)
            };
            let Some(number) = number else { continue };
            let Some(grade) = plausible(&number) else {
                continue;
            };
            // A national reading always has the region's own code.
            let sure = plus || trunk_zero || own_code || !number[1..].starts_with(code);
            // Without a prefix, digits that go on are another number.
            let goes_on = rest.get(*stop).is_some_and(|sign| is_sign(*sign))
                && rest.get(stop + 1).is_some_and(u8::is_ascii_digit);
            if !sure && goes_on && grade < 2 {
                continue;
            }
            if found.as_ref().is_none_or(|(best, _)| grade > *best) {
                found = Some((grade, Phone { number, end, sure }));
            }
        }
        found.map(|(_, phone)| phone)
    }

    /// Blanks what has digits but is neither a phone number nor one of ours: bank accounts,
    /// identity codes, payment cards, dates, times, addresses of machines, prices.
    fn mask(&self, bytes: &mut [u8]) {
        let long = self
            .patterns
            .iter()
            .any(|ready| ready.prefix.len() + ready.pattern.digits().end() > 12);
        let mut at = 0;
        while at < bytes.len() {
            let inside = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] >= 0x80);
            if inside || !(bytes[at].is_ascii_alphanumeric() || bytes[at] >= 0x80) {
                at += 1;
                continue;
            }
            let rest = &bytes[at..];
            let end = web_address(rest)
                .or_else(|| personal_code(rest, self.region))
                .or_else(|| bank_account(rest))
                .or_else(|| machine(rest, self.region))
                .or_else(|| date(rest))
                .or_else(|| times(rest))
                .or_else(|| price(rest, at.checked_sub(1).map(|at| bytes[at])))
                .or_else(|| if long { None } else { card(rest) });
            let end = end.map_or(at + 1, |end| {
                bytes[at..at + end].fill(b'\n');
                at + end
            });
            at = end;
        }
    }
}

/// Up to `max` digits from a place: their value, and the place after them.
fn digits(bytes: &[u8], at: usize, max: usize) -> Option<(u32, usize)> {
    let count = bytes
        .iter()
        .skip(at)
        .take(max)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let value = bytes
        .get(at..at + count)?
        .iter()
        .fold(0, |value: u32, digit| value * 10 + u32::from(digit - b'0'));
    (count > 0).then_some((value, at + count))
}

fn closed(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at)
        .is_none_or(|next| !next.is_ascii_alphanumeric() && *next < 0x80)
}

/// Up to the next space: what it holds is not what the writer says.
fn web_address(bytes: &[u8]) -> Option<usize> {
    let starts = |start: &[u8]| {
        bytes
            .get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    (starts(b"http://") || starts(b"https://") || starts(b"www.")).then(|| {
        bytes
            .iter()
            .position(|byte| matches!(byte, b' ' | b'\n'))
            .unwrap_or(bytes.len())
    })
}

/// Finnish personal identity code (Digital and Population Data Services Agency, form of 2023) and
/// Swedish personal number.
fn personal_code(bytes: &[u8], region: Region) -> Option<usize> {
    let head = bytes.get(..11)?;
    let is_day = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let (first, six) = digits(bytes, 0, 6)?;
    if six == 6 {
        let sign = head[6].to_ascii_uppercase();
        let (serial, nine) = digits(head, 7, 3).unwrap_or_default();
        let check = head[10].to_ascii_uppercase();
        let expected = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[((first * 1000 + serial) % 31) as usize];
        let right = check == expected || check.is_ascii_alphabetic();
        if nine == 10
            && matches!(sign, b'-' | b'+' | b'A'..=b'F' | b'U'..=b'Y')
            && is_day(first / 10_000, first / 100 % 100)
            && right
            && closed(bytes, 11)
        {
            return Some(11);
        }
    }
    let (_, long) = digits(bytes, 0, 8)?;
    if (long == 8 || long == 6 && region == Region::Sweden)
        && matches!(bytes.get(long), Some(b'-' | b'+'))
    {
        let (_, end) = digits(bytes, long + 1, 4)?;
        let born = &bytes[long - 6..long];
        let (month, _) = digits(born, 2, 2)?;
        let (day, _) = digits(born, 4, 2)?;
        let text = std::str::from_utf8(&bytes[long - 6..end]).ok()?;
        if end == long + 5
            && closed(bytes, end)
            && is_day(day, month)
            && (long == 8 || Check::Luhn.holds(text))
        {
            return Some(end);
        }
    }
    None
}

/// IBAN, ISO 13616: by its check digits, or two letters and at least 13 digits in groups.
fn bank_account(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..4)?;
    if !(head[..2].iter().all(u8::is_ascii_alphabetic) && head[2..].iter().all(u8::is_ascii_digit))
    {
        return None;
    }
    let mut signs: Vec<char> = Vec::with_capacity(34);
    let (mut at, mut by_digits, mut found) = (0, 0, None);
    let mut only_digits = true;
    while at < bytes.len() && signs.len() <= 34 {
        let byte = bytes[at];
        if byte.is_ascii_alphanumeric() {
            signs.push(char::from(byte));
            only_digits &= signs.len() <= 2 || byte.is_ascii_digit();
            at += 1;
            if closed(bytes, at) {
                if only_digits && signs.len() >= 15 {
                    by_digits = at;
                }
                let turned = signs[4.min(signs.len())..]
                    .iter()
                    .chain(&signs[..4.min(signs.len())]);
                if (15..=34).contains(&signs.len()) && mod97(turned.copied()) == Some(1) {
                    found = Some(at);
                }
            }
        } else if matches!(byte, b' ' | b'-')
            && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
        {
            at += 1;
        } else {
            break;
        }
    }
    found.or((by_digits > 0).then_some(by_digits))
}

/// An IPv4 address. Four pairs of digits are a phone number where such are written so.
fn machine(bytes: &[u8], region: Region) -> Option<usize> {
    let mut at = 0;
    let mut pairs = true;
    for part in 0..4 {
        if part > 0 {
            at += usize::from(*bytes.get(at)? == b'.').checked_sub(1)? + 1;
        }
        let (value, end) = digits(bytes, at, 3)?;
        pairs &= end - at == 2;
        if value > 255 {
            return None;
        }
        at = end;
    }
    let phone = pairs
        && matches!(
            region,
            Region::Denmark | Region::Norway | Region::Latvia | Region::Estonia
        );
    let on = bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    (closed(bytes, at) && !on && !phone).then_some(at)
}

/// `24.12.2025`, `24/12/25`, `2025-12-24`, `24. 12. 2025`, and a range of them day by day.
fn date(bytes: &[u8]) -> Option<usize> {
    let (first, end) = digits(bytes, 0, 4)?;
    let sign = *bytes.get(end)?;
    if !matches!(sign, b'.' | b'-' | b'/') || end == 3 {
        return None;
    }
    let skip = |at: usize| at + usize::from(sign == b'.' && bytes.get(at) == Some(&b' '));
    let (second, next) = digits(bytes, skip(end + 1), 2)?;
    if *bytes.get(next)? != sign {
        return None;
    }
    let third = skip(next + 1);
    let (last, stop) = digits(bytes, third, 4)?;
    let in_year =
        |year: u32, digits: usize| digits == 2 || digits == 4 && (1900..2100).contains(&year);
    let in_month = |a: u32, b: u32| (1..=12).contains(&a.min(b)) && (1..=31).contains(&a.max(b));
    let fits = if end == 4 {
        in_year(first, 4) && in_month(second, last) && stop - third <= 2
    } else {
        in_month(first, second) && in_year(last, stop - third)
    };
    let on = bytes.get(stop) == Some(&sign) && bytes.get(stop + 1).is_some_and(u8::is_ascii_digit);
    (fits && closed(bytes, stop) && !on).then_some(stop)
}

/// `10:30`, `8.00-16.30`, `10:30:15`.
fn times(bytes: &[u8]) -> Option<usize> {
    let time = |at: usize| {
        let (hour, dot) = digits(bytes, at, 2)?;
        let sign = *bytes.get(dot)?;
        let (minute, end) = digits(bytes, dot + 1, 2)?;
        (matches!(sign, b':' | b'.') && hour <= 24 && minute < 60 && end == dot + 3)
            .then_some((end, sign))
    };
    let (end, sign) = time(0)?;
    let range = [1, 3].into_iter().find_map(|width| {
        let between = bytes.get(end..end + width)?;
        let dash =
            between.iter().all(|byte| matches!(byte, b' ' | b'-')) && between.contains(&b'-');
        time(end + width).filter(|_| dash).map(|(end, _)| end)
    });
    if let Some(end) =
        range.filter(|end| closed(bytes, *end) && !matches!(bytes.get(*end), Some(b'.' | b'-')))
    {
        return Some(end);
    }
    let seconds = (bytes.get(end) == Some(&b':'))
        .then(|| digits(bytes, end + 1, 2))
        .flatten();
    let end = seconds.map_or(end, |(_, end)| end);
    (sign == b':' && closed(bytes, end)).then_some(end)
}

/// A sum of money: digits before or after the sign or word of a currency.
fn price(bytes: &[u8], before: Option<u8>) -> Option<usize> {
    let first = *bytes.first()?;
    if !first.is_ascii_digit() {
        return None;
    }
    let mut end = bytes
        .iter()
        .take(20)
        .take_while(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'.' | b','))
        .count();
    while end > 0 && !bytes[end - 1].is_ascii_digit() {
        end -= 1;
    }
    let rest = &bytes[end..];
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let starts = |word: &&str| {
        rest.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let sign = ["€", "$", "£", "₽"].iter().any(starts);
    let word = [
        "eur",
        "euro",
        "euroa",
        "euros",
        "euron",
        "kr",
        "sek",
        "nok",
        "dkk",
        "usd",
        "gbp",
        "руб",
        "рублей",
        "kronor",
        "dollars",
    ]
    .iter()
    .any(|word| starts(word) && closed(rest, word.len()));
    let spaced = before == Some(b'$');
    (sign || word || spaced).then_some(end)
}

/// A payment card: four groups of four or 16 digits that hold by Luhn (ISO/IEC 7812-1).
fn card(bytes: &[u8]) -> Option<usize> {
    if !matches!(bytes.first()?, b'3'..=b'6') {
        return None;
    }
    let (mut at, mut number) = (0, String::with_capacity(16));
    for group in 0..4 {
        if group > 0 && matches!(bytes.get(at)?, b' ' | b'-') {
            at += 1;
        }
        for _ in 0..4 {
            let digit = *bytes.get(at)?;
            number.push(digit.is_ascii_digit().then_some(char::from(digit))?);
            at += 1;
        }
    }
    (closed(bytes, at) && Check::Luhn.holds(&number)).then_some(at)
}

/// `1234567-8` with the right last digit.
fn is_business_id(bytes: &[u8]) -> bool {
    let text = bytes
        .get(..9)
        .and_then(|text| std::str::from_utf8(text).ok());
    text.is_some_and(|text| bytes[7] == b'-' && Check::BusinessId.holds(text)) && closed(bytes, 9)
}
