//! The length of a text as X counts it: twitter-text, configuration version 3 (documented on
//! docs.x.com, "Counting characters", read 2026-11-22).
//!
//! - The text is normalised to NFC first.
//! - U+0000 to U+10FF, U+2000 to U+200D, U+2010 to U+201F and U+2032 to U+2037 count 1, everything else 2.
//! - An emoji counts 2, however many characters it is made of.
//! - A link counts 23, however long it is; so does what looks like one without `https://`, where its last
//!   label is a top-level domain (`data/tlds.txt`: those of IANA on 2026-11-01, also in their own script).
//!
//! Where the rule of X leaves links out that it does not find by its older list of domains, this counts
//! them as links: it may come to more than X counts, not to less. A sequence of emoji joined by U+200D
//! counts 2 also where no such emoji exists.

use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

/// What a link counts.
const LINK: usize = 23;
/// How long the name of a host can be in bytes (RFC 1035 section 2.3.4, doubled for other scripts).
const LONGEST_HOST: usize = 512;

const TLDS: &str = include_str!("../data/tlds.txt");

/// A piece of a text that is not taken apart: where it begins, what it is and what it counts.
pub(crate) type Piece<'a> = (usize, &'a str, usize);

/// The length of a text.
pub(crate) fn length(text: &str) -> usize {
    pieces(text).map(|(_, _, size)| size).sum()
}

/// Links and grapheme clusters with what they count, in order. Linear.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut links = Links { text, at: 0 }.peekable();
    let mut graphemes = text.grapheme_indices(true).peekable();
    std::iter::from_fn(move || {
        let (at, grapheme) = graphemes.next()?;
        while links.next_if(|(_, end)| *end <= at).is_some() {}
        match links.next_if(|(start, _)| *start == at) {
            // A cluster that begins in a link ends with it or after it, so that nothing counts twice.
            Some((_, mut end)) => {
                end = end.max(at + grapheme.len());
                while let Some((next, cluster)) = graphemes.next_if(|(next, _)| *next < end) {
                    end = end.max(next + cluster.len());
                }
                Some((at, &text[at..end], LINK))
            }
            None => Some((at, grapheme, weight(grapheme))),
        }
    })
}

/// What a grapheme cluster counts.
fn weight(cluster: &str) -> usize {
    let mut chars = cluster.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => return of_char(only),
        _ if is_emoji(cluster) => return 2,
        _ => {}
    }
    match is_nfc(cluster) {
        true => cluster.chars().map(of_char).sum(),
        false => cluster.nfc().map(of_char).sum(),
    }
}

fn of_char(c: char) -> usize {
    match u32::from(c) {
        0..=0x10FF | 0x2000..=0x200D | 0x2010..=0x201F | 0x2032..=0x2037 => 1,
        _ => 2,
    }
}

/// Whether a cluster of several characters is one emoji (UTS 51): a flag, a keycap, or a pictograph with
/// a variation selector, a skin tone, tags, or joined to others.
fn is_emoji(cluster: &str) -> bool {
    let mut chars = cluster.chars();
    let first = chars.next().map_or(0, u32::from);
    if (0x1F1E6..=0x1F1FF).contains(&first) {
        return true;
    }
    let mut joined = false;
    for c in chars {
        match u32::from(c) {
            0xFE0F | 0x20E3 | 0x1F3FB..=0x1F3FF | 0xE0020..=0xE007F => return true,
            0x200D => joined = true,
            0x2190.. if joined && first >= 0x2190 => return true,
            _ => {}
        }
    }
    false
}

/// The links of a text, as where each begins and ends.
struct Links<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Links<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        while self.at < self.text.len() {
            let start = self.at;
            let rest = &self.text[start..];
            let word = rest.find(|c: char| !is_host(c)).unwrap_or(rest.len());
            if word == 0 {
                self.at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
            // The word that a link can begin with: `https` before `://`, or the host itself.
            let before = self.text[..start].chars().next_back();
            if !before.is_none_or(can_precede) {
                self.at = start + word;
                continue;
            }
            let scheme = ["https://", "http://"]
                .into_iter()
                .find(|scheme| {
                    let prefix = rest.as_bytes().get(..scheme.len());
                    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(scheme.as_bytes()))
                })
                .map_or(0, str::len);
            let rest_of = |is_host: fn(char) -> bool| {
                let rest = &rest[scheme..];
                &rest[..rest.find(|c| !is_host(c)).unwrap_or(rest.len())]
            };
            let latin = rest_of(is_host);
            self.at = start + scheme + latin.len();
            // Other scripts are only part of a link that says that it is one.
            let any = || host(rest_of(is_host_of_any_script)).filter(|_| scheme > 0);
            if let Some(host) = host(latin).or_else(any) {
                let end = scheme + host;
                let after = rest[end..].chars().next();
                // An address of e-mail is no link.
                if after == Some('@') {
                    continue;
                }
                let tail = tail(&rest[end..]);
                self.at = self.at.max(start + end + tail);
                return Some((start, start + end + tail));
            }
        }
        None
    }
}

/// What a host of Latin letters is made of.
fn is_host(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '-' | '.' | '_')
        || (matches!(u32::from(c), 0xC0..=0x24F) && c.is_alphabetic())
}

fn is_host_of_any_script(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '.' | '_')
}

/// What may stand before a link.
fn can_precede(c: char) -> bool {
    !matches!(c, '@' | '＠' | '$' | '#' | '＃' | '/')
}

/// How much of a run of host characters is a host: up to the last label that is a top-level domain.
fn host(run: &str) -> Option<usize> {
    if run.len() > LONGEST_HOST {
        return None;
    }
    let (mut at, mut found, mut labels) = (0, None, 0);
    for label in run.split('.') {
        let is_label = !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        if !is_label {
            break;
        }
        labels += 1;
        let end = at + label.len();
        if labels > 1 && is_tld(label) {
            found = Some(end);
        }
        at = end + 1;
    }
    found
}

fn is_tld(label: &str) -> bool {
    let label = label.to_lowercase();
    let lines = TLDS.as_bytes();
    // The lines are in order of their bytes.
    let (mut low, mut high) = (0, lines.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = lines[..middle]
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        let length = lines[start..].iter().position(|b| *b == b'\n');
        let end = length.map_or(lines.len(), |length| start + length);
        match lines[start..end].cmp(label.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// How much of what follows a host is its port, path and query.
fn tail(rest: &str) -> usize {
    let mut port = 0;
    if let Some(digits) = rest.strip_prefix(':') {
        let run = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        port = if run > 0 { run + 1 } else { 0 };
    }
    let rest = &rest[port..];
    if !rest.starts_with(['/', '?']) {
        return port;
    }
    // Latin and Cyrillic letters, digits and marks; the last one is no full stop, comma or bracket.
    let is_path = |c: char| {
        c.is_ascii_alphanumeric()
            || "!*';:=+,.$/%#[]-–_~@|&?".contains(c)
            || (matches!(u32::from(c), 0xC0..=0x24F | 0x400..=0x4FF) && c.is_alphabetic())
    };
    let run = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
    let is_end = |c: char| c.is_alphanumeric() || "=_#/+-&".contains(c);
    let end = rest[..run].rfind(is_end);
    let end = end.map_or(0, |at| {
        at + rest[at..].chars().next().map_or(0, char::len_utf8)
    });
    port + end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_count_what_x_counts() {
        let cases: &[(&str, &str, usize)] = &[
            ("nothing", "", 0),
            ("Latin", "Where is my parcel?", 19),
            ("Finnish", "Missä pakettini viipyy?", 23),
            ("Cyrillic", "Где мой заказ?", 14),
            ("Georgian, the last that counts one", "\u{10FF}", 1),
            ("Hangul jamo, the first that counts two", "\u{1100}", 2),
            ("Japanese", "荷物はどこ", 10),
            ("Korean, composed first", "\u{1112}\u{1161}\u{11ab}", 2),
            ("an umlaut of two characters", "a\u{308}", 1),
            ("a letter that no composition has", "q\u{308}", 2),
            ("curly quotes", "“Hei”", 5),
            ("a dash", "–—", 2),
            ("an ellipsis", "…", 2),
            ("primes", "′″", 2),
            ("the euro", "€", 2),
            ("trade mark", "™", 2),
            ("copyright", "©", 1),
            ("copyright as an emoji", "©\u{FE0F}", 2),
            ("a heart", "❤", 2),
            ("a red heart", "❤\u{FE0F}", 2),
            ("a face", "😀", 2),
            ("a family", "👨‍👩‍👧", 2),
            ("a skin tone", "👋🏽", 2),
            ("a flag", "🇫🇮", 2),
            ("two flags", "🇫🇮🇸🇪", 4),
            (
                "England",
                "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
                2,
            ),
            ("a keycap", "1\u{FE0F}\u{20E3}", 2),
            ("Persian with a joiner that parts", "می\u{200C}خواهم", 8),
            (
                "a long link",
                "https://shop.example.com/orders/2026/11/22/1234567890?lang=fi&from=x",
                23,
            ),
            ("a short link", "http://t.co", 23),
            ("without a scheme", "example.com", 23),
            ("capitals", "HTTPS://EXAMPLE.COM", 23),
            (
                "in a sentence",
                "See https://example.com/a. Thanks",
                4 + 23 + 8,
            ),
            ("in brackets", "(https://example.com/a)", 25),
            ("with a port", "https://example.com:8080/a", 23),
            ("a query alone", "https://example.com?a=1", 23),
            ("two of them", "example.com example.org", 47),
            ("a country's", "yle.fi", 23),
            ("Cyrillic domain", "https://пример.рф/а", 23),
            ("in punycode", "https://xn--e1afmkfd.xn--p1ai", 23),
            ("no top-level domain", "file.nosuchtld", 14),
            ("a full stop without a space", "It left.Then came", 17),
            ("only a part is a host", "example.com.Nosuch", 23 + 7),
            ("an address of e-mail", "matti@example.com", 17),
            (
                "an address whose name has a domain",
                "shop.fi@example.com",
                19,
            ),
            ("a mention", "@example.com", 12),
            ("a tag", "#example.com", 12),
            ("an empty scheme", "https://", 8),
            ("no host", "https:///path", 13),
            ("a dot alone", "...", 3),
            ("a decimal", "3.14", 4),
            ("an amount", "10.50€", 7),
            ("letters with accents", "mökki.fi", 23),
            (
                "a domain of another script without a scheme",
                "пример.рф",
                9,
            ),
            (
                "Japanese right after a host",
                "https://example.comです",
                23 + 4,
            ),
            ("Japanese right after", "https://example.com/aです", 23 + 4),
            ("Japanese right before", "詳細example.comです", 4 + 23 + 4),
        ];
        for (name, text, expected) in cases {
            let found: Vec<_> = pieces(text).collect();
            assert_eq!(length(text), *expected, "{name}: {found:?}");
        }
    }

    #[test]
    fn the_list_of_domains_is_in_order_and_each_is_found() {
        assert!(
            TLDS.lines()
                .is_sorted_by(|a, b| a.as_bytes() < b.as_bytes())
        );
        assert!(TLDS.lines().all(is_tld) && TLDS.lines().count() > 1400);
        assert!(["FI", "Com", "рф"].into_iter().all(is_tld));
        assert!(!["", "nosuchtld", "\n", "fi\n"].into_iter().any(is_tld));
    }

    proptest! {
        #[test]
        fn pieces_are_the_whole_text_in_order(
            text in "([a-zA-Z.:/@#?-]{0,12}|https?://|[a-z]{1,4}\\.(com|fi|x)|👨‍👩‍👧|🇫🇮|[äあ한\u{300}\u{200d}\u{fe0f} ]|\\PC{0,3}){0,20}",
        ) {
            let mut at = 0;
            for (start, piece, size) in pieces(&text) {
                prop_assert_eq!(start, at);
                prop_assert!(!piece.is_empty() && size > 0);
                at += piece.len();
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
