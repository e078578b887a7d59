//! Phone numbers.

use aspa_crm::normal;

use super::mask::closed;
use super::number::{Finder, RUN};
use super::pattern::Check;

/// Most groups of digits that are read as one number.
const GROUPS: usize = 8;

/// A phone number as it was read.
pub(super) struct Phone {
    pub(super) number: String,
    pub(super) end: usize,
    /// It has a country code or a trunk prefix.
    pub(super) sure: bool,
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

/// How good a number is: 2 as most of its country are, 1 as some are, nothing where it is none.
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
    pub(super) fn phone_at(&self, bytes: &[u8], start: usize) -> Option<Phone> {
        let rest = &bytes[start..bytes.len().min(start + RUN)];
        if rest[0].is_ascii_alphabetic() || is_business_id(rest) {
            return None;
        }
        let mut stops = [(0_usize, 0_usize); GROUPS];
        let (mut groups, mut digits, mut signs) = (0, 0, 0);
        for (i, byte) in rest.iter().enumerate() {
            if byte.is_ascii_digit() {
                signs = 0;
                digits += 1;
                if digits > 17 || groups == GROUPS {
                    break;
                }
                if !rest.get(i + 1).is_some_and(u8::is_ascii_digit) {
                    stops[groups] = (i + 1, digits);
                    groups += 1;
                }
            } else if is_sign(*byte) && signs < 4 {
                signs += 1;
            } else if !(*byte == b'+' && (i == 0 || i == 1 && rest[0] == b'(')) {
                break;
            }
        }
        let mut found: Option<(u8, Phone)> = None;
        for (stop, digits) in stops[..groups].iter().rev() {
            if *digits < 7 || !boundary(rest, *stop) {
                continue;
            }
            let read = std::str::from_utf8(&rest[..*stop])
                .ok()
                .and_then(|text| self.phone(text));
            let Some((grade, number, sure)) = read else {
                continue;
            };
            // What goes on in short groups was not read whole.
            let more = rest[*stop..]
                .iter()
                .skip(1)
                .take(5)
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let goes_on = rest.get(*stop).is_some_and(|sign| is_sign(*sign)) && more > 0;
            if goes_on && grade < 2 && (more < 5 || !sure) {
                continue;
            }
            if found.as_ref().is_none_or(|(best, _)| grade > *best) {
                found = Some((
                    grade,
                    Phone {
                        number,
                        end: start + stop,
                        sure,
                    },
                ));
            }
        }
        found.map(|(_, phone)| phone)
    }

    /// How good this text is as one number, in normal spelling, and whether it has a country code
    /// or a trunk prefix.
    fn phone(&self, text: &str) -> Option<(u8, String, bool)> {
        let text = text.trim_start_matches(['(', ' ']).replace('\'', " ");
        let plus = text.starts_with('+');
        let code = self.region.calling_code();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let trunk_zero = self.region.trunk_prefix() == Some("0") && digits.starts_with('0');
        // The country code without its plus.
        let long = digits.len() >= code.len() + 8 && code.len() > 1;
        let own_code = !plus && !trunk_zero && long && digits.starts_with(code);
        let number = if own_code {
            format!("+{digits}")
        } else {
            normal::phone(&text, self.region)?
        };
        // A national reading always has the region's own code.
        let abroad = plus || !number[1..].starts_with(code) && !number.starts_with("+1");
        let grade = match plausible(&number) {
            // Who writes a country code means a phone number, even a mistyped one.
            None if abroad && (11..=16).contains(&number.len()) => 0,
            grade => grade?,
        };
        Some((grade, number, plus || trunk_zero || own_code || abroad))
    }
}

/// What may stand between the digits of a phone number.
fn is_sign(byte: u8) -> bool {
    matches!(byte, b' ' | b'.' | b'-' | b'/' | b'(' | b')' | b'\'')
}

/// Whether a phone number may end here.
fn boundary(bytes: &[u8], end: usize) -> bool {
    let digit_after = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    match bytes.get(end) {
        None => true,
        Some(b'@' | b'_' | b'%') => false,
        Some(b',' | b':') => !digit_after,
        Some(next) => !next.is_ascii_alphanumeric() && *next < 0x80,
    }
}

/// `1234567-8` with the right last digit.
fn is_business_id(bytes: &[u8]) -> bool {
    let text = bytes
        .get(..9)
        .and_then(|text| std::str::from_utf8(text).ok());
    text.is_some_and(|text| bytes[7] == b'-' && Check::BusinessId.holds(text)) && closed(bytes, 9)
}
