use aspa_channel::TextUnit;

/// What counts differently in every unit: a family of three joined by ZWJ, an umlaut, an emoji
/// outside the basic plane, a letter of three bytes, and a waving hand with a skin tone.
const PIECES: [&str; 5] = ["👨‍👩‍👧", "ä", "😀", "ẽ", "👋🏽"];

/// What is easily changed on the way: letters in two pieces and in one that mean the same, what HTML and
/// forms escape, what is escaped already, a space that is none, and lines.
pub(super) const AS_WRITTEN: [&str; 6] = [
    "a\u{308}a\u{30a} \u{e4}\u{e5}",
    "1 < 2 & 3 > 2, \"so\" it's",
    "&amp; &lt; &#228;",
    "50 % + 5 = 55; a=b&c=d%20e+f",
    "10\u{a0}000\u{2009}€",
    "first\nsecond",
];

/// What HTML and Markdown take for themselves, where nobody keeps it from that. Customers may mean it so.
pub(super) const MARKED: &str = "*one* **two** `three` ~~four~~ <b>five</b> [six](seven)";

/// A text of exactly `length` units that differs with `turn`; none in a unit that cannot be
/// measured.
pub(super) fn of_length(unit: &TextUnit, length: usize, turn: usize) -> Option<String> {
    let mut text = String::new();
    let mut left = length;
    for piece in PIECES.iter().cycle().skip(turn) {
        if left == 0 {
            break;
        }
        // "x" is one of every unit, so any length can be reached.
        let size = unit.measure(piece)?;
        let (piece, size) = if size <= left {
            (*piece, size)
        } else {
            ("x", 1)
        };
        text.push_str(piece);
        left -= size;
    }
    (unit.measure(&text) == Some(length)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_the_length_asked_for_in_every_unit() {
        for word in TextUnit::KNOWN {
            let unit = TextUnit::from(*word);
            for length in (1..60).chain([499, 500, 501, 5_000]) {
                let text = of_length(&unit, length, length % 7);
                assert!(text.is_some(), "{length} {unit}");
            }
        }
        assert_eq!(of_length(&TextUnit::from("pixels"), 5, 0), None);
        let text = of_length(&TextUnit::Graphemes, 500, 1).unwrap_or_default();
        assert!(
            text.len() > 3_000,
            "heavy enough to tell graphemes from bytes"
        );
    }
}
