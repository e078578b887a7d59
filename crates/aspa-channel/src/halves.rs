use std::borrow::Cow;

/// JSON in which each half of a surrogate pair that stands alone (`\ud83d`) is U+FFFD instead. Networks that cut
/// a text between the halves of an emoji send such JSON, and a parser that refuses it (RFC 8259, section 8.2,
/// lets it) would lose the whole message. Linear; what has none is given back as it is.
///
/// ```
/// use aspa_channel::without_halves;
///
/// assert_eq!(without_halves(r#""cut \ud83d""#), r#""cut \ufffd""#);
/// assert_eq!(without_halves(r#""\ud83d\ude4f""#), r#""\ud83d\ude4f""#);
/// ```
#[must_use]
pub fn without_halves(json: &str) -> Cow<'_, str> {
    let (mut whole, mut kept, mut at) = (String::new(), 0, 0);
    while let Some(next) = json.as_bytes().get(at..).and_then(first_escape) {
        let start = at + next;
        let (first, second) = (unit(json, start), unit(json, start + 6));
        at = match (first, second) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => start + 12,
            (Some(0xd800..=0xdfff), _) => {
                whole.push_str(&json[kept..start]);
                whole.push_str("\\ufffd");
                kept = start + 6;
                kept
            }
            // What is escaped is one byte at least, and maybe a backslash.
            _ => start + 2,
        };
    }
    if kept == 0 {
        return Cow::Borrowed(json);
    }
    whole.push_str(&json[kept..]);
    Cow::Owned(whole)
}

/// By pieces, each of which is looked through many bytes at a time.
fn first_escape(bytes: &[u8]) -> Option<usize> {
    const PIECE: usize = 64;
    let is_escape = |b: &u8| *b == b'\\';
    let has_one = |piece: &[u8]| piece.iter().fold(false, |any, b| any | is_escape(b));
    let start = bytes.chunks(PIECE).position(has_one)? * PIECE;
    let within = bytes[start..].iter().position(is_escape)?;
    Some(start + within)
}

/// The number of the escape `\uXXXX` that stands here.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_hex)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_half_is_found_wherever_it_stands() {
        for before in 0..200 {
            let json = format!("\"{}\\ud83d\"", "a".repeat(before));
            assert_eq!(without_halves(&json), json.replace("ud83d", "ufffd"));
        }
    }

    #[test]
    fn only_halves_that_stand_alone_are_replaced() {
        for (json, whole) in [
            (r#""a""#, r#""a""#),
            (r#""\ud83d\ude4f""#, r#""\ud83d\ude4f""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\uDE4F\uD83D""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude4f""#, r#""\ufffd\ud83d\ude4f""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""ä\ud83dö""#, r#""ä\ufffdö""#),
            (r#""\ud83"#, r#""\ud83"#),
            (r#""\ud83ä""#, r#""\ud83ä""#),
            ("\\", "\\"),
        ] {
            assert_eq!(without_halves(json), whole, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in r#"(\\|\\u|d83d|de4f|ä|"|\PC){0,20}"#) {
            let once = without_halves(&text).into_owned();
            prop_assert_eq!(without_halves(&once), once.as_str());
        }

        #[test]
        fn what_can_be_read_says_the_same(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(without_halves(&json), json.as_str());
        }

        #[test]
        fn any_units_can_be_read(units in prop::collection::vec(any::<u16>(), 0..20)) {
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let json = format!("\"{escaped}\"");
            let read: String = serde_json::from_str(&without_halves(&json)).unwrap();
            prop_assert_eq!(read, String::from_utf16_lossy(&units));
        }
    }
}
