//! Between what people write and the HTML that WordPress keeps of it.

use html_escape::decode_html_entities;

/// What WordPress adds to the links of whoever may not write any HTML (`wp_rel_ugc`).
const ADDED: &str = "\" rel=\"nofollow ugc\">";

/// The HTML that readers see as `text`: an account that may write any HTML has its text kept as it is.
pub(crate) fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
    html
}

/// What somebody typed, from `content.raw`: entities are decoded once, and tags stay as they were typed,
/// without what WordPress adds to links.
pub(crate) fn typed(raw: &str) -> String {
    decode_html_entities(&raw.replace(ADDED, "\">")).into_owned()
}

/// Plain text of a rendered title: no tags, entities decoded once.
pub(crate) fn plain(html: &str) -> String {
    decode_html_entities(&without_tags(html)).trim().to_owned()
}

/// Without the white space at both ends that PHP's `trim` takes away when a comment is stored.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b'])
}

/// How a stored comment compares with a text that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// It is that text.
    Same,
    /// The same letters and figures: the site may have rewritten it, or it is another of ours.
    Alike,
    Different,
}

/// Compares a text that was sent with `content.raw` of what is stored.
pub(crate) fn likeness(sent: &str, raw: &str) -> Likeness {
    let stored = typed(raw);
    if trimmed(&stored) == trimmed(sent) {
        Likeness::Same
    } else if core(&without_tags(&stored)) == core(&without_tags(sent)) {
        Likeness::Alike
    } else {
        Likeness::Different
    }
}

/// Letters and figures in lower case; where there are none, everything but white space.
fn core(text: &str) -> String {
    let words = text.chars().filter(|c| c.is_alphanumeric());
    let words: String = words.flat_map(char::to_lowercase).collect();
    if words.is_empty() {
        return text.chars().filter(|c| !c.is_whitespace()).collect();
    }
    words
}

/// A tag starts with `<` before a letter, `/` or `!` and ends with the next `>`.
fn without_tags(html: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(html.len()), html);
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        text.push_str(before);
        let opens = tag[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        if !opens {
            text.push('<');
            rest = &tag[1..];
            continue;
        }
        let Some(end) = tag.find('>') else {
            // No other tag ends either.
            text.push_str(tag);
            return text;
        };
        rest = &tag[end + 1..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_typed_is_read_once() {
        for (raw, text) in [
            ("Tom &amp; Jerry", "Tom & Jerry"),
            ("5 &lt; 6 &amp;lt; 7", "5 < 6 &lt; 7"),
            ("&#8220;hei&#8221; &#x1F600;", "“hei” 😀"),
            ("<b>bold</b>", "<b>bold</b>"),
            (
                "<a href=\"https://b.example\" rel=\"nofollow ugc\">b</a>",
                "<a href=\"https://b.example\">b</a>",
            ),
            ("a & b &nosuch; &#0;", "a & b &nosuch; &#0;"),
        ] {
            assert_eq!(typed(raw), text, "{raw}");
        }
    }

    #[test]
    fn a_rewritten_text_is_alike_and_never_the_same() {
        for (sent, raw, likeness) in [
            ("Kiitos!", "Kiitos!", Likeness::Same),
            (" Kiitos!\n", "Kiitos!", Likeness::Same),
            ("a < b & c", "a &lt; b &amp; c", Likeness::Same),
            ("Kiitos!", "kiitos", Likeness::Alike),
            (
                "see x.example",
                "see <a href=\"https://x.example\">x.example</a>",
                Likeness::Alike,
            ),
            ("👍", "👎", Likeness::Different),
            ("👍", "👍 ", Likeness::Same),
            ("sää", "saa", Likeness::Different),
            ("", "x", Likeness::Different),
        ] {
            assert_eq!(super::likeness(sent, raw), likeness, "{sent} {raw}");
        }
    }

    #[test]
    fn tags_that_never_end_take_no_quadratic_time() {
        assert_eq!(without_tags("a < b <b>c</b> <i"), "a < b c <i");
        let text = "<a".repeat(1 << 20);
        assert_eq!(without_tags(&text).len(), text.len());
        assert_eq!(without_tags(&"<".repeat(1 << 20)).len(), 1 << 20);
        assert_eq!(typed(&"&".repeat(1 << 20)).len(), 1 << 20);
        assert_eq!(typed(&"&#".repeat(1 << 19)).len(), 1 << 20);
    }

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(text in any::<String>()) {
            let html = to_html(&text);
            prop_assert!(!html.contains(['<', '>']));
            prop_assert_eq!(typed(&html), text.clone());
            prop_assert_eq!(likeness(&text, trimmed(&html)), Likeness::Same);
        }
    }
}
