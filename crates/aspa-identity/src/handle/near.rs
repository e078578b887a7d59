//! Imitations of user names.

use crate::names;

/// Letters that are compared.
const LONGEST: usize = 64;
/// Letters from which on more than look-alikes and separators is taken for a copy.
const SHORT: usize = 5;
/// Words that imitators add.
const ADDED: [&str; 22] = [
    "real",
    "thereal",
    "the",
    "official",
    "officiel",
    "oficial",
    "offiziell",
    "virallinen",
    "support",
    "help",
    "helpdesk",
    "service",
    "team",
    "care",
    "info",
    "fi",
    "tuki",
    "asiakaspalvelu",
    "aspa",
    "backup",
    "new",
    "its",
];

/// How a user name imitates another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NearCopy {
    /// Characters that look alike: `l` and `I`, `0` and `O`, `rn` and `m`, Cyrillic `а`.
    LookAlike,
    /// Separators added, left out or moved.
    Separators,
    /// Figures, or a word such as `real` or `support`, put before or behind.
    Added,
    /// One letter doubled, added, left out, changed, or two exchanged.
    Edit,
}

/// Whether one user name is a near-copy of the other, as impersonators write them.
///
/// Equal but for case is the same, not a copy. Names that differ in their figures only
/// (`matti82`, `matti83`), and names of different people (`janivirtanen`, `jarivirtanen`) are no
/// copies. Under five letters only look-alikes and separators count. Symmetric; only the first 64
/// characters count.
#[must_use]
pub fn near_copy(a: &str, b: &str) -> Option<NearCopy> {
    let (a, b) = (
        a.trim().trim_start_matches('@'),
        b.trim().trim_start_matches('@'),
    );
    may_be_near(a, b).then(|| judged(a, b)).flatten()
}

/// As [`near_copy`], looking at every letter.
fn judged(a: &str, b: &str) -> Option<NearCopy> {
    let lower = |text: &str| {
        text.chars()
            .take(LONGEST)
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let (low_a, low_b) = (lower(a), lower(b));
    if low_a == low_b {
        return None;
    }
    let (bare_a, bare_b) = (bare(&low_a), bare(&low_b));
    if bare_a.is_empty() || bare_b.is_empty() {
        return None;
    }
    if bare_a == bare_b {
        return Some(NearCopy::Separators);
    }
    let (letters_a, letters_b) = (no_figures(&bare_a), no_figures(&bare_b));
    if letters_a == letters_b && has_figures(&bare_a) && has_figures(&bare_b) {
        return None;
    }
    let (look_a, look_b) = (looks(a), looks(b));
    if look_a == look_b {
        return Some(NearCopy::LookAlike);
    }
    if letters_a.chars().count().min(letters_b.chars().count()) < SHORT {
        return None;
    }
    if is_added(&bare_a, &bare_b)
        || is_added(&bare_b, &bare_a)
        || is_added(&look_a, &look_b)
        || is_added(&look_b, &look_a)
    {
        return Some(NearCopy::Added);
    }
    let (edit_a, edit_b): (Vec<char>, Vec<char>) =
        (bare_a.chars().collect(), bare_b.chars().collect());
    let (seen_a, seen_b): (Vec<char>, Vec<char>) =
        (look_a.chars().collect(), look_b.chars().collect());
    let is_edit = is_one_edit(&edit_a, &edit_b) || is_one_edit(&seen_a, &seen_b);
    (is_edit && !are_two_people(&bare_a, &bare_b)).then_some(NearCopy::Edit)
}

/// False: no copy, which is seen at once of most pairs of plain names. A copy has at most one letter
/// changed, or all letters of the other and some more.
fn may_be_near(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (kinds(a), kinds(b)) else {
        return true;
    };
    (a ^ b).count_ones() <= 2 || a & !b == 0 || b & !a == 0
}

/// Which letters occur as the eye sees them, one bit each, without those that two others may look
/// like (`rn` and `m`, `vv` and `w`); none if it is not plain text.
fn kinds(text: &str) -> Option<u32> {
    const MANY: u32 = bit(b'r') | bit(b'n') | bit(b'm') | bit(b'v') | bit(b'w');
    const fn bit(letter: u8) -> u32 {
        1 << (letter - b'a')
    }
    let mut kinds = 0;
    for byte in text.bytes().take(LONGEST) {
        kinds |= match byte.to_ascii_lowercase() {
            b'l' | b'1' => bit(b'i'),
            b'0' => bit(b'o'),
            b'5' => bit(b's'),
            b'3' => bit(b'e'),
            b'4' => bit(b'a'),
            b'2' => bit(b'z'),
            b'8' => bit(b'b'),
            b'9' => bit(b'g'),
            b'7' => bit(b't'),
            b'6' => 1 << 26,
            letter @ b'a'..=b'z' => bit(letter),
            // Letters to the eye only.
            b'|' | b'$' | b'@' | 128.. => return None,
            _ => 0,
        };
    }
    Some(kinds & !MANY)
}

/// Letters and figures only.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn no_figures(text: &str) -> String {
    text.chars().filter(|c| !c.is_numeric()).collect()
}

fn has_figures(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}

/// A text as the eye sees it: look-alikes made one.
fn looks(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        // Capital I looks like l before case is dropped.
        let c = match c {
            'I' | 'l' | '1' | '|' | 'і' | 'І' | 'ı' | 'ӏ' | 'Ӏ' | 'ι' | 'Ι' | 'L' => 'i',
            'O' | '0' | 'о' | 'О' | 'ο' | 'Ο' => 'o',
            '5' | '$' | 'ѕ' | 'Ѕ' => 's',
            '3' | 'е' | 'Е' | 'Ε' => 'e',
            '4' | '@' | 'а' | 'А' | 'α' | 'Α' => 'a',
            '2' => 'z',
            '8' => 'b',
            '9' => 'g',
            '7' => 't',
            'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
            'с' | 'С' => 'c',
            'х' | 'Х' | 'Χ' => 'x',
            'у' | 'У' | 'Υ' => 'y',
            'к' | 'К' | 'κ' | 'Κ' => 'k',
            'м' | 'М' | 'Μ' => 'm',
            'т' | 'Т' | 'τ' | 'Τ' => 't',
            'н' | 'Н' | 'Η' => 'h',
            'в' | 'В' | 'Β' => 'b',
            'ν' => 'v',
            'Ν' => 'n',
            'ј' | 'Ј' => 'j',
            'һ' | 'Һ' => 'h',
            c => c,
        };
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                seen.push(c.to_ascii_lowercase());
            }
        } else {
            seen.push_str(&names::fold(c.encode_utf8(&mut [0; 4])));
        }
    }
    seen.replace("rn", "m").replace("vv", "w")
}

/// Whether `long` is `short` with figures or a usual word before or behind.
fn is_added(long: &str, short: &str) -> bool {
    let is_extra = |extra: &str| {
        !extra.is_empty()
            && (ADDED.contains(&extra)
                || extra.chars().all(char::is_numeric) && !short.contains(char::is_numeric))
    };
    long.strip_prefix(short).is_some_and(is_extra) || long.strip_suffix(short).is_some_and(is_extra)
}

/// One letter added, left out or changed, or two neighbours exchanged.
fn is_one_edit(a: &[char], b: &[char]) -> bool {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let first = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[first..], &b[first..]);
    match b.len() - a.len() {
        0 => {
            let changed = rest_a.first() != rest_b.first() && rest_a.get(1..) == rest_b.get(1..);
            let exchanged = rest_a.len() > 1
                && rest_a[0] == rest_b[1]
                && rest_a[1] == rest_b[0]
                && rest_a[2..] == rest_b[2..];
            changed || exchanged
        }
        1 => rest_a == &rest_b[1..],
        _ => false,
    }
}

/// Whether two texts differ in a given or family name, each a known name of its own.
fn are_two_people(a: &str, b: &str) -> bool {
    if !a.is_ascii() || !b.is_ascii() {
        return false;
    }
    let (x, y) = (a.as_bytes(), b.as_bytes());
    let head = x.iter().zip(y).take_while(|(x, y)| x == y).count();
    let tail = x
        .iter()
        .rev()
        .zip(y.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let differ = |a: &str, b: &str| a.len() > 2 && b.len() > 2 && a != b;
    (0..=tail.min(x.len()).min(y.len())).any(|tail| {
        let (a, b) = (&a[..x.len() - tail], &b[..y.len() - tail]);
        differ(a, b)
            && names::given(a).is_some()
            && names::given(b).is_some()
            && !names::same_given(a, b)
    }) || (0..=head).any(|head| {
        let (a, b) = (&a[head..], &b[head..]);
        differ(a, b) && names::family(a).is_some() && names::family(b).is_some()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_turned_away_at_once_is_no_copy(
            head in "[aeirnmvwlI1|0O4@82._й-]{0,6}",
            (one, other) in ("[a-zA-Z0-9._]{0,3}", "[a-zA-Z0-9._]{0,3}"),
            tail in "[aeirnmvw01.]{0,6}",
        ) {
            let (one, other) = (format!("{head}{one}{tail}"), format!("{head}{other}{tail}"));
            prop_assert_eq!(near_copy(&one, &other), judged(&one, &other));
        }
    }

    #[test]
    fn most_names_of_others_are_turned_away_at_once() {
        for (one, other) in [
            ("mattiv82", "jukka.p"),
            ("liisa.korhonen", "mvirtanen"),
            ("xX_dark_Xx", "seppo_t"),
        ] {
            assert!(!may_be_near(one, other), "{one} {other}");
        }
        assert!(may_be_near("mattiv82", "rnattiv82") && may_be_near("mattiv", "realmattiv"));
    }
}
