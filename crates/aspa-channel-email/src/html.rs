//! The text of an HTML mail, in one pass: linear whatever the tags are. It is for reading, not for
//! showing: no tag survives.

use crate::steps;

/// How deep quotations are told apart.
const DEEPEST: usize = 8;
/// Put where a mail program says that all that follows is what it answers.
pub(crate) const QUOTE_MARK: &str = "\u{E000}quote\u{E000}";
/// Put where a mail program says who wrote what it quotes below.
pub(crate) const CITE_MARK: &str = "\u{E000}cite\u{E000}";

/// Elements whose content nobody reads.
const SILENT: &[&str] = &[
    "head", "script", "style", "title", "template", "noscript", "svg", "xml",
];
/// Elements that begin and end a line.
const BLOCKS: &[&str] = &[
    "address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "header", "html", "main", "nav", "ol", "pre", "section", "table", "tbody",
    "tfoot", "thead", "tr", "ul",
];
/// Elements with an empty line around them.
const PARAGRAPHS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"];

/// Names by which mail programs mark the container of what is answered: Outlook on the web and on
/// phones, Yahoo, Proton, Zimbra.
const QUOTES: &[&str] = &[
    "divrplyfwdmsg",
    "appendonsend",
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "mail-editor-reference-message-container",
    "ms-outlook-mobile-reference-message",
];
/// Names by which they mark the line that says who wrote it: Gmail, Thunderbird.
const CITES: &[&str] = &["gmail_attr", "moz-cite-prefix"];

/// The text of `html` as it is read; [`QUOTE_MARK`] or [`CITE_MARK`] on a line of its own where a
/// quotation begins.
pub(crate) fn text_of(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    let mut quotes_end = true;
    while let Some(at) = rest.find('<') {
        steps::take(1);
        writer.text(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            // Without an end the rest is no comment of anybody's making: it is dropped.
            let end = comment.find("-->");
            steps::take(end.unwrap_or(comment.len()));
            rest = end.map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let named = |c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?');
        if !rest[1..].starts_with(named) {
            writer.text("<");
            rest = &rest[1..];
            continue;
        }
        let end = quotes_end.then(|| tag_end(rest)).flatten();
        // A quote that never ends: this tag and those behind it end where they would without quotes. To look
        // for the end of each would be to read all of it each time.
        quotes_end &= end.is_some();
        let end = end.or_else(|| rest.find('>')).unwrap_or(rest.len());
        let tag = &rest[1..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        let name = writer.tag(tag);
        if let Some(name) = name {
            rest = behind(rest, &name);
        }
    }
    writer.text(rest);
    writer.finish()
}

/// Where a tag ends: at the next `>` outside of quotes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, b) in tag.bytes().enumerate() {
        steps::take(1);
        match (quote, b) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(b),
            (Some(q), b) if q == b => quote = None,
            _ => {}
        }
    }
    None
}

/// What comes behind the end of a silent element. An element that never ends is silent to the end, but
/// for a head, which ends where the body begins.
fn behind<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = rest[from..].find('<') {
        steps::take(at + 1);
        let tag = &rest[from + at + 1..];
        let is = |name: &str| {
            let same = tag
                .get(..name.len())
                .is_some_and(|t| t.eq_ignore_ascii_case(name));
            same && !tag[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        if tag.starts_with('/') && is(&format!("/{name}")) {
            let end = tag.find('>');
            steps::take(end.unwrap_or(tag.len()));
            return end.map_or("", |end| &tag[end + 1..]);
        }
        if name == "head" && is("body") {
            return &rest[from + at..];
        }
        from += at + 1;
    }
    ""
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Line ends that are due before the next text.
    breaks: usize,
    /// Whether a space is due before the next text on the line.
    space: bool,
    /// How deep quoted.
    depth: usize,
    /// What stands before the next text of the line, such as `* `.
    lead: Option<&'static str>,
    pre: usize,
}

impl Writer {
    /// Takes a tag in, without its brackets. Gives the name of an element whose content is not read.
    fn tag(&mut self, tag: &str) -> Option<String> {
        let closes = tag.starts_with('/');
        let named = tag.trim_start_matches('/');
        let ends = |c: char| !(c.is_ascii_alphanumeric() || c == ':');
        let name = named.split(ends).next().unwrap_or_default();
        if name.len() > 16 {
            return None;
        }
        let name = name.to_ascii_lowercase();
        let name = name.as_str();
        match name {
            "br" => {
                self.space = false;
                self.breaks += 1;
            }
            "li" => {
                self.break_to(1);
                self.lead = (!closes).then_some("* ");
            }
            "td" | "th" => self.space = true,
            "img" if !closes => {
                // What a picture says, such as an emoji; a tracker says nothing.
                if let Some(alt) = attribute(tag, "alt").filter(|alt| alt.chars().count() <= 8) {
                    self.text(alt);
                }
            }
            "blockquote" => {
                self.break_to(2);
                self.depth = match closes {
                    true => self.depth.saturating_sub(1),
                    false => (self.depth + 1).min(DEEPEST),
                };
            }
            "pre" => {
                self.break_to(1);
                self.pre = match closes {
                    true => self.pre.saturating_sub(1),
                    false => self.pre + 1,
                };
            }
            _ if PARAGRAPHS.contains(&name) => self.break_to(2),
            _ if BLOCKS.contains(&name) => self.break_to(1),
            _ if SILENT.contains(&name) && !closes && !tag.ends_with('/') => {
                return Some(name.to_owned());
            }
            _ => {}
        }
        if !closes && matches!(name, "div" | "blockquote" | "span" | "hr") {
            let marks = [(QUOTES, QUOTE_MARK), (CITES, CITE_MARK)];
            if let Some((_, mark)) = marks.iter().find(|(names, _)| is_named(tag, names)) {
                self.break_to(1);
                self.word(mark);
                self.break_to(1);
            }
        }
        None
    }

    fn break_to(&mut self, breaks: usize) {
        self.space = false;
        self.breaks = self.breaks.max(breaks);
    }

    fn text(&mut self, raw: &str) {
        steps::take(raw.len());
        let text = html_escape::decode_html_entities(raw);
        if self.pre > 0 {
            for (i, line) in text.split('\n').enumerate() {
                if i > 0 {
                    self.breaks += 1;
                }
                self.word(line.trim_end_matches('\r'));
            }
            return;
        }
        let is_space = |c: char| c.is_ascii_whitespace();
        if text.starts_with(is_space) {
            self.space = true;
        }
        for (i, word) in text.split_ascii_whitespace().enumerate() {
            if i > 0 {
                self.space = true;
            }
            self.word(word);
        }
        if text.ends_with(is_space) {
            self.space = true;
        }
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let begins = self.out.is_empty();
        if !begins {
            // More than one empty line says no more than one does.
            for _ in 0..self.breaks.min(2) {
                self.out.push('\n');
            }
        }
        if begins || self.breaks > 0 {
            for _ in 0..self.depth {
                self.out.push('>');
            }
            if self.depth > 0 {
                self.out.push(' ');
            }
        } else if self.space && self.lead.is_none() {
            self.out.push(' ');
        }
        if let Some(lead) = self.lead.take() {
            self.out.push_str(lead);
        }
        (self.breaks, self.space) = (0, false);
        // A space that does not break is a space to a reader.
        self.out
            .extend(word.chars().map(|c| if c == '\u{A0}' { ' ' } else { c }));
    }

    fn finish(self) -> String {
        self.out
    }
}

/// The value of an attribute in quotes, within a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    for quote in ['"', '\''] {
        steps::take(tag.len());
        let opening = format!(" {name}={quote}");
        if let Some(at) = tag.find(&opening) {
            return tag[at + opening.len()..].split(quote).next();
        }
    }
    None
}

/// Whether the class or id of a tag is one of these.
fn is_named(tag: &str, known: &[&str]) -> bool {
    let names = ["class", "id"]
        .into_iter()
        .filter_map(|name| attribute(tag, name));
    let mut words = names.flat_map(str::split_ascii_whitespace);
    words.any(|word| known.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_as_a_person_reads_it() {
        for (html, expected) in [
            (
                "<p>Hei!</p><p>Missä  paketti\non?</p>",
                "Hei!\n\nMissä paketti on?",
            ),
            ("<ul><li>one</li><li>two</li></ul>", "* one\n* two"),
            ("a<br>b<BR/>c", "a\nb\nc"),
            (
                "mine<blockquote>old text</blockquote>",
                "mine\n\n> old text",
            ),
            (
                "<blockquote>a<blockquote>b</blockquote></blockquote>c",
                "> a\n\n>> b\n\nc",
            ),
            (
                "<style>p{color:red}</style><script>alert(1)</script>text",
                "text",
            ),
            ("<html><head><title>t</title><meta x><body>text", "text"),
            ("x<img src=\"https://t.example/p.gif\" alt=\"\">y", "xy"),
            ("kiva<img alt=\"🙂\" src=x>", "kiva🙂"),
            ("a &lt;b&gt; &amp;amp; &#228;&nbsp;c", "a <b> &amp; ä c"),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("<!-- not <b>this</b> -->that", "that"),
            ("<a title='a > b' href=x>link</a>", "link"),
            (
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
                "a b\nc",
            ),
            ("<pre>if x:\n    y</pre>", "if x:\n    y"),
            ("<o:p></o:p><p>x</p>", "x"),
            ("", ""),
            ("<", "<"),
            ("<p", ""),
            ("<p title=\"x>never ends", "never ends"),
            ("<p title=\"x>never <b title='>'>ends", "never '>ends"),
        ] {
            assert_eq!(text_of(html), expected, "{html}");
        }
        let marked = text_of("Kiitos!<div class=\"x gmail_attr\">On Monday wrote:</div>");
        assert_eq!(marked, format!("Kiitos!\n{CITE_MARK}\nOn Monday wrote:"));
        let marked = text_of("Kiitos!<div id=\"divRplyFwdMsg\">From: us</div>");
        assert_eq!(marked, format!("Kiitos!\n{QUOTE_MARK}\nFrom: us"));
    }

    #[test]
    fn a_long_mail_takes_work_in_proportion() {
        for piece in [
            "<div>",
            "<blockquote>",
            "<",
            "<!--",
            "<style>",
            "<a '",
            "</p ",
            "<title",
            "&",
            "<td>",
            "<a '>'",
            "<a '>\">'",
        ] {
            let steps = |times: usize| {
                let html = piece.repeat(times);
                steps::of(|| drop(text_of(&html)))
            };
            // Quadratic would be 64 times as much.
            let (short, long) = (steps(2_000), steps(16_000));
            assert!(
                short >= 2_000 && long <= short * 9,
                "{piece}: {short} {long}"
            );
        }
    }
}
