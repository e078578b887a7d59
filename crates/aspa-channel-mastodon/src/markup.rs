//! What snac takes a text for: HTML, and some Markdown, of which it escapes nothing (2.75, measured 2026-11-23
//! by posting each of them).

use std::fmt::Write;

/// The text as snac has to be given it for readers to see it as it stands: what would be markup is a character
/// reference. Addresses, names and hashtags stay what they are. Smileys stay too, and snac draws them.
pub(crate) fn escaped(text: &str) -> String {
    let mut given = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let begins = line.trim_start();
        let heads = begins.trim_start_matches('#');
        let is_heading = heads.len() < begins.len() && heads.starts_with(char::is_whitespace);
        let mut is_marked = is_heading || begins.starts_with("---");
        let mut in_address = false;
        for (at, c) in line.char_indices() {
            let rest = &line[at..];
            in_address |= rest.starts_with("https://") || rest.starts_with("http://");
            in_address &= !c.is_whitespace();
            match c {
                // Not by number: in an address snac escapes the `#` of that.
                '&' => given.push_str("&amp;"),
                '<' => given.push_str("&lt;"),
                '>' => given.push_str("&gt;"),
                '*' | '`' | '~' | '[' if !in_address => number(&mut given, c),
                '#' | '-' if std::mem::take(&mut is_marked) => number(&mut given, c),
                c => given.push(c),
            }
        }
    }
    given
}

fn number(given: &mut String, c: char) {
    // A text takes whatever is written to it.
    let _ = write!(given, "&#{};", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_would_be_markup_is_a_reference_and_the_rest_is_not() {
        for (text, given) in [
            (
                "Hei @ana, it's #1: 50 % - done! :-)",
                "Hei @ana, it's #1: 50 % - done! :-)",
            ),
            ("1 < 2 & &amp;", "1 &lt; 2 &amp; &amp;amp;"),
            (
                "*a* `b` ~~c~~ [d](e)",
                "&#42;a&#42; &#96;b&#96; &#126;&#126;c&#126;&#126; &#91;d](e)",
            ),
            (
                "# a\n ## b\n#c\n> d\n----",
                "&#35; a\n &#35;# b\n#c\n&gt; d\n&#45;---",
            ),
            (
                "see https://a.example/*x*?b=1&c=[2]#d *",
                "see https://a.example/*x*?b=1&amp;c=[2]#d &#42;",
            ),
            ("- one\n-- two", "- one\n-- two"),
            ("", ""),
        ] {
            assert_eq!(escaped(text), given);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was_written(text in r"([&<>#*`~\[ä1-]|https://a.example/|&amp;|\n){0,30}") {
            let given = escaped(&text);
            prop_assert!(!given.contains(['<', '>']));
            prop_assert_eq!(html_escape::decode_html_entities(&given), text);
        }
    }
}
