//! The HTML of posts as plain text.
//!
//! Servers clean what they show (docs.joinmastodon.org, "HTML sanitization", read 2026-11-22: `p`, `br`,
//! `span`, `a`, and since 4.2 `del`, `pre`, `code`, `em`, `strong`, `b`, `i`, `u`, `ul`, `ol`, `li`,
//! `blockquote`); snac passes more through, and leaves `&` and `<` that stand alone as they are.

use std::borrow::Cow;

/// What is read: paragraphs parted by an empty line, addresses of links written out, entities decoded
/// once, shortcodes of emoji as they are. Linear in the length; takes any text.
pub(crate) fn to_text(html: &str) -> String {
    let mut reader = Reader::default();
    let mut rest = html;
    // Where there is no `>` any more, no `<` can begin a tag.
    let mut closes = true;
    while let Some(at) = rest.find('<') {
        let (before, tail) = rest.split_at(at);
        let begins = tail[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        let end = match begins && closes {
            true => tail.find('>'),
            false => None,
        };
        closes &= !begins || end.is_some();
        reader.text(before);
        if let Some(end) = end {
            reader.tag(&tail[1..end]);
            rest = &tail[end + 1..];
        } else {
            reader.text("<");
            rest = &tail[1..];
        }
    }
    reader.text(rest);
    reader.end()
}

#[derive(Default)]
struct Reader {
    out: String,
    /// Line ends that are due before more is written.
    breaks: usize,
    /// Where the text of the link under way begins, and where it leads.
    link: Option<(usize, String)>,
    /// The element whose content is no text.
    silent: Option<String>,
    preformatted: bool,
    /// What is undecided between two `<`: an entity may be cut by none of our own cuts.
    pending: String,
}

impl Reader {
    fn text(&mut self, raw: &str) {
        if self.silent.is_none() {
            self.pending.push_str(raw);
        }
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let raw = std::mem::take(&mut self.pending);
        let text = html_escape::decode_html_entities(&raw);
        let text: Cow<'_, str> = match self.preformatted {
            true => text,
            // Between blocks there may be line ends that mean nothing.
            false if raw.contains(['\n', '\r', '\t']) => {
                Cow::Owned(text.replace(['\n', '\r', '\t'], " "))
            }
            false => text,
        };
        let at_start = self.out.is_empty() || self.breaks > 0;
        let text = match at_start {
            true => text.trim_start(),
            false => &text,
        };
        if text.is_empty() {
            return;
        }
        let breaks = std::mem::take(&mut self.breaks);
        if breaks > 0 && !self.out.is_empty() {
            self.out.truncate(self.out.trim_end_matches(' ').len());
            self.out.extend(std::iter::repeat_n('\n', breaks));
        }
        self.out.push_str(text);
    }

    fn tag(&mut self, tag: &str) {
        let (closing, tag) = match tag.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, tag),
        };
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric());
        let (name, attributes) = tag.split_at(end.unwrap_or(tag.len()));
        let name = name.to_ascii_lowercase();
        if let Some(silent) = &self.silent {
            if closing && *silent == name {
                self.silent = None;
            }
            return;
        }
        self.flush();
        match name.as_str() {
            "br" => self.breaks += 1,
            "p" | "div" | "blockquote" | "pre" | "ul" | "ol" | "table" | "h1" | "h2" | "h3"
            | "h4" | "h5" | "h6" | "hr" => {
                self.breaks = self.breaks.max(2);
                self.preformatted = name == "pre" && !closing;
            }
            "li" | "tr" => {
                self.breaks = self.breaks.max(1);
                if !closing && name == "li" {
                    self.pending.push_str("- ");
                    self.flush();
                }
            }
            "a" if closing => self.end_link(),
            "a" => {
                let class = attribute(attributes, "class").unwrap_or_default();
                let is_name = class
                    .split_ascii_whitespace()
                    .any(|class| matches!(class, "mention" | "hashtag"));
                self.link = attribute(attributes, "href")
                    .filter(|href| !is_name && is_web(href))
                    .map(|href| (self.out.len(), href));
            }
            "script" | "style" if !closing => self.silent = Some(name),
            _ => {}
        }
    }

    /// What is shown of an address may be short or say something else: the address is written out.
    fn end_link(&mut self) {
        let Some((start, href)) = self.link.take() else {
            return;
        };
        let shown = self.out.get(start..).unwrap_or_default().trim();
        if bare(shown) == bare(&href) {
            return;
        }
        self.pending = match shown.is_empty() {
            true => String::new(),
            false => " (".to_owned(),
        };
        let close = if shown.is_empty() { "" } else { ")" };
        self.flush();
        self.out.push_str(&href);
        self.out.push_str(close);
    }

    fn end(mut self) -> String {
        self.flush();
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

fn is_web(address: &str) -> bool {
    let starts = |scheme: &str| {
        let head = address.get(..scheme.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    };
    starts("https://") || starts("http://")
}

/// An address without what people leave out.
fn bare(address: &str) -> &str {
    let address = address.strip_prefix("https://").unwrap_or(address);
    let address = address.strip_prefix("http://").unwrap_or(address);
    let address = address.strip_prefix("www.").unwrap_or(address);
    address.trim_end_matches('/')
}

/// The value of an attribute, entities decoded.
fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '=')?;
        let (found, tail) = rest.split_at(end);
        let Some(value) = tail.trim_start().strip_prefix('=') else {
            rest = tail;
            continue;
        };
        let value = value.trim_start();
        let (value, tail) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote)?,
            _ => {
                let end = value.find(|c: char| c.is_ascii_whitespace());
                value.split_at(end.unwrap_or(value.len()))
            }
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(html_escape::decode_html_entities(value).into_owned());
        }
        rest = tail;
    }
}

/// The address of the first link in some HTML.
pub(crate) fn first_link(html: &str) -> Option<String> {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>')?;
        let (tag, tail) = rest.split_at(end);
        let is_link = tag.starts_with(['a', 'A']) && tag[1..].starts_with(char::is_whitespace);
        if let Some(href) = is_link.then(|| attribute(&tag[1..], "href")).flatten()
            && is_web(&href)
        {
            return Some(href);
        }
        rest = tail;
    }
    None
}

/// A text without the names at its start that `is_ours` knows: what is read. Where nothing else is
/// left, the text as it is.
pub(crate) fn without_names(text: &str, is_named: impl Fn(&str) -> bool) -> &str {
    let mut rest = text.trim_start();
    while let Some(tail) = rest.strip_prefix('@') {
        let end = tail.find(char::is_whitespace).unwrap_or(tail.len());
        let name = tail[..end].trim_end_matches([':', ',']);
        if !is_named(name) {
            break;
        }
        rest = tail[end..].trim_start();
    }
    match rest.is_empty() {
        true => text,
        false => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn posts_are_read_as_people_see_them() {
        let cases = [
            ("", ""),
            ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
            ("<p>One<br>two<br />three</p>", "One\ntwo\nthree"),
            ("Bare text<br>", "Bare text"),
            ("<p>Tom &amp; Jerry &lt;3</p>", "Tom & Jerry <3"),
            ("<p>once: &amp;lt;</p>", "once: &lt;"),
            // snac: markup of its own, and what Mastodon would escape.
            (
                "leaks & drips <b>a lot</b> 1 < 2",
                "leaks & drips a lot 1 < 2",
            ),
            ("<p>:blobcat: &#128075; &eacute;</p>", ":blobcat: 👋 é"),
            (
                "<p><span class=\"h-card\"><a href=\"https://social.example/@shop\" \
                 class=\"u-url mention\">@<span>shop</span></a></span> hei</p>",
                "@shop hei",
            ),
            // Mastodon hides the ends of long addresses.
            (
                "<a href=\"https://shop.example/orders/1234\"><span class=\"invisible\">https://</span>\
                 <span class=\"ellipsis\">shop.example/ord</span>\
                 <span class=\"invisible\">ers/1234</span></a>",
                "https://shop.example/orders/1234",
            ),
            (
                "see <a href='https://shop.example/a?b=1&amp;c=2'>here</a>!",
                "see here (https://shop.example/a?b=1&c=2)!",
            ),
            (
                "<a href=\"https://shop.example/\">shop.example</a>",
                "shop.example",
            ),
            ("<a href=\"javascript:alert(1)\">click</a>", "click"),
            ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
            ("<p>a</p>\n<p>b</p>\n", "a\n\nb"),
            ("<pre><code>x\n  y</code></pre>", "x\n  y"),
            ("<script>alert(1)</script>left", "left"),
            ("<!-- no --><p>yes</p>", "yes"),
            ("a <b", "a <b"),
            ("<<b>x</b>", "<x"),
            ("two  spaces stay", "two  spaces stay"),
        ];
        for (html, text) in cases {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn names_at_the_start_are_not_what_is_read() {
        let named = |name: &str| ["shop", "shop@social.example"].contains(&name);
        let cases = [
            ("@shop where is it?", "where is it?"),
            ("@shop@social.example: hei", "hei"),
            ("@shop @dhl hei", "@dhl hei"),
            ("@shopping hei", "@shopping hei"),
            ("hei @shop", "hei @shop"),
            ("@shop", "@shop"),
            ("@shop @shop\nhei", "hei"),
        ];
        for (text, read) in cases {
            assert_eq!(without_names(text, named), read, "{text}");
        }
    }

    #[test]
    fn a_link_is_taken_out_of_a_field() {
        let field =
            "<a href=\"https://matti.example/?a=1&amp;b=2\" rel=\"me\" target=\"_blank\">matti</a>";
        assert_eq!(
            first_link(field).as_deref(),
            Some("https://matti.example/?a=1&b=2")
        );
        for none in [
            "they/them",
            "<a name=x>",
            "<a href=\"ftp://a.example\">",
            "<abbr href=\"https://a.example\">",
            "<",
        ] {
            assert_eq!(first_link(none), None, "{none}");
        }
    }

    #[test]
    fn attacker_chosen_html_takes_linear_time() {
        let began = std::time::Instant::now();
        for piece in [
            "<",
            "<a ",
            "<a href=\"",
            "&",
            "<p",
            "<script>",
            "@a ",
            "<li>",
            "<a href='https://a.example'>",
        ] {
            let long = piece.repeat(400_000);
            to_text(&long);
            first_link(&long);
            without_names(&long, |_| true);
        }
        assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
    }

    proptest! {
        #[test]
        fn plain_text_comes_back(lines in proptest::collection::vec("[a-zäö&<>'\"!#0-9]{1,12}( [a-zäö&<>0-9]{1,9}){0,4}", 1..6)) {
            let html: Vec<_> = lines.iter().map(|line| html_escape::encode_text(line)).collect();
            prop_assert_eq!(to_text(&format!("<p>{}</p>", html.join("<br>"))), lines.join("\n"));
        }

        #[test]
        fn any_text_is_taken(html in "(\\PC|<|>|&|</?[a-z]{1,4}( href=\"[^\"]{0,9}\"?)?>?|\n){0,80}") {
            to_text(&html);
            first_link(&html);
        }
    }
}
